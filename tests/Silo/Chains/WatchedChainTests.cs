using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>Each test of the class has a service that watches the shared chain from its present head.</summary>
public abstract class WatchedChainTests(AnvilFixture anvil) : IAsyncLifetime
{
    private WatchedChain? watched;

    private protected WatchedChain Watched => watched!;

    private protected Anvil Chain => anvil.Chain;

    public async Task InitializeAsync()
    {
        if (Tools.IsInstalled(Tool.Anvil)) watched = await WatchedChain.Start(Chain);
    }

    public async Task DisposeAsync()
    {
        if (watched is not null) await watched.DisposeAsync();
    }
}
