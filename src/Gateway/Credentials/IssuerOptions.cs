using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Credentials;

/// <summary>How long the published keys of the tokens' issuer are relied on, section <c>Issuer</c>.</summary>
public sealed class IssuerOptions
{
    public const string Section = "Issuer";

    public static readonly TimeSpan KeyAgeMin = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan KeyAgeLimit = TimeSpan.FromHours(1);
    public static readonly TimeSpan OutageLimit = TimeSpan.FromDays(1);

    /// <summary>
    /// The oldest that keys may be while the issuer can be reached: a key that it has withdrawn is
    /// rejected after that. They are fetched again at half of it.
    /// </summary>
    public TimeSpan KeyAgeMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long the last known keys are relied on while the issuer can't be reached. An hour is what access tokens
    /// commonly live: by then the issuer's outage has ended most of them anyway.
    /// </summary>
    public TimeSpan OutageMax { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>Refuses a start with keys that would be fetched all the time, or be relied on for days.</summary>
internal sealed class IssuerOptionsValidator : IValidateOptions<IssuerOptions>
{
    public ValidateOptionsResult Validate(string? name, IssuerOptions options)
    {
        var failures = new List<string>();
        if (options.KeyAgeMax < IssuerOptions.KeyAgeMin || options.KeyAgeMax > IssuerOptions.KeyAgeLimit)
            failures.Add($"Issuer__KeyAgeMax is {options.KeyAgeMax}; set it to {IssuerOptions.KeyAgeMin}–" +
                $"{IssuerOptions.KeyAgeLimit}.");
        else if (options.OutageMax < options.KeyAgeMax || options.OutageMax > IssuerOptions.OutageLimit)
            failures.Add($"Issuer__OutageMax is {options.OutageMax}; set it to {options.KeyAgeMax}, which is " +
                $"Issuer__KeyAgeMax, to {IssuerOptions.OutageLimit:d\\.hh\\:mm\\:ss}.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
