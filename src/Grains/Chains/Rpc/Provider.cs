namespace Bleepay.Grains.Chains;

/// <summary>One provider of a network, and what has been learned of it.</summary>
internal sealed class Provider : IDisposable
{
    private const int SuccessesToGrow = 10;

    private static readonly TimeSpan BackOffMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BackOffMax = TimeSpan.FromSeconds(60);

    /// <summary>A provider that asks for more is probed all the same, and asks again.</summary>
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromMinutes(10);

    private readonly int rangeMax;
    private int failures;
    private int successes;

    public Provider(int index, string url, ChainOptions options)
    {
        Index = index;
        rangeMax = options.LogRange;
        LogRange = options.LogRange;
        Client = new ChainClient(new RpcClient(url, options.RequestTimeout));
    }

    /// <summary>The place in the settings, <c>Rpc__0</c>.</summary>
    public int Index { get; }

    public ChainClient Client { get; }

    public string Host => Client.Host;

    /// <summary>The number of blocks whose logs this provider is asked for at once.</summary>
    public int LogRange { get; private set; }

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

    /// <summary>Halves the range.</summary>
    /// <returns>False where there is nothing left to halve.</returns>
    public bool TryShrinkRange(int refused)
    {
        successes = 0;
        if (refused <= 1) return false;
        LogRange = Math.Max(1, Math.Min(LogRange, refused / 2));
        return true;
    }

    /// <summary>After ten answers in a row the range grows by a quarter: a limit may have been lifted.</summary>
    public void RangeAnswered()
    {
        if (++successes < SuccessesToGrow) return;
        successes = 0;
        LogRange = (int)Math.Min(rangeMax, LogRange + Math.Max(1, LogRange / 4L));
    }

    public void Dispose() => Client.Dispose();
}
