using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// Commits batches of sessions with their events, each batch in one round trip and without a transaction that is open
/// while the server waits for this process: a process that freezes then holds no lock. A new row is its own first
/// event.
/// </summary>
internal sealed class PostgreSqlSessionWriter(PostgreSqlDatabase database)
{
    /// <summary>Each is lost to a commit of another node that brought an id of this batch meanwhile.</summary>
    private const int AttemptsMax = 5;

    private const int InsertParameters = 22;
    private const int UpdateParameters = 27;

    private static readonly string Insert =
        "with " + Inserted("") +
        PostgreSqlOutbox.Owe("inserted", "$1::text[], $5::integer[], $19::timestamptz[], $22::text[]");

    private static readonly string Update =
        "with " + Updated(0, "") +
        PostgreSqlOutbox.Owe("updated", "$5::text[], $6::integer[], $9::timestamptz[], $27::text[]");

    /// <summary>
    /// All of a batch that moves counters of open sessions, new sessions and others. One statement, because the server
    /// begins it when it has all of its parameters: of several statements it could run the first and hold its locks
    /// while it waits for the rest. Sessions that end are closed first, so that their slots are free for new ones.
    /// </summary>
    private static readonly string Capped =
        $"""
        with {OpenSessionSlots.Lock(InsertParameters + UpdateParameters)},
        {Updated(InsertParameters, "and new.id <> all (array(select id from busy))")},
        {OpenSessionSlots.Move(InsertParameters + UpdateParameters, "updated")},
        {Inserted("and new.id not in (select id from refused)")},
        stored as (select id, business_id from updated union all select id, business_id from inserted)
        """ + PostgreSqlOutbox.Owe(
            "stored",
            "$1::text[] || $27::text[], $5::integer[] || $28::integer[], $19::timestamptz[] || $31::timestamptz[], " +
            "$22::text[] || $49::text[]") +
        "\nunion all select id, null, reason from refused";

    /// <summary>Durable when it returns. If it throws, it is not known whether the batch is stored.</summary>
    /// <param name="waits">
    /// Whether to wait for counters that another commit holds, up to <c>lock_timeout</c>. Otherwise, and after that,
    /// their sessions are answered with <see cref="SessionWriteOutcome.Busy"/>.
    /// </param>
    public IReadOnlyList<SessionWriteOutcome> Write(IReadOnlyList<SessionWrite> batch, bool waits)
    {
        var outcomes = new SessionWriteOutcome[batch.Count];
        var pending = Enumerable.Range(0, batch.Count).ToList();

        // One statement can't hold two versions of one session. A second one, which only two activations of
        // the same grain can hand in, has its turn in a commit of its own.
        while (pending.Count > 0)
        {
            var turn = pending.DistinctBy(index => batch[index].Session.Id).ToList();
            pending = [.. pending.Except(turn)];
            var answers = WriteUntilKnown([.. turn.Select(index => batch[index])], waits);
            for (var position = 0; position < turn.Count; position++) outcomes[turn[position]] = answers[position];
        }

        return outcomes;
    }

