using System.Data.Common;
using System.Text.Json;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// Reads what a watcher of a chain needs, one recipient after the other: within the process a statement costs little.
/// </summary>
internal sealed class SqliteChainReader : IChainReader, IChainSnapshot, IDisposable
{
    private const string Recipient =
        "(select ?1 as address, ?2 as token, ?3 as amounts, ?4 as transfers) as k";

    /// <summary>Each address is found by one look into their index, however many sessions it has.</summary>
    private const string Addresses =
        """
        with recursive used(address) as (
            select (select lower(deposit_address) from deposit_session order by lower(deposit_address) limit 1)
            union all
            select (
                select lower(deposit_address) from deposit_session where lower(deposit_address) > used.address
                order by lower(deposit_address) limit 1)
            from used where used.address is not null)
        select address from used where address is not null limit ?1
        """;

    private readonly Lock gate = new();
    private readonly SqliteConnection connection;
    private readonly SqliteStatement begin;
    private readonly SqliteStatement end;
    private readonly SqliteStatement newest;
    private readonly SqliteStatement some;
    private readonly SqliteStatement ofEachBusiness;
    private readonly SqliteStatement standing;
    private readonly SqliteStatement recorded;
    private readonly SqliteStatement pending;
    private readonly SqliteStatement final;
    private readonly SqliteStatement addresses;

    public SqliteChainReader(SqliteDatabase database)
    {
        connection = database.Open();
        var sql = new PayableSessionSql(
            $"{Recipient} cross join deposit_session as d where lower(d.deposit_address) = k.address",
            new PayableParameters("?5", "?6", "?7", "?8", "?9"),
            "instr(',' || k.amounts || ',', ',' || d.amount || ',') > 0");
        begin = new(connection, "begin");
        end = new(connection, "commit");
        newest = new(connection, sql.Newest);
        some = new(connection, $"select {PayableSessionSql.OfPayable} from ({sql.Some}) as payable");
        ofEachBusiness = new(
            connection, $"select {PayableSessionSql.OfPayable} from ({sql.OfEachBusiness}) as payable");
        standing = new(
            connection,
            "select session_id, amount from session_payment " +
            "where session_id in (select value from json_each(?1)) and stage <> 'REMOVED'");
        recorded = new(
            connection, RecordedTransferRows.Sql("tx_id in (select value from json_each(?2))", "?1"));
        pending = new(connection, StoredTransferRows.Pending("?1"));
        final = new(connection, StoredTransferRows.Final("?1", "?2"));
        addresses = new(connection, Addresses);
    }

    public T ReadSnapshot<T>(Func<IChainSnapshot, T> read)
    {
        lock (gate)
        {
            begin.Execute();
            try
            {
                return read(this);
            }
            finally
            {
                end.Execute();
            }
        }
    }

    public IReadOnlyList<string>? ReadAddresses(string network, int max)
    {
        lock (gate)
        {
            using var row = addresses.Query(max + 1);
            var found = new List<string>();
            while (row.Read()) found.Add(row.GetString(0));
            return found.Count <= max ? found : null;
        }
    }

    public IReadOnlyList<UsedRecipient> ReadUsed(IReadOnlyList<RecipientRow> recipients, PayableBounds bounds)
    {
        var used = new List<UsedRecipient>();
        foreach (var recipient in recipients)
        {
            if (BusinessesAt(recipient, bounds.Network) is { } businesses)
                used.Add(new(recipient.Number, [.. businesses], ReadPayable(some, recipient, bounds)));
        }

        return used;
    }

    public ILookup<int, PayableRow> ReadCrowded(IReadOnlyList<RecipientRow> recipients, PayableBounds bounds) =>
        recipients
            .SelectMany(recipient => ReadPayable(ofEachBusiness, recipient, bounds)
                .Select(session => (recipient.Number, Session: session)))
            .ToLookup(one => one.Number, one => one.Session);

    public ILookup<string, string> ReadStanding(IReadOnlyList<string> sessionIds)
    {
        using var row = standing.Query(JsonSerializer.Serialize(sessionIds));
        var amounts = new List<(string SessionId, string Amount)>();
        while (row.Read()) amounts.Add((row.GetString(0), row.GetString(1)));
        return amounts.ToLookup(one => one.SessionId, one => one.Amount);
    }

    public IReadOnlyList<RecordedRow> ReadRecorded(string network, IReadOnlyList<string> transactionIds)
    {
        using var row = recorded.Query(network, JsonSerializer.Serialize(transactionIds));
        var transfers = new List<RecordedRow>();
        while (row.Read()) transfers.Add(RecordedTransferRows.Read(row));
        return transfers;
    }

    public IReadOnlyList<TransferDecision> ReadPending(string network) =>
        Stored(network, pending.Query(network));

    public IReadOnlyList<TransferDecision> ReadFinal(string network, DateTimeOffset since) =>
        Stored(network, final.Query(network, since.ToUnixTimeMilliseconds()));

    public void Dispose()
    {
        var statements = new[]
        {
            begin, end, newest, some, ofEachBusiness, standing, recorded, pending, final, addresses,
        };
        foreach (var statement in statements) statement.Dispose();
        connection.Dispose();
    }

    private static List<TransferDecision> Stored(string network, SqliteDataReader rows)
    {
        using var row = rows;
        var transfers = new List<TransferDecision>();
        while (row.Read()) transfers.Add(StoredTransferRows.Read(row, network));
        return transfers;
    }

    /// <summary>The businesses on the network; null for an address that no session has used on any network.</summary>
    private HashSet<string>? BusinessesAt(RecipientRow recipient, string network)
    {
        using var row = newest.Query(recipient.Recipient.Address, recipient.Recipient.Token, "", 0);
        HashSet<string>? businesses = null;
        while (row.Read())
        {
            businesses ??= [];
            if (row.GetString(1) == network) businesses.Add(row.GetString(0));
        }

        return businesses;
    }

    private static List<PayableRow> ReadPayable(SqliteStatement statement, RecipientRow recipient, PayableBounds bounds)
    {
        using DbDataReader reader = statement.Query(
            recipient.Recipient.Address, recipient.Recipient.Token, recipient.Amounts, recipient.Transfers,
            bounds.Network, bounds.Now.ToUnixTimeMilliseconds(), bounds.OpenSince.ToUnixTimeMilliseconds(),
            bounds.EndedSince.ToUnixTimeMilliseconds(), bounds.Until.ToUnixTimeMilliseconds());
        var row = new Row<DepositSession>(reader, SessionTable.Table);
        var sessions = new List<PayableRow>();
        while (reader.Read()) sessions.Add(PayableSessionSql.Read(reader, row));
        return sessions;
    }
}
