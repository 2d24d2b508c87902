using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Chooses the provider of a second reading: another than the current one, where there is one, and one that has the
/// same block. Where providers disagree, a block counts that more than half of all have.
/// </summary>
internal sealed partial class SettledSource(Chain chain, Providers providers, TimeProvider clock, ILogger logger)
{
    /// <summary>How long another provider is waited for before the same is asked again.</summary>
    private static readonly TimeSpan OtherPatience = TimeSpan.FromSeconds(60);

    /// <summary>A disagreement that lasts is logged again after this time.</summary>
    private static readonly TimeSpan LogPeriod = TimeSpan.FromSeconds(60);

    private TimeSpan otherAnsweredAt = clock.Uptime();
    private TimeSpan? loggedAt;

    /// <param name="number">Of the block that the reading ends with.</param>
    /// <param name="expected">Its hash in the first reading.</param>
    /// <returns>Null where nothing can be final now.</returns>
    public async Task<Provider?> Choose(long number, string expected, CancellationToken cancellation)
    {
        var current = await providers.Ask(provider => Task.FromResult(provider), cancellation);
        var answers = new List<(Provider Provider, string Hash)>();
        foreach (var provider in providers.Ready().OrderBy(provider => provider == current))
        {
            try
            {
                var block = await providers.AskOnly(
                    provider, one => one.Client.Block(number, false, cancellation), cancellation);
                if (block is null) continue;
                answers.Add((provider, block.Hash));
                if (provider == current) continue;
                otherAnsweredAt = clock.Uptime();
                if (block.Hash == expected && answers.TrueForAll(answer => answer.Hash == expected)) return provider;
            }
            catch (RpcException)
            {
                // It rests now, and the next is asked.
            }
        }

        return answers.TrueForAll(answer => answer.Hash == expected)
            ? Alone(current, answers)
            : ByMajority(number, expected, answers);
    }

    /// <summary>With one provider, or while no other answers, the same one is asked again.</summary>
    private Provider? Alone(Provider current, List<(Provider Provider, string Hash)> answers)
    {
        if (answers.Count == 0) return null;
        if (providers.Count > 1 && clock.Uptime() - otherAnsweredAt < OtherPatience) return null;
        ChainInstruments.SettledByOne(chain.Network);
        return answers.Find(answer => answer.Provider == current).Provider ?? answers[0].Provider;
    }

    private Provider? ByMajority(long number, string expected, List<(Provider Provider, string Hash)> answers)
    {
        var majority = answers.GroupBy(answer => answer.Hash)
            .FirstOrDefault(same => same.Count() * 2 > providers.Count);
        if (majority is null)
        {
            LogOnce(number, answers);
            return null;
        }

        foreach (var (provider, hash) in answers.Where(answer => answer.Hash != majority.Key))
        {
            providers.Outvote(provider);
            LogOutvoted(chain.Network, number, provider.Host, hash, majority.Key);
        }

        if (majority.Key == expected) return majority.First().Provider;
        providers.Prefer(majority.First().Provider);
        return null;
    }

    private void LogOnce(long number, List<(Provider Provider, string Hash)> answers)
    {
        var named = string.Join(", ", answers.Select(one => $"{one.Provider.Host} {one.Hash}"));
        var now = clock.Uptime();
        if (loggedAt is { } before && now - before < LogPeriod) return;
        loggedAt = now;
        LogDisagreement(chain.Network, number, named);
    }

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: providers disagree on block {Number} ({Answers}); nothing is final until they agree")]
    private partial void LogDisagreement(string network, long number, string answers);

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: of block {Number} {Host} has {Hash}, and more than half of the providers have " +
        "{Majority}; it is not used for 10 minutes")]
    private partial void LogOutvoted(string network, long number, string host, string hash, string majority);
}
