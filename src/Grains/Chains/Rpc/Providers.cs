using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>No provider of the network can be asked at the moment.</summary>
internal sealed class NoProviderException(string network, Exception? last)
    : Exception($"No provider of {network} answers.", last);

/// <summary>
/// Chooses which provider of a network is asked: the current one until it fails, then the next in the order of the
/// settings. The first is probed again every minute. Each must serve the network's chain, at the start and whenever it
/// becomes the current one.
/// </summary>
internal sealed partial class Providers : IDisposable
{
    /// <summary>How long a provider that is not the first is kept before the first is probed.</summary>
    public static readonly TimeSpan ProbePeriod = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan OutvotedRest = TimeSpan.FromMinutes(10);

    private readonly Chain chain;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly Provider[] all;
    private Provider current;
    private TimeSpan currentSince;

    public Providers(Chain chain, TimeProvider clock, ILogger logger)
    {
        this.chain = chain;
        this.clock = clock;
        this.logger = logger;
        all = [.. chain.Options.Rpc.Select((url, index) => new Provider(index, url, chain))];
        current = all[0];
    }

    public int Count => all.Length;

    /// <summary>Asks the current provider, and after a failure each of the others once.</summary>
    /// <exception cref="NoProviderException">None has answered.</exception>
    public async Task<T> Ask<T>(Func<Provider, Task<T>> ask, CancellationToken cancellation)
    {
        Exception? last = null;
        for (var attempt = 0; attempt < all.Length; attempt++)
        {
            if (Choose() is not { } provider) break;
            try
            {
                return await AskOnly(provider, ask, cancellation);
            }
            catch (RpcException failure)
            {
                last = failure;
            }
        }

        throw new NoProviderException(chain.Network, last);
    }

    /// <summary>Asks this provider and no other.</summary>
    /// <exception cref="RpcException">It has failed, and rests now.</exception>
    public async Task<T> AskOnly<T>(Provider provider, Func<Provider, Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            await Check(provider, cancellation);
            var answer = await ask(provider);
            provider.Answered();
            return answer;
        }
        catch (RpcException failure)
        {
            Fail(provider, failure);
            throw;
        }
    }

    /// <summary>A provider other than this one that may be asked now, or null.</summary>
    public Provider? Other(Provider than) =>
        all.FirstOrDefault(provider => provider != than && provider.RestsUntil <= clock.Uptime());

    /// <summary>All that may be asked now.</summary>
    public IReadOnlyList<Provider> Ready() => [.. all.Where(provider => provider.RestsUntil <= clock.Uptime())];

    /// <summary>Makes this the current provider.</summary>
    public void Prefer(Provider provider)
    {
        if (current == provider) return;
        LogSwitched(chain.Network, provider.Host, provider.Index);
        current = provider;
        current.IsChecked = false;
        currentSince = clock.Uptime();
    }

    /// <summary>
    /// Leaves out a provider that has another branch than most, until it may have found the right one.
    /// </summary>
    public void Outvote(Provider provider) =>
        Fail(provider, new RpcException(
            provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent, retryAfter: OutvotedRest));

    /// <summary>
    /// What follows from a provider that does not have the settled block: another provider that has it is asked from
    /// now on. Where none has it, the chain itself has lost it.
    /// </summary>
    /// <returns>The exception that ends the step.</returns>
    public async Task<Exception> SettledIsMissing(long number, string hash, CancellationToken cancellation)
    {
        foreach (var provider in Ready())
        {
            try
            {
                var block = await AskOnly(
                    provider, one => one.Client.Block(number, false, cancellation), cancellation);
                if (block?.Hash != hash) continue;
                LogOtherBranch(chain.Network, number, provider.Host);
                Prefer(provider);
                return new RpcException(provider.Host, "eth_getBlockByNumber", RpcFault.Inconsistent);
            }
            catch (RpcException)
            {
                // It is not used now, and its answer is no evidence about the block.
            }
        }

        return new DeepReorganisationException(chain.Network, number);
    }

    public void Dispose()
    {
        foreach (var provider in all) provider.Dispose();
    }

    private Provider? Choose()
    {
        var now = clock.Uptime();
        var isProbe = current != all[0] && now - currentSince >= ProbePeriod;
        if (current.RestsUntil <= now && !isProbe) return current;
        if (all.FirstOrDefault(provider => provider.RestsUntil <= now) is not { } chosen) return null;
        if (chosen == current) currentSince = now;
        else Prefer(chosen);
        return chosen;
    }

    private async Task Check(Provider provider, CancellationToken cancellation)
    {
        if (provider.IsChecked) return;
        var id = await provider.Client.ChainId(cancellation);
        if (id != chain.ChainId)
        {
            LogOtherChain(provider.Host, $"Chains__{chain.Network}__Rpc__{provider.Index}", id, chain.ChainId);
            throw new RpcException(provider.Host, "eth_chainId", RpcFault.OtherChain);
        }

        provider.IsChecked = true;
    }

    private void Fail(Provider provider, RpcException failure)
    {
        var now = clock.Uptime();
#pragma warning disable CA5394 // The jitter keeps the nodes apart; guessing it gains nothing.
        provider.Failed(failure, now, Random.Shared.NextDouble());
#pragma warning restore CA5394
        LogFailed(chain.Network, failure.Message, provider.RestsUntil - now);
    }

    [LoggerMessage(LogLevel.Warning, "Network {Network}: {Failure} It is retried in {Rest}")]
    private partial void LogFailed(string network, string failure, TimeSpan rest);

    [LoggerMessage(LogLevel.Error,
        "Network {Network}: a provider does not have the settled block {Number}; {Host} has it and is read now")]
    private partial void LogOtherBranch(string network, long number, string host);

    [LoggerMessage(LogLevel.Information, "Network {Network} is read from {Host} now, number {Index} of its providers")]
    private partial void LogSwitched(string network, string host, int index);

    [LoggerMessage(LogLevel.Error,
        "{Host}, set by {Variable}, serves chain {Found} and not {Expected}; it is not used")]
    private partial void LogOtherChain(string host, string variable, long found, long expected);
}