    /// <summary>What another node has brought meanwhile is a conflict the next time.</summary>
    private SessionWriteOutcome[] WriteUntilKnown(IReadOnlyList<SessionWrite> writes, bool waits)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return WriteDistinct(writes, waits);
            }
            catch (PostgresException taken)
                when (taken.SqlState == PostgresErrorCodes.UniqueViolation && attempt < AttemptsMax)
            {
            }
            catch (PostgresException held) when (held.SqlState == PostgresErrorCodes.LockNotAvailable && waits)
            {
                // Nothing of the batch is stored. Only the sessions of the held counter are refused this time.
                waits = false;
            }
        }
    }

    /// <summary>One round trip. Without a transaction around it, the batch is one of its own.</summary>
    private SessionWriteOutcome[] WriteDistinct(IReadOnlyList<SessionWrite> writes, bool waits)
    {
        using var connection = database.Open();
        using var batch = new NpgsqlBatch(connection);

        // In the same order on every node, so that two commits never wait for each other.
        var ordered = writes.OrderBy(write => write.Session.Id, StringComparer.Ordinal).ToLookup(write => write.IsNew);
        if (writes.Any(OpenSessionSlots.Concerns))
        {
            var command = new NpgsqlBatchCommand(Capped);
            AddInsertTo(command, [.. ordered[true]]);
            AddUpdateTo(command, [.. ordered[false]]);
            new OpenSessionSlots(writes).AddTo(command, waits);
            batch.BatchCommands.Add(command);
        }
        else
        {
            if (ordered[true].Any()) AddInsertTo(AddCommand(batch, Insert), [.. ordered[true]]);
            if (ordered[false].Any()) AddUpdateTo(AddCommand(batch, Update), [.. ordered[false]]);
        }

        var outcomes = Run(batch, writes);
        return [.. writes.Select(write =>
            outcomes.GetValueOrDefault(write.Session.Id, SessionWriteOutcome.Conflict))];
    }

    private static NpgsqlBatchCommand AddCommand(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    /// <returns>The outcome for each session that is stored or refused; the others were not as their writers
    /// believed.</returns>
    private static Dictionary<string, SessionWriteOutcome> Run(NpgsqlBatch batch, IReadOnlyList<SessionWrite> writes)
    {
        var byId = writes.ToDictionary(write => write.Session.Id);
        var outcomes = new Dictionary<string, SessionWriteOutcome>();
        using var row = batch.ExecuteReader();
        do
        {
            while (row.Read())
            {
                var id = row.GetString(0);
                outcomes[id] = (SessionWriteOutcome)row.GetInt32(2);
                if (!row.IsDBNull(1)) byId[id].OwedTo = row.GetFieldValue<string[]>(1);
            }
        }
        while (row.NextResult());
        return outcomes;
    }

    /// <summary>
    /// An id that is there already is looked for before, and not by <c>on conflict</c>: that writes every new row ahead
    /// in two steps. Of two commits that bring the same id at once the second fails, and begins again.
    /// </summary>
    /// <param name="condition">What else must hold of a row <c>new</c> for it to be inserted.</param>
    private static string Inserted(string condition) =>
        $"""
        inserted as (
            insert into deposit_session (
                id, business_id, widget_id, payment_status, sequence, amount, currency, network, currency_address,
                deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
                required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at, grain_hash)
            select new.* from unnest(
                $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[],
                $16::integer[], $17::text[], $18::bytea[], $19::timestamptz[], $20::timestamptz[], $21::integer[])
                as new (id)
            where (select known.id from deposit_session as known where known.id = new.id) is null {condition}
            returning id, business_id)
        """;

    /// <param name="before">How many parameters of the statement come before these.</param>
    /// <inheritdoc cref="Inserted" path="/param"/>
    private static string Updated(int before, string condition) =>
        $"""
        updated as (
            update deposit_session
            set payment_status = new.payment_status, sequence = new.sequence
            from unnest({Arrays(before, "text", "integer", "text", "integer")})
                as new (id, stored_sequence, payment_status, sequence)
            where deposit_session.id = new.id and deposit_session.sequence = new.stored_sequence {condition}
            returning deposit_session.id, deposit_session.business_id),
        logged as (
            insert into session_event (
                session_id, sequence, payment_status, cause, occurred_at, payment_tx_id, payment_transfer_index,
                tx_id, received_amount, confirmations)
            select event.* from unnest({Arrays(
                before + 4, "text", "integer", "text", "text", "timestamptz", "text", "integer", "text", "text",
                "integer")})
                as event (session_id)
            join updated on updated.id = event.session_id),
        paid as (
            insert into session_payment (
                session_id, tx_id, transfer_index, amount, stage, confirmations, sender, observed_at,
                observed_in_time, seen_sequence, seen_at, settled_at)
            select payment.* from unnest({Arrays(
                before + 14, "text", "text", "integer", "text", "text", "integer", "text", "timestamptz", "boolean",
                "integer", "timestamptz", "timestamptz")})
                as payment (session_id)
            join updated on updated.id = payment.session_id
            on conflict (session_id, tx_id, transfer_index) do update
            set stage = excluded.stage, confirmations = excluded.confirmations, settled_at = excluded.settled_at)
        """;

    /// <summary>Parameters that are arrays of these types, from the one after <paramref name="before"/> on.</summary>
    private static string Arrays(int before, params ReadOnlySpan<string> types)
    {
        var arrays = new List<string>();
        foreach (var type in types) arrays.Add($"${before + arrays.Count + 1}::{type}[]");
        return string.Join(", ", arrays);
    }

    private static void AddInsertTo(NpgsqlBatchCommand command, SessionWrite[] writes)
    {
        var columns = new Columns<DepositSession>(command, [.. writes.Select(write => write.Session)]);
        columns.Add(session => session.Id);
        columns.Add(session => session.BusinessId);
        columns.Add(session => session.WidgetId);
        columns.Add(session => SessionColumns.Text(session.Status));
        columns.Add(session => session.Sequence);
        columns.Add(session => session.Terms.Amount);
        columns.Add(session => session.Terms.Currency);
        columns.Add(session => session.Terms.Network);
        columns.Add(session => session.Terms.CurrencyAddress);
        columns.Add(session => session.Terms.DepositAddress);
        columns.Add(session => session.Terms.CustomerEmail);
        columns.Add(session => session.Terms.CustomerReference);
        columns.Add(session => session.Terms.Metadata);
        columns.Add(session => session.UnderpaymentTolerancePercent);
        columns.Add(session => session.RequiredConfirmations);
        columns.Add(session => (int)session.Places);
        columns.Add(session => session.SecretKeyId);
        columns.Add(session => session.Fingerprint.IsEmpty ? null : session.Fingerprint.ToArray());
        columns.Add(session => session.CreatedAt.UtcDateTime);
        columns.Add(session => session.ExpiresAt.UtcDateTime);
        columns.Add(session => SessionColumns.GrainHash(session.Id));
        columns.Add(session => DepositEvent.TypeOf(session.Timeline[0]));
    }

    private static void AddUpdateTo(NpgsqlBatchCommand command, SessionWrite[] writes)
    {
        var columns = new Columns<SessionWrite>(command, writes);
        columns.Add(write => write.Session.Id);
        columns.Add(write => write.StoredSequence);
        columns.Add(write => SessionColumns.Text(write.Session.Status));
        columns.Add(write => write.Session.Sequence);
        var events = AddEvents(command, writes);
        events.Add(entry => entry.Change.Payment?.TransactionId);
        events.Add(entry => entry.Change.Payment?.Index);
        events.Add(entry => entry.Change.Totals?.TransactionId);
        events.Add(entry => entry.Change.Totals?.ReceivedAmount);
        events.Add(entry => entry.Change.Totals?.Confirmations);
        AddPayments(command, writes);
        events.Add(entry => DepositEvent.TypeOf(entry.Change));
    }

    private static Columns<(string Id, SessionChange Change)> AddEvents(
        NpgsqlBatchCommand command, SessionWrite[] writes)
    {
        var columns = new Columns<(string Id, SessionChange Change)>(
            command,
            [.. writes.SelectMany(write => write.NewChanges.Select(change => (write.Session.Id, change)))]);
        columns.Add(entry => entry.Id);
        columns.Add(entry => entry.Change.Sequence);
        columns.Add(entry => SessionColumns.Text(entry.Change.Status));
        columns.Add(entry => SessionColumns.Text(entry.Change.Cause));
        columns.Add(entry => entry.Change.At.UtcDateTime);
        return columns;
    }

    private static void AddPayments(NpgsqlBatchCommand command, SessionWrite[] writes)
    {
        var columns = new Columns<(string Id, Payment Payment)>(
            command,
            [.. writes.SelectMany(write => write.ChangedPayments.Select(payment => (write.Session.Id, payment)))]);
        columns.Add(entry => entry.Id);
        columns.Add(entry => entry.Payment.Key.TransactionId);
        columns.Add(entry => entry.Payment.Key.Index);
        columns.Add(entry => entry.Payment.Amount);
        columns.Add(entry => SessionColumns.Text(entry.Payment.Stage));
        columns.Add(entry => entry.Payment.Confirmations);
        columns.Add(entry => entry.Payment.From);
        columns.Add(entry => entry.Payment.ObservedAt?.UtcDateTime);
        columns.Add(entry => entry.Payment.ObservedInTime);
        columns.Add(entry => entry.Payment.SeenSequence);
        columns.Add(entry => entry.Payment.SeenAt.UtcDateTime);
        columns.Add(entry => entry.Payment.SettledAt?.UtcDateTime);
    }

    /// <summary>Turns rows into the arrays, one a column, that <c>unnest</c> turns into rows again.</summary>
    private sealed class Columns<TRow>(NpgsqlBatchCommand command, TRow[] rows)
    {
        public void Add<TValue>(Func<TRow, TValue> value) => command.Parameters.Add(
            new NpgsqlParameter<TValue[]> { TypedValue = Array.ConvertAll(rows, row => value(row)) });
    }
}
