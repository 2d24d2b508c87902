using System.Collections.Immutable;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Grains.Chains;

/// <summary>Decides which sessions transfers pay, and reports or records them. May run twice.</summary>
/// <param name="grains">Of the watcher's own grain, whose scheduler the calls are made on.</param>
internal sealed class TransferReports(
    Chain chain, IChainStore store, IGrainFactory grains, TimeSpan lifetime, TimeProvider clock)
{
    /// <summary>The number of sessions that are called at once.</summary>
    private const int CallsAtOnce = 256;

    /// <summary>Only a watcher reports without a token.</summary>
    private static readonly PaymentReporter Reporter = new(null);

    /// <summary>Decides the transfers of one block, or of blocks that follow each other.</summary>
    /// <param name="client">Answers whether transactions have succeeded.</param>
    /// <returns>Those that concern a business.</returns>
    /// <exception cref="UnavailableException">The store can't serve at the moment.</exception>
    public async Task<List<SeenTransfer>> Decide(
        ImmutableArray<Transfer> transfers, ChainClient client, CancellationToken cancellation)
    {
        if (transfers.IsEmpty) return [];
        var now = clock.GetUtcNow();
        var stored = await store.Read(new TransferQuery(
            chain.Network, transfers, now, lifetime, chain.Options.LateWindow));
        if (stored.Count == 0) return [];

        var recipients = stored.Select(one => one.Recipient).ToHashSet();
        var relevant = await ThatHappened(
            [.. transfers.Where(one => recipients.Contains(one.To))], client, cancellation);
        return
        [
            .. PaymentMatching.Match(relevant, stored, now, chain.Options.LateWindow)
                .Select(decision => new SeenTransfer(
                    decision, chain.Find(decision.Transfer.To.Token)!.Symbol, chain.Options.Confirmations)),
        ];
    }

    /// <summary>Reports each transfer with these confirmations.</summary>
    /// <exception cref="UnavailableException">Not all are reported; all are to be reported again.</exception>
    public async Task Report(IReadOnlyList<(SeenTransfer Seen, int Confirmations, bool IsFinal)> due)
    {
        await ToSessions(due.Select(one => (one.Seen, one.Confirmations)), isRemoved: false);
        await Record([.. due.Where(one => one.Seen.Decision is UnmatchedTransfer)], isRemoved: false);
        foreach (var (seen, confirmations, isFinal) in due)
            (seen.Reported, seen.IsFinal) = (confirmations, isFinal);
    }

    /// <summary>Reports that a reorganisation has removed these transfers.</summary>
    /// <exception cref="UnavailableException">As above.</exception>
    public async Task ReportRemoved(IReadOnlyList<SeenTransfer> removed)
    {
        await ToSessions(removed.Select(seen => (seen, Confirmations: 0)), isRemoved: true);
        await Record(
            [.. removed.Where(seen => seen.Decision is UnmatchedTransfer).Select(seen => (seen, 0, false))],
            isRemoved: true);
    }

    /// <summary>A failed transaction is in its block with its value; only its receipt shows that it failed.</summary>
    private async Task<List<Transfer>> ThatHappened(
        List<Transfer> transfers, ChainClient client, CancellationToken cancellation)
    {
        if (chain.Options.NativeTransfers == NativeTransfers.Traces) return transfers;
        var uncertain = transfers.Where(one => one.To.Token.Length == 0)
            .DistinctBy(one => one.TransactionId)
            .ToDictionary(one => one.TransactionId, one => one.BlockHash);
        if (uncertain.Count == 0) return transfers;
        var succeeded = await client.Succeeded(uncertain, cancellation);
        return transfers.FindAll(one => one.To.Token.Length > 0 || succeeded.Contains(one.TransactionId));
    }

    /// <summary>A call begins as soon as another has ended: in groups, all would wait for the slowest.</summary>
    private async Task ToSessions(IEnumerable<(SeenTransfer Seen, int Confirmations)> reports, bool isRemoved)
    {
        using var room = new SemaphoreSlim(CallsAtOnce);
        await Task.WhenAll(reports.Where(one => one.Seen.SessionId is not null).Select(async one =>
        {
            await room.WaitAsync();
            try
            {
                await ToSession(one.Seen, one.Confirmations, isRemoved);
            }
            finally
            {
                room.Release();
            }
        }));
    }

    private async Task ToSession(SeenTransfer seen, int confirmations, bool isRemoved)
    {
        var transfer = seen.Transfer;
        var report = new PaymentReport(
            new PaymentKey(transfer.TransactionId, transfer.Index), transfer.Amount, confirmations, isRemoved,
            transfer.From, transfer.BlockTime, seen.Decision is MatchedTransfer { IsAmbiguous: true });
        var reported = await grains.DepositSession(seen.SessionId!).ReportPayment(
            new ReportPayment(Reporter, report, null));
        if (reported.TryGet(out _, out var refusal)) return;
        if (refusal.Code == RefusalCode.Unavailable) throw new UnavailableException(refusal.Detail);

        // A repeated payment that was assigned by hand stays with its unmatched record.
        if (seen.Decision is MatchedTransfer && !isRemoved) seen.Refuse();
    }

    /// <summary>A transfer that is assigned to a session is also reported to that session.</summary>
    private async Task Record(
        IReadOnlyList<(SeenTransfer Seen, int Confirmations, bool IsFinal)> unmatched, bool isRemoved)
    {
        if (unmatched.Count == 0) return;
        var commit = await store.Record(
            [
                .. unmatched.Select(one => new UnmatchedSighting(
                    (UnmatchedTransfer)one.Seen.Decision, one.Seen.Currency, one.Confirmations, one.IsFinal,
                    isRemoved)),
            ],
            clock.GetUtcNow());
        foreach (var (seen, _, _) in unmatched.Where(one => one.Seen.Reported < 0 && !one.Seen.Decision.IsRecorded))
            ChainInstruments.Unmatched(chain.Network, ((UnmatchedTransfer)seen.Decision).Reason);
        foreach (var endpoint in commit.QueuedEndpoints)
            grains.GetGrain<IWebhookEndpointGrain>(endpoint).Wake().Ignore();
        for (var index = 0; index < unmatched.Count; index++)
        {
            if (commit.SessionIds[index] is not { } session) continue;
            unmatched[index].Seen.SessionId = session;
            await ToSession(unmatched[index].Seen, unmatched[index].Confirmations, isRemoved);
        }
    }
}
