namespace Bleepay.Grains.Chains;

/// <summary>One provider of a network, and what has been learned of it.</summary>
internal sealed class Provider : IDisposable
{
    private static readonly TimeSpan BackOffMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(60);

    /// <summary>A provider that asks for a longer pause is probed all the same, and can repeat it.</summary>
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(10);

    private int failures;

    public Provider(int index, string url, Chain chain)
    {
        var options = chain.Options;
        Index = index;
        AllLogs = new(options.LogRange);
        ListedLogs = new(options.LogRange);
        Client = new ChainClient(new RpcClient(url, chain.Network, index, options.RequestTimeout));
    }

    /// <summary>The place in the settings, <c>Rpc__0</c>.</summary>
    public int Index { get; }

    public ChainClient Client { get; }

    public string Host => Client.Host;

    /// <summary>Of requests for all transfers of the tokens.</summary>
    public AdaptiveRange AllLogs { get; }

    /// <summary>Of requests for the transfers to listed recipients, whose answers are much smaller.</summary>
    public AdaptiveRange ListedLogs { get; }

    /// <summary>True once it has answered with the network's chain id since it was chosen.</summary>
    public bool IsChecked { get; set; }

    /// <summary>On the monotonic clock: until then it is not asked.</summary>
    public TimeSpan RestsUntil { get; private set; }

    public void Answered()
    {
        failures = 0;
        RestsUntil = default;
    }

    /// <summary>Lets the provider rest: twice as long after each failure, or as long as it asks for.</summary>
    /// <param name="now">On the monotonic clock.</param>
    /// <param name="jitter">0–1: providers that have failed together are not probed together.</param>
    public void Failed(RpcException failure, TimeSpan now, double jitter)
    {
        var backOff = BackOffMin * Math.Pow(2, Math.Min(failures, 6));
        if (backOff > BackOffMax) backOff = BackOffMax;
        failures++;
        IsChecked = false;
        var rest = failure.RetryAfter is { } asked && asked > TimeSpan.Zero
            ? asked < RetryAfterMax ? asked : RetryAfterMax
            : backOff * (0.75 + (jitter / 4));
        RestsUntil = now + rest;
    }

    public void Dispose() => Client.Dispose();
}
