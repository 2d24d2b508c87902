using System.Net;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Limits;

/// <summary>How much one client address may ask for, section <c>Limits</c>. Off by default.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    public const int RequestsPerSecondMax = 1_000_000;

    /// <summary>A client that has used its burst up has it back after at most so long.</summary>
    public const int RefillSecondsMax = 60;

    private const int BurstSeconds = 10;

    /// <summary>
    /// How many requests a second one address may send, on and on. An IPv6 client is its /64 network, which is what
    /// one customer is given. By default there is no limit.
    /// </summary>
    public int? RequestsPerSecond { get; set; }

    /// <summary>
    /// How many requests it may send at once after a pause. The default value is what 10 seconds of
    /// <see cref="RequestsPerSecond"/> come to.
    /// </summary>
    public int? RequestBurst { get; set; }

    /// <summary>
    /// The proxies whose <c>X-Forwarded-For</c> is believed: addresses and networks such as <c>10.0.0.0/8</c>,
    /// separated by commas. By default none: the client is who connects.
    /// </summary>
    public string? TrustedForwarders { get; set; }

    internal int Burst => RequestBurst ?? (RequestsPerSecond ?? 0) * BurstSeconds;

    /// <exception cref="FormatException">An entry is neither an address nor a network.</exception>
    internal IReadOnlyList<IPNetwork> Forwarders => [.. Entries.Select(Parse)];

    private IEnumerable<string> Entries =>
        (TrustedForwarders ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    internal IEnumerable<string> Failures()
    {
        if (RequestsPerSecond is < 1 or > RequestsPerSecondMax)
            yield return $"Limits__RequestsPerSecond is {RequestsPerSecond}; set it to 1–{RequestsPerSecondMax}, or " +
                "leave it unset for no limit.";
        else if (RequestBurst is not null && RequestsPerSecond is null)
            yield return "Limits__RequestBurst means nothing without Limits__RequestsPerSecond; set both.";
        else if (RequestBurst < RequestsPerSecond || RequestBurst > RequestsPerSecond * (long)RefillSecondsMax)
            yield return $"Limits__RequestBurst is {RequestBurst}; set it to what 1–{RefillSecondsMax} seconds of " +
                $"Limits__RequestsPerSecond come to, {RequestsPerSecond}–{RequestsPerSecond * (long)RefillSecondsMax}.";
        foreach (var entry in Entries.Where(entry => !IsNetwork(entry)))
            yield return $"Limits__TrustedForwarders has {entry}; set it to addresses and networks such as " +
                "10.0.0.0/8, separated by commas.";
    }

    private static bool IsNetwork(string entry) => IPNetwork.TryParse(entry, out _) || IPAddress.TryParse(entry, out _);

    private static IPNetwork Parse(string entry) => IPAddress.TryParse(entry, out var address)
        ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.Parse(entry);
}

/// <summary>Refuses a start with limits that limit nothing or everything.</summary>
internal sealed class LimitOptionsValidator : IValidateOptions<LimitOptions>
{
    public ValidateOptionsResult Validate(string? name, LimitOptions options) =>
        options.Failures().ToList() is { Count: > 0 } failures
            ? ValidateOptionsResult.Fail(failures)
            : ValidateOptionsResult.Success;
}
