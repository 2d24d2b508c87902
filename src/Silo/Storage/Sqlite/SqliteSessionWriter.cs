using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Commits batches of sessions with their changes. Used by one thread at a time.</summary>
internal sealed class SqliteSessionWriter : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Lock gate;
    private readonly SqliteOutbox outbox;
    private readonly SqliteCommits commits;
    private readonly SqliteInsert<DepositSession> insert;
    private readonly SqliteStatement isKnown;
    private readonly SqliteStatement update;
    private readonly SqliteInsert<SessionEvent> insertEvent;
    private readonly SqliteInsert<SessionPayment> savePayment;
    private readonly SqliteStatement countOpen;
    private readonly SqliteStatement takeSlot;
    private readonly SqliteStatement giveSlotBack;
    private readonly SqliteStatement isAddressUsed;
    private readonly SqliteStatement lastUse;

    /// <param name="gate">Held during each write to the file, since SQLite makes all others wait by the clock.</param>
    public SqliteSessionWriter(SqliteConnection connection, Lock gate)
    {
        this.connection = connection;
        this.gate = gate;
        outbox = new(connection);
        commits = new(connection);
        insert = new(connection, SessionTable.Table, "on conflict (id) do nothing");
        isKnown = new(connection, "select 1 from deposit_session where id = ?1");
        update = new(
            connection,
            "update deposit_session set " +
            string.Join(", ", SessionTable.Changing.Select((column, index) => $"{column.Name} = ?{index + 3}")) +
            " where id = ?1 and sequence = ?2");
        insertEvent = new(connection, SessionEventTable.Table);
        savePayment = new(connection, SessionPaymentTable.Table, SessionPaymentTable.OrUpdate);
        countOpen = new(
            connection,
            "select open_sessions from open_session_count where widget_id = ?1 and customer_reference = ?2");
        takeSlot = new(
            connection,
            """
            insert into open_session_count (widget_id, customer_reference, open_sessions) values (?1, ?2, 1)
            on conflict (widget_id, customer_reference) do update set open_sessions = open_sessions + 1
            """);
        giveSlotBack = new(
            connection,
            """
            update open_session_count set open_sessions = max(open_sessions - 1, 0)
            where widget_id = ?1 and customer_reference = ?2
            """);
        isAddressUsed = new(connection, DepositAddressSql.IsUsed("?1", "?2", "?3", "?4", "?5", "?6"));
        lastUse = new(connection, DepositAddressSql.LastUse("?1", "?2", "?3", "?4"));
    }

    /// <summary>Durable when it returns. If it throws, nothing of the batch is known to be stored.</summary>
    public IReadOnlyList<SessionWriteResult> Write(IReadOnlyList<SessionWrite> batch)
    {
        lock (gate)
        {
            outbox.Begin();
            return commits.Run(() => batch.Select(WriteOne).ToArray());
        }
    }

    public void Dispose()
    {
        foreach (var statement in new IDisposable[]
        {
            commits, insert, isKnown, update, insertEvent, savePayment, countOpen, takeSlot, giveSlotBack,
            isAddressUsed, lastUse, outbox,
            connection,
        })
            statement.Dispose();
    }

    private SessionWriteResult WriteOne(SessionWrite write)
    {
        string? address = null;
        if (write.Addresses is { } pool)
        {
            if (isKnown.Scalar(write.Session.Id) is not null)
                return SessionWriteResult.Of(SessionWriteOutcome.Conflict);
            address = Choose(write, pool);
            if (address is null) return SessionWriteResult.Of(SessionWriteOutcome.NoAddress);
            write = write with { Session = write.Session.At(address) };
        }

        var outcome = write.IsNew ? Insert(write) : Update(write);
        return outcome == SessionWriteOutcome.Stored
            ? new SessionWriteResult(outcome, outbox.Queue(write), address)
            : SessionWriteResult.Of(outcome);
    }

    /// <summary>The free address that no session has used, or whose last session ended the longest ago.</summary>
    private string? Choose(SessionWrite write, AddressPool pool)
    {
        var (business, terms) = (write.Session.BusinessId, write.Session.Terms);
        var freeBefore = write.FreeBefore.ToUnixTimeMilliseconds();
        var since = (write.FreeBefore - DepositSessionOptions.LifetimeMax).ToUnixTimeMilliseconds();
        return pool.Addresses
            .Where(address => isAddressUsed.Scalar(
                address, business, terms.Network, terms.CurrencyAddress, freeBefore, since) is null)
            .MinBy(address =>
                lastUse.Scalar(address, business, terms.Network, terms.CurrencyAddress) as long? ?? long.MinValue);
    }

    private SessionWriteOutcome Insert(SessionWrite write)
    {
        var session = write.Session;
        if (!HasSlot(session.WidgetCounter, write.Caps.PerWidget)
            || !HasSlot(session.ReferenceCounter, write.Caps.PerReference))
            return isKnown.Scalar(session.Id) is null ? SessionWriteOutcome.NoSlot : SessionWriteOutcome.Conflict;

        if (insert.Execute(session) == 0) return SessionWriteOutcome.Conflict;
        Move(takeSlot, session);
        return SessionWriteOutcome.Stored;
    }

    private SessionWriteOutcome Update(SessionWrite write)
    {
        var session = write.Session;
        var updated = update.Execute(
            [session.Id, write.StoredSequence, .. SessionTable.Changing.Select(column => column.ValueOf(session))]);
        if (updated == 0) return SessionWriteOutcome.Conflict;

        if (write.EndsSession) Move(giveSlotBack, session);
        foreach (var entry in write.NewEvents) insertEvent.Execute(entry);
        foreach (var payment in write.ChangedPayments) savePayment.Execute(payment);
        return SessionWriteOutcome.Stored;
    }

    private bool HasSlot(SlotCounter? counter, int? cap) =>
        counter is not { } capped
        || cap is null
        || countOpen.Scalar(capped.WidgetId, capped.CustomerReference) is not long open
        || open < cap;

    private static void Move(SqliteStatement step, DepositSession session)
    {
        if (session.WidgetCounter is { } widget) step.Execute(widget.WidgetId, widget.CustomerReference);
        if (session.ReferenceCounter is { } one) step.Execute(one.WidgetId, one.CustomerReference);
    }
}
