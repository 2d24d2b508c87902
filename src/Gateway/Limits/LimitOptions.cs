using System.Net;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Limits;

/// <summary>How much a node takes, and how much of it one client or widget, section <c>Limits</c>.</summary>
public sealed class LimitOptions
{
    public const string Section = "Limits";

    public const int RequestsPerSecondMax = 1_000_000;

    public const int ConnectionsMin = 64;
    public const int ConnectionsLimit = 1_000_000;

    /// <summary>Where the system does not report the limit of open descriptors.</summary>
    public const int ConnectionsDefault = 10_000;

    /// <summary>The default where descriptors would allow more: an idle connection costs some kilobytes.</summary>
    public const int ConnectionsDefaultMax = 50_000;

    /// <summary>
    /// Descriptors that are not given to clients: a node needs 350 for its files, and some for the
    /// database, other nodes, and webhooks. At least these, and a quarter of all by default.
    /// </summary>
    public const int DescriptorReserve = 768;

    /// <summary>
    /// Silent connections are closed once at most 1/<see cref="SpareShare"/> of all connections is free.
    /// </summary>
    public const int SpareShare = 16;

    /// <summary>Event streams on one node, however many connections it takes.</summary>
    public const int StreamsMax = 20_000;

    /// <summary>Longest time to refill an empty bucket.</summary>
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
    /// The proxies whose <c>X-Forwarded-For</c> is trusted: addresses and networks such as <c>10.0.0.0/8</c>,
    /// separated by commas. By default none: the client is the address that connects.
    /// </summary>
    public string? TrustedForwarders { get; set; }

    /// <summary>
    /// How many connections a node holds. By default what the process's limit of open descriptors
    /// (<c>RLIMIT_NOFILE</c>) leaves beside <see cref="DescriptorReserve"/>.
    /// </summary>
    public int? Connections { get; set; }

    /// <summary>
    /// How many event streams one client address may have open on a node; by default a tenth of all that it takes.
    /// </summary>
    public int? StreamsPerAddress { get; set; }

    /// <summary>
    /// How many event streams the sessions of one widget may have on a node together; by default half of all.
    /// </summary>
    public int? StreamsPerWidget { get; set; }

    internal int ConnectionsMax => Connections ?? DefaultConnections(DescriptorLimit.Read());

    /// <summary>Streams hold their connections for long, so some are kept for other requests.</summary>
    internal int StreamsOnNode => Math.Min(StreamsMax, ConnectionsMax / 4 * 3);

    internal int StreamsOfAddress => StreamsPerAddress ?? Math.Max(1, StreamsOnNode / 10);

    internal int StreamsOfWidget => StreamsPerWidget ?? Math.Max(1, StreamsOnNode / 2);

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
            yield return "Limits__RequestBurst has no effect without Limits__RequestsPerSecond; set both.";
        else if (RequestBurst < RequestsPerSecond || RequestBurst > RequestsPerSecond * (long)RefillSecondsMax)
            yield return $"Limits__RequestBurst is {RequestBurst}; set it to what 1–{RefillSecondsMax} seconds of " +
                $"Limits__RequestsPerSecond come to, {RequestsPerSecond}–{RequestsPerSecond * (long)RefillSecondsMax}.";
        if (Connections is < ConnectionsMin or > ConnectionsLimit)
            yield return $"Limits__Connections is {Connections}; set it to {ConnectionsMin}–{ConnectionsLimit}, or " +
                "leave it unset for what the limit of open descriptors allows.";
        else if (Connections + DescriptorReserve > DescriptorLimit.Read())
            yield return $"Limits__Connections is {Connections} and the process may have {DescriptorLimit.Read()} " +
                $"descriptors open, of which it needs {DescriptorReserve} itself; lower the one, or raise the other " +
                "(ulimit -n, LimitNOFILE of systemd).";
        if (StreamsPerAddress is < 1 or > StreamsMax)
            yield return $"Limits__StreamsPerAddress is {StreamsPerAddress}; set it to 1–{StreamsMax}.";
        if (StreamsPerWidget is < 1 or > StreamsMax)
            yield return $"Limits__StreamsPerWidget is {StreamsPerWidget}; set it to 1–{StreamsMax}.";
        foreach (var entry in Entries.Where(entry => !IsNetwork(entry)))
            yield return $"Limits__TrustedForwarders has {entry}; set it to addresses and networks such as " +
                "10.0.0.0/8, separated by commas.";
    }

    /// <param name="descriptors">How many the process may have open; null where that is unknown.</param>
    internal static int DefaultConnections(int? descriptors) => descriptors is { } all
        ? Math.Clamp(all - Math.Max(DescriptorReserve, all / 4), ConnectionsMin, ConnectionsDefaultMax)
        : ConnectionsDefault;

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
