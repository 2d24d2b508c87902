using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Chains;

/// <summary>Kept with each block of the window.</summary>
/// <param name="Seen">Its transfers that concern a business.</param>
/// <param name="Count">The number of all its transfers.</param>
internal sealed record BlockTransfers(List<SeenTransfer> Seen, int Count);

/// <summary>
/// Follows one chain: the head pass reads each new block by its hash and reports payments as seen; the settled pass
/// (<see cref="SettledPass"/>) reads blocks a second time and makes payments final. One step at a time.
/// </summary>
/// <remarks>
/// A step that fails is repeated: nothing is forgotten before it was reported, and reports may be repeated.
/// </remarks>
internal sealed partial class ChainFollower
{
    private readonly Chain chain;
    private readonly Providers providers;
    private readonly ProviderHeads heads;
    private readonly TimeProvider clock;
    private readonly TransferReader reader;
    private readonly TransferReports reports;
    private readonly CatchUp catchUp;
    private readonly SettledPass settledPass;
    private readonly MissingTransfers missing;
    private readonly ILogger logger;

    public ChainFollower(
        Chain chain, Providers providers, TransferReader reader, TransferReports reports, CatchUp catchUp,
        SettledPass settledPass, MissingTransfers missing, HeaderWindow<BlockTransfers> window, TimeProvider clock,
        ILogger logger)
    {
        this.chain = chain;
        this.providers = providers;
        this.clock = clock;
        heads = new(chain, providers, clock);
        this.reader = reader;
        this.reports = reports;
        this.catchUp = catchUp;
        this.settledPass = settledPass;
        this.missing = missing;
        this.logger = logger;
        Window = window;
    }

    public HeaderWindow<BlockTransfers> Window { get; private set; }

    /// <summary>The latest block of the last step; null before the first.</summary>
    public ChainBlock? Head { get; private set; }

    /// <summary>Reads what is new, and reports it.</summary>
    /// <param name="settle">Stores that everything up to a block is final.</param>
    /// <exception cref="NoProviderException">No provider answers; the next step does the same.</exception>
    /// <exception cref="UnavailableException">The store can't serve; the same.</exception>
    /// <exception cref="DeepReorganisationException">The settled block is no longer on the chain.</exception>
    public async Task Step(Func<ChainBlock, Task> settle, CancellationToken cancellation)
    {
        var latest = await heads.Latest(cancellation);
        await catchUp.Run(Window, latest, reached => Window = reached, settle, cancellation);
        if (IsNews(latest)) await Follow(latest, cancellation);
        await ReportSteps();
        await missing.Report(Window, latest, cancellation);
        if (Head is { } head) await settledPass.Run(Window, head, settle, cancellation);
    }

    /// <summary>
    /// A provider that lags has a head in the window, or below it; so has a chain that becomes shorter before it forks,
    /// which looks the same as a lag.
    /// </summary>
    private bool IsNews(ChainBlock latest)
    {
        var head = Window.Head;
        return latest.Number > head.Number || (latest.Number == head.Number && latest.Hash != head.Hash);
    }

    private async Task Follow(ChainBlock latest, CancellationToken cancellation)
    {
        var limit = Window.Settled.Number + Math.Max(
            chain.Options.MaxReorganisation, RequiredMax() + ChainOptions.ReorganisationMargin);
        while (Window.Head.Number < Math.Min(latest.Number, limit) || latest.Number == Window.Head.Number)
        {
            var number = Math.Min(Window.Head.Number + 1, latest.Number);
            var next = await providers.Ask(
                provider => provider.Client.Block(number, reader.NeedsWholeBlocks, cancellation), cancellation);

            // A provider that was asked after a failover may lag behind the one that named the head.
            if (next is null || next.Hash == Window.Head.Hash) break;
            if (Window.IsNext(next)) await Add(next, cancellation);
            else await Switch(next, cancellation);
        }
    }

    /// <summary>Goes back to where the branch of this block begins, and then along it.</summary>
    private async Task Switch(ChainBlock tip, CancellationToken cancellation)
    {
        var branch = new Stack<ChainBlock>([tip]);
        while (!Window.Joins(branch.Peek()))
        {
            var lowest = branch.Peek();
            if (lowest.Number - 1 <= Window.Settled.Number)
                throw await providers.SettledIsMissing(Window.Settled.Number, Window.Settled.Hash, cancellation);
            branch.Push(await providers.Ask(
                async provider =>
                    await provider.Client.BlockOf(lowest.ParentHash, reader.NeedsWholeBlocks, cancellation)
                    ?? throw new RpcException(provider.Host, "eth_getBlockByHash", RpcFault.Inconsistent),
                cancellation));
        }

        var orphans = Window.Rewind(branch.Peek().Number - 1);
        if (orphans.Count > 0)
        {
            LogReorganisation(chain.Network, orphans.Count, branch.Peek().Number);
            ChainInstruments.Reorganised(chain.Network, orphans.Count);
        }

        missing.Add(orphans.SelectMany(orphan => orphan.Kept.Seen));
        while (branch.TryPop(out var block)) await Add(block, cancellation);
    }

    private async Task Add(ChainBlock block, CancellationToken cancellation)
    {
        var (transfers, seen) = await providers.Ask(
            async provider =>
            {
                var read = await reader.Read(provider.Client, block, cancellation);
                return (read, await reports.Decide(read, provider.Client, cancellation));
            },
            cancellation);
        await missing.Found(seen);
        await reports.Report([.. seen.Select(one => (one, ConfirmationSteps.Shown(1, one.Required), false))]);
        Window.Add(block, new(seen, transfers.Length));
        Head = block;
        ChainInstruments.Read(chain.Network, block, transfers.Length, seen, clock.GetUtcNow());
    }

    private async Task ReportSteps()
    {
        var head = Window.Head.Number;
        var due = new List<(SeenTransfer, int, bool)>();
        foreach (var (block, kept) in Window.Entries)
            foreach (var seen in kept.Seen.Where(seen => !seen.IsFinal))
            {
                var shown = ConfirmationSteps.Shown(head - block.Number + 1, seen.Required);
                if (ConfirmationSteps.IsDue(seen.Reported, shown, seen.Required, chain.Options.ConfirmationSteps))
                    due.Add((seen, shown, false));
            }

        await reports.Report(due);
    }

    private int RequiredMax() => Window.Entries
        .SelectMany(entry => entry.Kept.Seen)
        .Where(seen => !seen.IsFinal)
        .Select(seen => seen.Required)
        .DefaultIfEmpty()
        .Max();

    [LoggerMessage(LogLevel.Warning,
        "Network {Network}: a reorganisation has removed {Blocks} blocks from {Number} on")]
    private partial void LogReorganisation(string network, int blocks, long number);
}

/// <summary>A reorganisation has removed the settled block. Only an operator can decide how to resume.</summary>
internal sealed class DeepReorganisationException(string network, long settled)
    : Exception($"Network {network}: the settled block {settled} is no longer on the chain.");
