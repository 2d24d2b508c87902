using System.Buffers;
using System.Collections.Immutable;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Webhooks;

/// <summary>The rules that an endpoint's settings obey, and how its health moves. Pure.</summary>
public static class EndpointRules
{
    /// <summary>A streak of failures that is shorter than this is not stored.</summary>
    public static readonly TimeSpan FailingIsStoredAfter = TimeSpan.FromMinutes(1);

    /// <summary>RFC 3986 §2: anything else is written percent-encoded.</summary>
    private static readonly SearchValues<char> UrlCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    /// <summary>Everything wrong with the settings but where the URL's name leads.</summary>
    /// <param name="alreadyWrong">Fields that could not be read; they are not judged again.</param>
    public static ImmutableArray<FieldError> Check(
        EndpointSettings settings, ImmutableArray<FieldError> alreadyWrong, bool allowsHttp)
    {
        var errors = alreadyWrong.ToBuilder();
        Add("url", UrlProblem(settings.Url, allowsHttp));
        if (settings.Description is { } description)
            Add("description", FieldRules.Characters(description, 0, WebhookBounds.DescriptionLengthMax));
        Add("events", EventsProblem(settings.Events));
        return errors.ToImmutable();

        void Add(string path, string? problem)
        {
            if (problem is not null && !alreadyWrong.Any(error => IsAbout(path, error))) errors.Add(new(path, problem));
        }
    }

    /// <summary>True for an error of this field or of anything within it, such as <c>url[0]</c> or
    /// <c>url.name</c>.</summary>
    public static bool IsAbout(string field, FieldError error) =>
        error.Path.StartsWith(field, StringComparison.Ordinal)
        && error.Path.AsSpan(field.Length) is [] or ['[' or '.', ..];

    /// <summary>
    /// One spelling of a URL that has passed <see cref="Check"/>, to compare by: scheme, host and port, path and query,
    /// normalised as RFC 3986 §6.2 has it.
    /// </summary>
    public static string UrlKey(string url)
    {
        var parsed = new Uri(url);
        return $"{parsed.Scheme}://{parsed.IdnHost.TrimEnd('.')}:{parsed.Port}{parsed.PathAndQuery}";
    }

    /// <summary>The settings after a change.</summary>
    public static EndpointSettings Apply(EndpointSettings settings, EndpointChange change) => new(
        change.Url ?? settings.Url,
        change.ClearsDescription ? null : change.Description ?? settings.Description,
        change.Events ?? settings.Events);

    /// <summary>
    /// The endpoint with a new secret. The one before it signs along for the grace; an older one stops now.
    /// </summary>
    /// <param name="graceSeconds">0–<see cref="WebhookBounds.GraceSecondsMax"/>.</param>
    public static WebhookEndpoint Rotate(
        WebhookEndpoint endpoint, SealedSecret secret, int graceSeconds, DateTimeOffset now) => endpoint with
        {
            Secret = secret,
            PreviousSecret = graceSeconds == 0 ? null : new(endpoint.Secret, now.AddSeconds(graceSeconds)),
            UpdatedAt = now,
        };

    /// <summary>The secrets that sign a request at this time, the current one first.</summary>
    public static IEnumerable<SealedSecret> SigningSecrets(WebhookEndpoint endpoint, DateTimeOffset now) =>
        endpoint.PreviousSecret is { } previous && now < previous.Until
            ? [endpoint.Secret, previous.Secret]
            : [endpoint.Secret];

    /// <summary>The endpoint after an attempt. The same object when there is nothing to store.</summary>
    /// <param name="failingFor">The length of the streak of failures that this attempt belongs to, which no change of
    /// the wall clock makes longer or shorter; null after a success.</param>
    public static WebhookEndpoint Observe(
        WebhookEndpoint endpoint, TimeSpan? failingFor, DateTimeOffset now, TimeSpan pauseAfter)
    {
        if (failingFor is not { } streak)
            return endpoint is { FailingSince: null, PausedAt: null }
                ? endpoint
                : endpoint with { FailingSince = null, PausedAt = null };
        var since = endpoint.FailingSince ?? StoredTime.Of(now - streak);
        if (endpoint.PausedAt is null && streak >= pauseAfter)
            return endpoint with { FailingSince = since, PausedAt = StoredTime.Of(now) };
        return endpoint.FailingSince is null && streak >= FailingIsStoredAfter
            ? endpoint with { FailingSince = since }
            : endpoint;
    }

    /// <summary>
    /// The length of a stored streak of failures; null without one. A streak that a clock which ran ahead has stored
    /// begins now.
    /// </summary>
    public static TimeSpan? FailingFor(WebhookEndpoint? endpoint, DateTimeOffset now) =>
        endpoint?.FailingSince is not { } since ? null : now > since ? now - since : TimeSpan.Zero;

    private static string? UrlProblem(string value, bool allowsHttp)
    {
        if (value.Length is 0 or > WebhookBounds.UrlLengthMax)
            return $"must be 1–{WebhookBounds.UrlLengthMax} characters long";
        if (value.AsSpan().IndexOfAnyExcept(UrlCharacters) >= 0
            || !Uri.TryCreate(value, UriKind.Absolute, out var url)
            || url.Host.Length == 0
            || url.Port <= 0)
            return "must be an absolute URL, percent-encoded where needed";
        if (url.Scheme != Uri.UriSchemeHttps && !(allowsHttp && url.Scheme == Uri.UriSchemeHttp))
            return "must begin with https://";
        return url.UserInfo.Length > 0 || value.AsSpan().ContainsAny('#', '@')
            ? "must have no user name, no @ and no fragment"
            : null;
    }

    private static string? EventsProblem(ImmutableArray<string> events)
    {
        if (events.IsEmpty) return $"must name at least one of: {string.Join(", ", EventTypes.All)}";
        if (events.FirstOrDefault(type => !EventTypes.All.Contains(type)) is not null)
            return $"must only name: {string.Join(", ", EventTypes.All)}";
        return events.Distinct().Count() < events.Length ? "must name each event once" : null;
    }
}
