using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>Lists and assigns unmatched payments. Each payment has one task at a time.</summary>
internal sealed class UnmatchedPaymentStore(ChainTables tables, IDatabase database, ListReads reads)
    : IUnmatchedPayments
{
    public static readonly TurnBounds Bounds = new(AtOnce: 2, AtOnceOfOwner: 1, Waiting: 1_000, WaitingOfOwner: 100);

    private readonly Turns turns = new("unmatched payment store", Bounds);

    public Task<Result<UnmatchedPage>> Find(
        string businessId, UnmatchedQuery query, CancellationToken cancellation) => reads.Read(
        businessId,
        async (connection, end) =>
        {
            // One row beyond the limit shows that there is another page.
            await using var command = Command(connection, businessId, query with { Limit = query.Limit + 1 });
            await using var reader = await command.ExecuteReaderAsync(end);
            var row = new Row<UnmatchedRow>(reader, UnmatchedPaymentTable.Table);
            var found = ImmutableArray.CreateBuilder<UnmatchedPayment>();
            while (await reader.ReadAsync(end)) found.Add(UnmatchedPaymentTable.Read(row).Payment);
            if (found.Count <= query.Limit) return new UnmatchedPage(found.DrainToImmutable(), null);
            found.RemoveAt(query.Limit);
            var next = UnmatchedCursor.Of(found[^1]);
            return new UnmatchedPage(found.DrainToImmutable(), next);
        },
        cancellation);

    public async Task<UnmatchedPayment?> Find(string id) =>
        await Row(id) is { IsRemoved: false } row ? row.Payment : null;

    /// <summary>The payment, whatever has become of it, or null.</summary>
    public async Task<UnmatchedPayment?> Read(string id) => (await Row(id))?.Payment;

    public Task<UnmatchedClaim?> Claim(string id, string sessionId, DateTimeOffset now) => turns.Run(
        id,
        () => tables.Unmatched.Claim(id, sessionId, now) is { } row
            ? new UnmatchedClaim(row.Payment, row.BlockTime, row.IsSettled)
            : null);

    public Task Release(string id, string sessionId) => turns.Run(id, () =>
    {
        tables.Unmatched.Release(id, sessionId);
        return true;
    });

    private Task<UnmatchedRow?> Row(string id) => turns.Run(id, () => tables.Unmatched.Read(id));

    [SuppressMessage("Security", "CA2100", Justification = "Put together from constants; every value is a parameter.")]
    private DbCommand Command(DbConnection connection, string businessId, UnmatchedQuery query)
    {
        var command = connection.CreateCommand();
        command.Add("business", businessId);
        command.Add("limit", query.Limit);
        command.Add("offset", query.Offset);
        var conditions = new List<string>
        {
            "business_id = @business",
            query.IsAssigned ? "session_id is not null" : "session_id is null",
            "not is_removed",
        };
        if (query.Since is { } since) Add("seen_at > @since", "since", database.Timestamp(since));
        if (query.Until is { } until) Add("seen_at < @until", "until", database.Timestamp(until));
        if (query.After is { } after)
        {
            command.Add("after_id", after.Id);
            Add("(seen_at, id) < (@after, @after_id)", "after", database.Timestamp(after.SeenAt));
        }

        command.CommandText =
            $"select {UnmatchedPaymentTable.Table.Names} from unmatched_payment " +
            $"where {string.Join(" and ", conditions)} order by seen_at desc, id desc limit @limit offset @offset";
        return command;

        void Add(string condition, string name, object value)
        {
            command.Add(name, value);
            conditions.Add(condition);
        }
    }
}
