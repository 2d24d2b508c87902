using Bleepay.Grains.Chains;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>Which provider is asked, on a clock in the test's hand.</summary>
public sealed class ProvidersTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task After_a_failover_the_first_provider_is_tried_again_within_a_minute_and_a_poll()
    {
        await using var first = await ScriptedChain.Start();
        await using var second = await ScriptedChain.Start();
        using var providers = Of(first, second);
        Assert.Equal(0, await Asked(providers));

        first.RetryAfter = "1";
        Assert.Equal(1, await Asked(providers));
        first.RetryAfter = null;
        clock.Advance(Providers.ProbePeriod - TimeSpan.FromSeconds(1));
        Assert.Equal(1, await Asked(providers));
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, await Asked(providers));
    }

    [Fact]
    public async Task A_provider_that_sends_Retry_After_is_not_asked_before_that_time()
    {
        await using var chain = await ScriptedChain.Start();
        using var providers = Of(chain);
        chain.RetryAfter = "120";
        await Assert.ThrowsAsync<NoProviderException>(() => Asked(providers));
        chain.RetryAfter = null;
        var requests = chain.Requests;

        clock.Advance(TimeSpan.FromSeconds(119));
        await Assert.ThrowsAsync<NoProviderException>(() => Asked(providers));
        Assert.Equal(requests, chain.Requests);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, await Asked(providers));
    }

    private static Task<int> Asked(Providers providers) => providers.Ask(
        async provider =>
        {
            await provider.Client.Block(BlockTag.Latest, CancellationToken.None);
            return provider.Index;
        },
        CancellationToken.None);

    private Providers Of(params ScriptedChain[] chains)
    {
        var options = new ChainOptions { ChainId = 31337 };
        foreach (var chain in chains) options.Rpc.Add(chain.Url);
        return new Providers(Chain.Of("local", options), clock, NullLogger.Instance);
    }
}
