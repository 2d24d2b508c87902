using System.Collections.Immutable;
using System.Data.Common;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>Makes sessions of the rows of their three tables.</summary>
internal static class SessionRows
{
    /// <summary>The changes of each session that has changed since its creation, by its id.</summary>
    public static Dictionary<string, ImmutableArray<SessionChange>.Builder> ReadTimelines(DbDataReader reader) =>
        ReadLists(
            reader,
            new Row<SessionEvent>(reader, SessionEventTable.Table),
            SessionEventTable.SessionId,
            SessionEventTable.Read);

    /// <summary>The payments of each session that has any, by its id.</summary>
    public static Dictionary<string, ImmutableArray<Payment>.Builder> ReadPayments(DbDataReader reader) =>
        ReadLists(
            reader,
            new Row<SessionPayment>(reader, SessionPaymentTable.Table),
            SessionPaymentTable.SessionId,
            SessionPaymentTable.Read);

    /// <summary>The sessions, by id, with their timelines and payments from the same snapshot.</summary>
    public static Dictionary<string, DepositSession> Read(
        DbDataReader reader,
        Dictionary<string, ImmutableArray<SessionChange>.Builder> timelines,
        Dictionary<string, ImmutableArray<Payment>.Builder> payments)
    {
        var found = new Dictionary<string, DepositSession>();
        var row = new Row<DepositSession>(reader, SessionTable.Table);
        while (reader.Read())
        {
            var id = row.Get(SessionTable.Id);
            IEnumerable<SessionChange>? changes = timelines.GetValueOrDefault(id);
            var session = SessionTable.Read(row, changes ?? []);
            found[id] = payments.TryGetValue(id, out var paid)
                ? session with { Payments = paid.ToImmutable() }
                : session;
        }

        return found;
    }

    private static Dictionary<string, ImmutableArray<TEntry>.Builder> ReadLists<TRow, TEntry>(
        DbDataReader reader, Row<TRow> row, Column<TRow, string> sessionId, Func<Row<TRow>, TEntry> read)
    {
        var lists = new Dictionary<string, ImmutableArray<TEntry>.Builder>();
        while (reader.Read())
        {
            var id = row.Get(sessionId);
            if (!lists.TryGetValue(id, out var list)) lists[id] = list = ImmutableArray.CreateBuilder<TEntry>();
            list.Add(read(row));
        }

        return lists;
    }
}
