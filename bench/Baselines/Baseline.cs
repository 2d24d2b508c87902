using Bleepay.Gateway;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.Sessions;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;

namespace Bleepay.Bench.Baselines;

/// <summary>
/// What a team would write without actors: a minimal API that validates a request as the product does, by the same
/// code, and inserts a row. Where the row goes is what the variants differ in.
/// </summary>
internal static class Baseline
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    private static readonly UnknownSessionHomes NoHomes = new();

    /// <param name="variant">A name of <see cref="VariantNames"/>.</param>
    /// <param name="connectionString">Of its database; not used by <see cref="VariantNames.Floor"/>.</param>
    /// <param name="widgetsPath">The widgets that there are, as <see cref="BenchWidget.ReadAll"/> reads them.</param>
    public static async Task Serve(string variant, string connectionString, string widgetsPath)
    {
        // The same settings file as the product's, so that both log the same.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddOptions<SecretOptions>().Bind(builder.Configuration.GetSection(SecretOptions.Section));
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddSingleton<SessionSecrets>();
        builder.Services.AddSingleton(BenchWidget.ReadAll(widgetsPath).ToDictionary(
            widget => widget.Id,
            widget => new KnownWidget(widget.ToWidget(), new WidgetPolicy(BenchWidget.Settings, WatchedChains.None))));
        builder.Services.AddSingleton<ISessionTable>(_ => variant switch
        {
            VariantNames.Floor => new NoTable(),
            VariantNames.Crud => new PostgreSqlTable(connectionString, isKeyed: false),
            VariantNames.CrudKeyed => new PostgreSqlTable(connectionString, isKeyed: true),
            VariantNames.GroupCommit => new GroupCommitTable(connectionString),
            VariantNames.SqliteCrud => new SqliteTable(connectionString),
            _ => throw new ArgumentException($"There is no baseline {variant}.", nameof(variant)),
        });
        await using var app = builder.Build();
        app.Services.GetRequiredService<ISessionTable>();
        app.MapPost($"{GatewayHost.ApiPrefix}/widgets/{{widgetId}}/create-session", Create);
        await app.RunAsync();
    }

    private static async Task<IResult> Create(
        string widgetId,
        HttpContext http,
        Dictionary<string, KnownWidget> widgets,
        SessionSecrets secrets,
        ISessionTable sessions)
    {
        if (Credential.ForWidget(http) is not { } caller) return new ProblemResult(Refusals.Unauthorized);
        widgets.TryGetValue(widgetId, out var known);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        if (WidgetRules.RefusalOf(known?.Widget, caller, now) is { } stranger) return new ProblemResult(stranger);

        var request = await SessionRequest.Read(http.Request, widgetId, NoHomes, now);
        if (request.Unreadable is { } unreadable) return new ProblemResult(unreadable);
        var (terms, errors) = known!.Policy.Check(request.Draft!);
        if (terms is null) return new ProblemResult(Refusal.Validation(errors));

        var key = http.Request.Headers["Idempotency-Key"].FirstOrDefault();
        var row = await sessions.Insert(new SessionRow(
            key is null ? request.SessionId : SessionIdentity.New(NoHomes, now), known.Widget.BusinessId, widgetId,
            terms, secrets.CurrentKeyId, now, now + Lifetime, key));
        var secret = secrets.Of(row.Id, row.SecretKeyId);
        return new JsonAnswer<SessionCreated>(
            new SessionCreated(
                row.Id, PaymentStatus.Created, terms.Amount, terms.Currency, terms.Network, terms.CurrencyAddress,
                terms.DepositAddress, row.ExpiresAt, secret, PaymentUri: null,
                $"http://{http.Request.Host}/pay/{widgetId}/{row.Id}#{secret}"),
            ApiJson.Types.SessionCreated);
    }

    private sealed record KnownWidget(Widget Widget, WidgetPolicy Policy);
}
