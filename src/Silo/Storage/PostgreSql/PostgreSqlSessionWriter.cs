using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// Commits batches of sessions with their events: one statement for all that are new, one for the rest. A new row is
/// its own first event.
/// </summary>
internal sealed class PostgreSqlSessionWriter(PostgreSqlDatabase database)
{
    /// <summary>Each is lost to a commit of another node that brought an id of this batch meanwhile.</summary>
    private const int AttemptsMax = 5;

    /// <summary>
    /// An id that is there already is looked for before, and not by <c>on conflict</c>: that writes every new row ahead
    /// in two steps. Of two commits that bring the same id at once the second fails, and begins again.
    /// </summary>
    private static readonly string Insert =
        """
        with inserted as (
            insert into deposit_session (
                id, business_id, widget_id, payment_status, sequence, amount, currency, network, currency_address,
                deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
                required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at, grain_hash)
            select new.* from unnest(
                $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[],
                $16::integer[], $17::text[], $18::bytea[], $19::timestamptz[], $20::timestamptz[], $21::integer[])
                as new (id)
            where (select known.id from deposit_session as known where known.id = new.id) is null
            returning id, business_id)
        """ + PostgreSqlOutbox.Owe("inserted", "$1::text[], $5::integer[], $19::timestamptz[], $22::text[]");

    private static readonly string Update =
        """
        with updated as (
            update deposit_session
            set payment_status = new.payment_status, sequence = new.sequence
            from unnest($1::text[], $2::integer[], $3::text[], $4::integer[])
                as new (id, stored_sequence, payment_status, sequence)
            where deposit_session.id = new.id and deposit_session.sequence = new.stored_sequence
            returning deposit_session.id, deposit_session.business_id),
        logged as (
            insert into session_event (
                session_id, sequence, payment_status, cause, occurred_at, payment_tx_id, payment_transfer_index,
                tx_id, received_amount, confirmations)
            select event.* from unnest(
                $5::text[], $6::integer[], $7::text[], $8::text[], $9::timestamptz[], $10::text[], $11::integer[],
                $12::text[], $13::text[], $14::integer[])
                as event (session_id)
            join updated on updated.id = event.session_id),
        paid as (
            insert into session_payment (
                session_id, tx_id, transfer_index, amount, stage, confirmations, sender, observed_at,
                observed_in_time, seen_sequence, seen_at, settled_at)
            select payment.* from unnest(
                $15::text[], $16::text[], $17::integer[], $18::text[], $19::text[], $20::integer[], $21::text[],
                $22::timestamptz[], $23::boolean[], $24::integer[], $25::timestamptz[], $26::timestamptz[])
                as payment (session_id)
            join updated on updated.id = payment.session_id
            on conflict (session_id, tx_id, transfer_index) do update
            set stage = excluded.stage, confirmations = excluded.confirmations, settled_at = excluded.settled_at)
        """ + PostgreSqlOutbox.Owe("updated", "$5::text[], $6::integer[], $9::timestamptz[], $27::text[]");

    /// <summary>Durable when it returns. If it throws, it is not known whether the batch is stored.</summary>
    public IReadOnlyList<SessionWriteOutcome> Write(IReadOnlyList<SessionWrite> batch)
    {
        var outcomes = new SessionWriteOutcome[batch.Count];
        var pending = Enumerable.Range(0, batch.Count).ToList();

        // One statement can't hold two versions of one session. A second one, which only two activations of
        // the same grain can hand in, has its turn in a commit of its own.
        while (pending.Count > 0)
        {
            var turn = pending.DistinctBy(index => batch[index].Session.Id).ToList();
            pending = [.. pending.Except(turn)];
            var answers = WriteUntilKnown([.. turn.Select(index => batch[index])]);
            for (var position = 0; position < turn.Count; position++) outcomes[turn[position]] = answers[position];
        }

        return outcomes;
    }

    /// <summary>What another node has brought meanwhile is a conflict the next time.</summary>
    private SessionWriteOutcome[] WriteUntilKnown(IReadOnlyList<SessionWrite> writes)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return WriteDistinct(writes);
            }
            catch (PostgresException taken)
                when (taken.SqlState == PostgresErrorCodes.UniqueViolation && attempt < AttemptsMax)
            {
            }
        }
    }

    private SessionWriteOutcome[] WriteDistinct(IReadOnlyList<SessionWrite> writes)
    {
        using var connection = database.Open();
        if (!writes.Any(OpenSessionPlaces.Concerns))
        {
            var stored = Store(connection, null, writes);
            return [.. writes.Select(write => Outcome(write, stored))];
        }

        using var transaction = connection.BeginTransaction();
        var places = OpenSessionPlaces.Lock(connection, transaction, writes);

        // Those that end come first: their places are free for those that begin in the same commit.
        var kept = Store(connection, transaction, [.. writes.Where(write => !write.IsNew)]);
        places.GiveBack(writes.Where(write => kept.Contains(write.Session.Id)));
        var refused = writes.Where(write => write.IsNew && !places.TryTake(write)).ToHashSet();
        kept.UnionWith(Store(
            connection, transaction, [.. writes.Where(write => write.IsNew && !refused.Contains(write))]));
        OpenSessionPlaces.Save(connection, transaction, writes.Where(write => kept.Contains(write.Session.Id)));
        transaction.Commit();
        return [.. writes.Select(write =>
            refused.Contains(write) ? SessionWriteOutcome.NoPlace : Outcome(write, kept))];
    }

    private static SessionWriteOutcome Outcome(SessionWrite write, HashSet<string> stored) =>
        stored.Contains(write.Session.Id) ? SessionWriteOutcome.Stored : SessionWriteOutcome.Conflict;

    /// <summary>Without a transaction around it, the batch is one of its own.</summary>
    /// <returns>The ids of those that were as their writers believed, and are stored.</returns>
    private static HashSet<string> Store(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, IReadOnlyList<SessionWrite> writes)
    {
        // In the same order on every node, so that two commits never wait for each other.
        var ordered = writes.OrderBy(write => write.Session.Id, StringComparer.Ordinal).ToLookup(write => write.IsNew);
        using var batch = new NpgsqlBatch(connection, transaction);
        if (ordered[true].Any()) batch.BatchCommands.Add(InsertCommand([.. ordered[true]]));
        if (ordered[false].Any()) batch.BatchCommands.Add(UpdateCommand([.. ordered[false]]));
        if (batch.BatchCommands.Count == 0) return [];

        var byId = writes.ToDictionary(write => write.Session.Id);
        var stored = new HashSet<string>();
        using var row = batch.ExecuteReader();
        do
        {
            while (row.Read())
            {
                stored.Add(row.GetString(0));
                if (!row.IsDBNull(1)) byId[row.GetString(0)].OwedTo = row.GetFieldValue<string[]>(1);
            }
        }
        while (row.NextResult());
        return stored;
    }

    private static NpgsqlBatchCommand InsertCommand(SessionWrite[] writes)
    {
        var command = new NpgsqlBatchCommand(Insert);
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
        return command;
    }

    private static NpgsqlBatchCommand UpdateCommand(SessionWrite[] writes)
    {
        var command = new NpgsqlBatchCommand(Update);
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
        return command;
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
