using System.Data;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Chains;
using Bleepay.Silo.Storage.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// Reads what a watcher of a chain needs: all recipients of a block by one statement, and what is stored of those that
/// sessions have used by two more.
/// </summary>
internal sealed class PostgreSqlChainReader(PostgreSqlDatabase database) : IChainReader
{
    /// <summary>The recipients of one statement.</summary>
    private sealed record Batch(RecipientRow[] Recipients, PayableBounds Bounds);

    private static readonly Table<RecipientRow> Recipient = new("k");
    private static readonly Column<RecipientRow> Number = Recipient.Integer("number", row => row.Number);
    private static readonly Column<RecipientRow> Address = Recipient.Text("address", row => row.Recipient.Address);
    private static readonly Column<RecipientRow> Token = Recipient.Text("token", row => row.Recipient.Token);
    private static readonly Column<RecipientRow> Amounts = Recipient.Text("amounts", row => row.Amounts);
    private static readonly Column<RecipientRow> Transfers = Recipient.Integer("transfers", row => row.Transfers);

    /// <summary>
    /// Most addresses of a block are used by no session. They cost one look into the index each, and only the others
    /// are looked at further.
    /// </summary>
    private static readonly PostgreSqlStatement<Batch> Used = new(statement =>
    {
        var (sql, bounds) = Payable(statement);
        return
            $"""
            with used as materialized (
                select k.number, k.address, k.token, recent.businesses
                from {statement.Rows(batch => batch.Recipients).As("k", Number, Address, Token)}
                cross join lateral (
                    select count(*) as sessions,
                        array_agg(distinct newest.business_id) filter (where newest.network = {bounds.Network})
                            as businesses
                    from ({sql.Newest}) as newest) as recent
                where recent.sessions > 0)
            select k.number, k.businesses, {PayableSessionSql.OfPayable}
            from used as k left join lateral ({sql.Some}) as payable on true
            order by k.number
            """;
    });

    private static readonly PostgreSqlStatement<Batch> Crowded = new(statement =>
    {
        var (sql, _) = Payable(statement);
        var recipients = statement.Rows(batch => batch.Recipients);
        return
            $"""
            with crowded as materialized (
                select k.number, k.address, k.token, k.transfers, string_to_array(k.amounts, ',') as amounts
                from {recipients.As("k", Number, Address, Token, Amounts, Transfers)})
            select k.number, {PayableSessionSql.OfPayable}
            from crowded as k cross join lateral ({sql.OfEachBusiness}) as payable
            """;
    });

    /// <summary>The index of addresses has their hashes, of which two may be equal, so all sessions are read.</summary>
    private const string Addresses =
        "select distinct lower(deposit_address) from deposit_session " +
        "where network = $1 limit $2";

    private const string IsSmall = "select pg_relation_size('deposit_session') <= $1";

    /// <summary>What is read of the sessions to find their addresses: about a second.</summary>
    private const long AddressesBytesMax = 512L * 1024 * 1024;

    private const string Standing =
        "select session_id, amount from session_payment where session_id = any($1) and stage <> 'REMOVED'";

    private static readonly string Recorded = RecordedTransferRows.Sql("tx_id = any($2)", "$1");
    private static readonly string Pending = StoredTransferRows.Pending("$1");
    private static readonly string Final = StoredTransferRows.Final("$1", "$2");

