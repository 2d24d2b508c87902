using System.Diagnostics;
using Bleepay.Grains.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Watches one network, in steps of <c>PollInterval</c>. Its cursor's ETag fences it: where a cluster is split, two may
/// run for a while; both report the same, and the one whose write is refused ends.
/// </summary>
[KeepAlive]
[GrainType("chainwatcher")]
public sealed partial class ChainWatcherGrain(
    [PersistentState("cursor", ChainWatcherGrain.StorageName)] IPersistentState<ChainCursor> cursor,
    WatchedChains chains,
    IChainStore store,
    IOptions<DepositSessionOptions> sessions,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<ChainWatcherGrain> logger)
    : Grain, IChainWatcherGrain, IDisposable
{
    public const string StorageName = "chains";

    private Providers? providers;
    private ChainFollower? follower;
    private LostTransfers? losses;
    private string? advice;

    private string Network => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A silo without this network in its settings can't watch it; the others retry.
        if (chains.Find(Network) is not { } chain)
            throw new InvalidOperationException($"{Network} is not watched here.");
        providers = new(chain, clock, logger);
        this.RegisterGrainTimer(
            Step, new GrainTimerCreationOptions(TimeSpan.Zero, chain.Options.PollInterval) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public void Dispose() => providers?.Dispose();

    /// <summary>The activation has started the timer.</summary>
    public Task Ensure() => Task.CompletedTask;

    public Task<ChainStatus> Status() => Task.FromResult(Now());

    private ChainStatus Now() => new(
        Network, follower?.Head?.Number ?? follower?.Window.Head.Number,
        follower?.Window.Settled.Number ?? (cursor.RecordExists ? cursor.State.Number : null),
        follower?.Head?.Time ?? (follower is null ? null : cursor.State.Time), advice is not null, advice);

    private async Task Step(CancellationToken cancellation)
    {
        var startedAt = Stopwatch.GetTimestamp();
        try
        {
            if (advice is not null)
            {
                await ListLosses(cancellation);
                return;
            }

            follower ??= await Start(cancellation);
            if (follower is not null) await follower.Step(Settle, cancellation);
            ChainInstruments.Stepped(Network, startedAt);
            ChainInstruments.Position(Now(), clock.GetUtcNow());
        }
        catch (InconsistentStateException other)
        {
            LogOtherWatcher(other, Network);
            DeactivateOnIdle();
        }
        catch (DeepReorganisationException) when (!cancellation.IsCancellationRequested)
        {
            advice =
                $"A reorganisation has removed the settled block {cursor.State.Number}, or the providers serve " +
                "another branch. Compare them with a block explorer. To resume, set " +
                $"Chains__{Network}__StartBlock to the first block to be read, {cursor.State.Number + 1} or " +
                "higher, and restart. Payments in blocks that are not read have to be reported by hand.";
            losses = new(chains.Find(Network)!, providers!, store, logger);
            LogStopped(Network, advice);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The silo leaves; another reads on from the cursor.
        }
        catch (Exception failure) when (failure is NoProviderException or RpcException)
        {
            LogNoProvider(failure.Message);
        }
#pragma warning disable CA1031 // The next step does the same again; nothing was forgotten.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LogStepFailed(failure, Network);
        }
    }

    private async Task<ChainFollower?> Start(CancellationToken cancellation)
    {
        var chain = chains.Find(Network)!;
        var lifetime = sessions.Value.Lifetime;
        var start = new ChainStart(chain, providers!, lifetime, clock, logger);
        if (!await start.AreDecimalsRight(cancellation))
        {
            advice =
                $"A token has other decimals than configured. Correct Chains__{Network}__Tokens by the log, " +
                "and restart.";
            return null;
        }

        var settled = await start.Find(cursor.RecordExists ? cursor.State : null, cancellation);
        if (!cursor.RecordExists || cursor.State.Hash != settled.Hash) await Settle(settled);
        LogStarted(Network, settled.Number + 1);
        var reader = new TransferReader(chain);
        var reports = new TransferReports(chain, store, GrainFactory, lifetime, clock);
        var missing = new MissingTransfers(chain, providers!, reports, logger);

        // Between a reorganisation and the report of what it has removed, the watcher may have died.
        missing.Recall(await store.ReadPending(Network));
        var sources = new SettledSource(chain, providers!, clock, logger);
        var settledPass = new SettledPass(chain, providers!, sources, reader, reports, missing, clock, logger);
        var catchUp = new CatchUp(
            chain, providers!, sources, reader, reports, missing, settledPass, store, clock, logger);
        return new ChainFollower(
            chain, providers!, reader, reports, catchUp, settledPass, missing,
            new HeaderWindow<BlockTransfers>(settled.Number, settled.Hash), clock, logger);
    }

    /// <summary>Once, and again until it has succeeded.</summary>
    private async Task ListLosses(CancellationToken cancellation)
    {
        if (losses is null) return;
        await losses.List(cursor.State, cancellation);
        losses = null;
    }

    /// <summary>Everything up to this block is final and reported.</summary>
    private async Task Settle(ChainBlock block)
    {
        if (cursor.RecordExists && cursor.State.ChainId == chains.Find(Network)!.ChainId)
        {
            cursor.State.Trail = CursorTrail.Add(
                cursor.State.Trail, new(cursor.State.Number, cursor.State.Hash, cursor.State.Time));
        }

        cursor.State.ChainId = chains.Find(Network)!.ChainId;
        cursor.State.Number = block.Number;
        cursor.State.Hash = block.Hash;
        cursor.State.Time = block.Time;
        await cursor.WriteStateAsync();
    }

    [LoggerMessage(LogLevel.Information, "Network {Network} is watched from block {Number} on")]
    private partial void LogStarted(string network, long number);

    [LoggerMessage(LogLevel.Warning, "Network {Network} is also watched by another silo; this watcher ends")]
    private partial void LogOtherWatcher(Exception exception, string network);

    /// <summary>Logs each failure of a provider on a separate line.</summary>
    [LoggerMessage(LogLevel.Debug, "{Message}")]
    private partial void LogNoProvider(string message);

    [LoggerMessage(LogLevel.Warning, "Network {Network}: a poll failed; it is retried")]
    private partial void LogStepFailed(Exception exception, string network);

    [LoggerMessage(LogLevel.Critical, "The watcher of network {Network} has stopped. {Advice}")]
    private partial void LogStopped(string network, string advice);
}
