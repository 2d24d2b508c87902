using System.Collections.Immutable;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>
/// What the watchers of chains read and record. Each network has one task at a time, so that a network with much to
/// read does not hold up the others.
/// </summary>
internal sealed class ChainStore(ChainTables tables) : IChainStore
{
    public static readonly TurnBounds Bounds = new(AtOnce: 2, AtOnceOfOwner: 1, Waiting: 1_000, WaitingOfOwner: 100);

    /// <summary>
    /// A session that is open now was created within the lifetime, and this much earlier where the clocks of two nodes
    /// differ or its expiry was decided late.
    /// </summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private readonly Turns turns = new("chain store", Bounds);

    public Task<IReadOnlyList<StoredRecipient>> Read(TransferQuery query) => query.Transfers.Count == 0
        ? Task.FromResult<IReadOnlyList<StoredRecipient>>([])
        : turns.Run(query.Network, () => tables.Reader.ReadSnapshot(snapshot => Read(snapshot, query)));

    public Task<IReadOnlyList<TransferDecision>> ReadPending(string network) =>
        turns.Run(network, () => tables.Reader.ReadSnapshot(snapshot => snapshot.ReadPending(network)));

    public Task<IReadOnlyList<TransferDecision>> ReadFinal(string network, DateTimeOffset since) =>
        turns.Run(network, () => tables.Reader.ReadSnapshot(snapshot => snapshot.ReadFinal(network, since)));

    public Task<IReadOnlyList<string>?> ReadAddresses(string network, int max) => turns.Run(
        network,
        () => tables.Reader.ReadAddresses(network, max) is { } addresses
            ? (IReadOnlyList<string>)[.. addresses.Where(EvmAddress.IsWellFormed)]
            : null);

    public Task<UnmatchedCommit> Record(IReadOnlyList<UnmatchedSighting> sightings, DateTimeOffset now) =>
        sightings.Count == 0
            ? Task.FromResult(new UnmatchedCommit([], []))
            : turns.Run(sightings[0].Unmatched.Transfer.Network, () => tables.Unmatched.Record(sightings, now));

    private static IReadOnlyList<StoredRecipient> Read(IChainSnapshot snapshot, TransferQuery query)
    {
        var groups = query.Transfers.GroupBy(transfer => transfer.To).ToList();
        var rows = groups.Select((group, number) => new RecipientRow(number, group.Key, "", 0)).ToList();
        var bounds = BoundsOf(query);
        var used = snapshot.ReadUsed(rows, bounds);
        if (used.Count == 0) return [];

        var crowded = used.Where(IsCrowded).Select(recipient => CrowdedRow(groups[recipient.Number], recipient.Number));
        var others = crowded.ToList() is { Count: > 0 } wanted ? snapshot.ReadCrowded(wanted, bounds) : null;
        var sessions = used.ToDictionary(
            recipient => recipient.Number,
            recipient => others?.Contains(recipient.Number) == true
                ? [.. others[recipient.Number]]
                : recipient.Sessions);

        var standing = StandingOf(snapshot, sessions.Values.SelectMany(found => found));
        var transactions = used
            .SelectMany(recipient => groups[recipient.Number])
            .Select(transfer => transfer.TransactionId)
            .Distinct();
        var recorded = snapshot.ReadRecorded(query.Network, [.. transactions]).ToLookup(row => row.Recipient);
        return
        [
            .. used.SelectMany(recipient =>
            {
                var to = groups[recipient.Number].Key;
                return Of(to, recipient.Businesses, sessions[recipient.Number], standing, recorded[to]);
            }),
        ];
    }

    /// <summary>
    /// A recorded transfer shows a business as well: its sessions may be too old to be among those that are read.
    /// </summary>
    private static IEnumerable<StoredRecipient> Of(
        TransferRecipient recipient,
        IReadOnlyList<string> businesses,
        IReadOnlyList<PayableRow> sessions,
        ILookup<string, string> standing,
        IEnumerable<RecordedRow> recorded) =>
        businesses
            .Union(sessions.Select(row => row.BusinessId))
            .Union(recorded.Select(row => row.BusinessId))
            .Select(business => new StoredRecipient(
                business,
                recipient,
                [
                    .. sessions
                        .Where(row => row.BusinessId == business)
                        .Select(row => row.Session with { Standing = Sum(standing[row.Session.Id]) })
                        .OrderBy(session => session.CreatedAt),
                ],
                Recorded(recorded.Where(row => row.BusinessId == business).Select(row => row.Transfer))));

    private static PayableBounds BoundsOf(TransferQuery query)
    {
        var first = query.Transfers.Min(transfer => transfer.BlockTime);
        var last = query.Transfers.Max(transfer => transfer.BlockTime);
        return new PayableBounds(
            query.Network,
            query.Now,
            OpenSince: query.Now - query.Lifetime - Margin,
            EndedSince: first - query.LateWindow - query.Lifetime - Margin,
            Until: last + PaymentMatching.CreatedAfterBlockMax);
    }

    /// <summary>True if there may be more sessions than were read.</summary>
    private static bool IsCrowded(UsedRecipient recipient) =>
        recipient.Sessions.Count >= Math.Min(IChainStore.OpenSessionsMax, IChainStore.EndedSessionsMax);

    private static RecipientRow CrowdedRow(IGrouping<TransferRecipient, Transfer> transfers, int number) => new(
        number,
        transfers.Key,
        PayableSessionSql.Spellings(transfers.Select(transfer => transfer.Amount).Distinct()),
        transfers.Count());

    /// <summary>A session without payments has nothing to read.</summary>
    private static ILookup<string, string> StandingOf(IChainSnapshot snapshot, IEnumerable<PayableRow> sessions)
    {
        var paid = sessions
            .Where(row => row.Session.Status != PaymentStatus.Created)
            .Select(row => row.Session.Id)
            .ToList();
        return paid.Count > 0 ? snapshot.ReadStanding(paid) : Enumerable.Empty<string>().ToLookup(id => id);
    }

    private static Amount Sum(IEnumerable<string> amounts) => Amount.Sum(amounts.Select(Amount.Parse));

    /// <summary>
    /// A payment that was unmatched and was then assigned is recorded twice: the session's record counts.
    /// </summary>
    private static ImmutableArray<RecordedTransfer> Recorded(IEnumerable<RecordedTransfer> transfers) =>
    [
        .. transfers
            .OrderByDescending(transfer => transfer.SessionId is not null)
            .DistinctBy(transfer => (transfer.TransactionId, transfer.Index)),
    ];
}