    public T ReadSnapshot<T>(Func<IChainSnapshot, T> read)
    {
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);
        var result = read(new Snapshot(connection));
        transaction.Commit();
        return result;
    }

    public IReadOnlyList<string>? ReadAddresses(string network, int max)
    {
        if (!database.Read(IsSmall, row => row.GetBoolean(0), AddressesBytesMax)[0]) return null;
        var addresses = database.Read(Addresses, row => row.GetString(0), network, max + 1L);
        return addresses.Count <= max ? addresses : null;
    }

    private static (PayableSessionSql Sql, PayableParameters Bounds) Payable(PostgreSqlStatement<Batch> statement)
    {
        var bounds = new PayableParameters(
            statement.Value(batch => batch.Bounds.Network),
            statement.Value(batch => batch.Bounds.Now.UtcDateTime),
            statement.Value(batch => batch.Bounds.OpenSince.UtcDateTime),
            statement.Value(batch => batch.Bounds.EndedSince.UtcDateTime),
            statement.Value(batch => batch.Bounds.Until.UtcDateTime));
        const string Source =
            "deposit_session as d " +
            "where hashtextextended(lower(d.deposit_address), 0) = hashtextextended(k.address, 0)";
        return (new PayableSessionSql(Source, bounds, "d.amount = any(k.amounts)"), bounds);
    }

    private sealed class Snapshot(NpgsqlConnection connection) : IChainSnapshot
    {
        public IReadOnlyList<UsedRecipient> ReadUsed(IReadOnlyList<RecipientRow> recipients, PayableBounds bounds)
        {
            using var batch = Batch(Used.Command(new([.. recipients], bounds)));
            using var reader = batch.ExecuteReader();
            var row = new Row<DepositSession>(reader, SessionTable.Table);
            var used = new List<UsedRecipient>();
            var sessions = new List<PayableRow>();
            while (reader.Read())
            {
                var number = reader.GetInt32(0);
                if (used.Count == 0 || used[^1].Number != number)
                {
                    sessions = [];
                    used.Add(new(number, reader.IsDBNull(1) ? [] : reader.GetFieldValue<string[]>(1), sessions));
                }

                if (!reader.IsDBNull(2)) sessions.Add(PayableSessionSql.Read(reader, row));
            }

            return used;
        }

        public ILookup<int, PayableRow> ReadCrowded(IReadOnlyList<RecipientRow> recipients, PayableBounds bounds)
        {
            using var batch = Batch(Crowded.Command(new([.. recipients], bounds)));
            using var reader = batch.ExecuteReader();
            var row = new Row<DepositSession>(reader, SessionTable.Table);
            var sessions = new List<(int Number, PayableRow Session)>();
            while (reader.Read()) sessions.Add((reader.GetInt32(0), PayableSessionSql.Read(reader, row)));
            return sessions.ToLookup(one => one.Number, one => one.Session);
        }

        public ILookup<string, string> ReadStanding(IReadOnlyList<string> sessionIds)
        {
            using var batch = Batch(PostgreSqlCommands.Command(Standing, (object)sessionIds.ToArray()));
            using var reader = batch.ExecuteReader();
            var amounts = new List<(string SessionId, string Amount)>();
            while (reader.Read()) amounts.Add((reader.GetString(0), reader.GetString(1)));
            return amounts.ToLookup(one => one.SessionId, one => one.Amount);
        }

        public IReadOnlyList<RecordedRow> ReadRecorded(string network, IReadOnlyList<string> transactionIds)
        {
            using var batch = Batch(PostgreSqlCommands.Command(Recorded, network, transactionIds.ToArray()));
            using var reader = batch.ExecuteReader();
            var recorded = new List<RecordedRow>();
            while (reader.Read()) recorded.Add(RecordedTransferRows.Read(reader));
            return recorded;
        }

        public IReadOnlyList<TransferDecision> ReadPending(string network) =>
            ReadStored(network, PostgreSqlCommands.Command(Pending, network));

        public IReadOnlyList<TransferDecision> ReadFinal(string network, DateTimeOffset since) =>
            ReadStored(network, PostgreSqlCommands.Command(Final, network, since.UtcDateTime));

        private List<TransferDecision> ReadStored(string network, NpgsqlBatchCommand command)
        {
            using var batch = Batch(command);
            using var reader = batch.ExecuteReader();
            var stored = new List<TransferDecision>();
            while (reader.Read()) stored.Add(StoredTransferRows.Read(reader, network));
            return stored;
        }

        private NpgsqlBatch Batch(NpgsqlBatchCommand command) => new(connection) { BatchCommands = { command } };
    }
}
