using Bleepay.Grains.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>
/// Commits batches of sessions with their events. A new row is its own first event. Used by one thread at
/// a time.
/// </summary>
internal sealed class SqliteSessionWriter : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Lock gate;
    private readonly SqliteOutbox outbox;
    private readonly SqliteStatement begin;
    private readonly SqliteStatement commit;
    private readonly SqliteStatement rollback;
    private readonly SqliteStatement insert;
    private readonly SqliteStatement isKnown;
    private readonly SqliteStatement update;
    private readonly SqliteStatement insertEvent;
    private readonly SqliteStatement insertPaidEvent;
    private readonly SqliteStatement savePayment;
    private readonly SqliteStatement countOpen;
    private readonly SqliteStatement takePlace;
    private readonly SqliteStatement givePlaceBack;

    /// <param name="gate">Held by whoever writes to the file, since SQLite makes all others wait by the clock.</param>
    public SqliteSessionWriter(SqliteConnection connection, Lock gate)
    {
        this.connection = connection;
        this.gate = gate;
        outbox = new(connection);
        begin = new(connection, "begin immediate");
        commit = new(connection, "commit");
        rollback = new(connection, "rollback");
        insert = new(
            connection,
            """
            insert into deposit_session (
                id, business_id, widget_id, payment_status, sequence, amount, currency, network, currency_address,
                deposit_address, customer_email, customer_reference, metadata, underpayment_tolerance_percent,
                required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at, grain_hash)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
            on conflict (id) do nothing
            """);
        isKnown = new(connection, "select 1 from deposit_session where id = ?1");
        update = new(
            connection,
            "update deposit_session set payment_status = ?3, sequence = ?4 where id = ?1 and sequence = ?2");
        insertEvent = new(
            connection,
            """
            insert into session_event (session_id, sequence, payment_status, cause, occurred_at)
            values (?1, ?2, ?3, ?4, ?5)
            """);
        insertPaidEvent = new(
            connection,
            """
            insert into session_event (
                session_id, sequence, payment_status, cause, occurred_at, payment_tx_id, payment_transfer_index,
                tx_id, received_amount, confirmations)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """);
        savePayment = new(
            connection,
            """
            insert into session_payment (
                session_id, tx_id, transfer_index, amount, stage, confirmations, sender, observed_at,
                observed_in_time, seen_sequence, seen_at, settled_at)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            on conflict (session_id, tx_id, transfer_index) do update
            set stage = excluded.stage, confirmations = excluded.confirmations, settled_at = excluded.settled_at
            """);
        countOpen = new(
            connection,
            "select open_sessions from open_session_count where widget_id = ?1 and customer_reference = ?2");
        takePlace = new(
            connection,
            """
            insert into open_session_count (widget_id, customer_reference, open_sessions) values (?1, ?2, 1)
            on conflict (widget_id, customer_reference) do update set open_sessions = open_sessions + 1
            """);
        givePlaceBack = new(
            connection,
            """
            update open_session_count set open_sessions = max(open_sessions - 1, 0)
            where widget_id = ?1 and customer_reference = ?2
            """);
    }

    /// <summary>Durable when it returns. If it throws, nothing of the batch is known to be stored.</summary>
    public IReadOnlyList<SessionWriteOutcome> Write(IReadOnlyList<SessionWrite> batch)
    {
        lock (gate) return Commit(batch);
    }

    public void Dispose()
    {
        foreach (var statement in new[]
        {
            begin, commit, rollback, insert, isKnown, update, insertEvent, insertPaidEvent, savePayment, countOpen,
            takePlace, givePlaceBack,
        })
            statement.Dispose();
        outbox.Dispose();
        connection.Dispose();
    }

    private SessionWriteOutcome[] Commit(IReadOnlyList<SessionWrite> batch)
    {
        outbox.Begin();
        begin.Execute();
        try
        {
            var outcomes = batch.Select(WriteOne).ToArray();
            commit.Execute();
            return outcomes;
        }
        catch
        {
            // After some failures SQLite has rolled back by itself, and another rollback would be an error.
            if (IsInTransaction) rollback.Execute();
            throw;
        }
    }

    private bool IsInTransaction => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0;

    private SessionWriteOutcome WriteOne(SessionWrite write) =>
        write.IsNew ? Insert(write) : Update(write);

    private SessionWriteOutcome Insert(SessionWrite write)
    {
        var session = write.Session;
        if (!HasPlace(session, CappedPlaces.Widget, write.Caps.PerWidget)
            || !HasPlace(session, CappedPlaces.Reference, write.Caps.PerReference))
            return isKnown.Scalar(session.Id) is null ? SessionWriteOutcome.NoPlace : SessionWriteOutcome.Conflict;

        var terms = session.Terms;
        var inserted = insert.Execute(
            session.Id, session.BusinessId, session.WidgetId, SessionColumns.Text(session.Status),
            session.Sequence, terms.Amount, terms.Currency, terms.Network, terms.CurrencyAddress,
            terms.DepositAddress, terms.CustomerEmail, terms.CustomerReference, terms.Metadata,
            session.UnderpaymentTolerancePercent, session.RequiredConfirmations, (int)session.Places,
            session.SecretKeyId, session.Fingerprint.IsEmpty ? null : session.Fingerprint.ToArray(),
            session.CreatedAt.ToUnixTimeMilliseconds(), session.ExpiresAt.ToUnixTimeMilliseconds(),
            SessionColumns.GrainHash(session.Id));
        if (inserted == 0) return SessionWriteOutcome.Conflict;

        foreach (var place in PlacesOf(session)) takePlace.Execute(session.WidgetId, place);
        outbox.Add(write);
        return SessionWriteOutcome.Stored;
    }

    private SessionWriteOutcome Update(SessionWrite write)
    {
        var session = write.Session;
        var updated = update.Execute(
            session.Id, write.StoredSequence, SessionColumns.Text(session.Status), session.Sequence);
        if (updated == 0) return SessionWriteOutcome.Conflict;

        if (write.EndsSession)
            foreach (var place in PlacesOf(session)) givePlaceBack.Execute(session.WidgetId, place);
        InsertEvents(write);
        SavePayments(write);
        outbox.Add(write);
        return SessionWriteOutcome.Stored;
    }

    private void InsertEvents(SessionWrite write)
    {
        foreach (var change in write.NewChanges)
        {
            var (id, at) = (write.Session.Id, change.At.ToUnixTimeMilliseconds());
            var (status, cause) = (SessionColumns.Text(change.Status), SessionColumns.Text(change.Cause));
            if (change.Totals is not { } totals)
                insertEvent.Execute(id, change.Sequence, status, cause, at);
            else
                insertPaidEvent.Execute(
                    id, change.Sequence, status, cause, at, change.Payment?.TransactionId, change.Payment?.Index,
                    totals.TransactionId, totals.ReceivedAmount, totals.Confirmations);
        }
    }

    private void SavePayments(SessionWrite write)
    {
        foreach (var payment in write.ChangedPayments)
            savePayment.Execute(
                write.Session.Id, payment.Key.TransactionId, payment.Key.Index, payment.Amount,
                SessionColumns.Text(payment.Stage), payment.Confirmations, payment.From,
                payment.ObservedAt?.ToUnixTimeMilliseconds(), payment.ObservedInTime, payment.SeenSequence,
                payment.SeenAt.ToUnixTimeMilliseconds(), payment.SettledAt?.ToUnixTimeMilliseconds());
    }

    private bool HasPlace(DepositSession session, CappedPlaces place, int? cap) =>
        !session.Places.HasFlag(place)
        || cap is null
        || (countOpen.Scalar(session.WidgetId, KeyOf(session, place)) is not long open || open < cap);

    private static IEnumerable<string> PlacesOf(DepositSession session)
    {
        if (session.Places.HasFlag(CappedPlaces.Widget)) yield return KeyOf(session, CappedPlaces.Widget);
        if (session.Places.HasFlag(CappedPlaces.Reference)) yield return KeyOf(session, CappedPlaces.Reference);
    }

    /// <summary>A reference is never empty, so the empty one can stand for the whole widget.</summary>
    private static string KeyOf(DepositSession session, CappedPlaces place) =>
        place == CappedPlaces.Widget ? "" : session.Terms.CustomerReference!;
}
