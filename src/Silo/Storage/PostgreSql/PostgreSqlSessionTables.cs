using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// Sessions in PostgreSQL. Each batch is committed with its changes in one round trip, and without a transaction that
/// is open while the server waits for this process: a process that freezes then holds no lock. Connections come from
/// the pool, so the next batch replaces one that has broken.
/// </summary>
internal sealed class PostgreSqlSessionTables(PostgreSqlDatabase database) : ISessionTables
{
    /// <summary>A retry is needed only when another node has inserted an id of this batch in the meantime.</summary>
    private const int AttemptsMax = 5;

    private static readonly Column<SessionWrite> Id = SessionTable.Id.Of<SessionWrite>(write => write.Session);

    private static readonly Column<SessionWrite> StoredSequence =
        new Column<SessionWrite, int>("stored_sequence", ColumnTypes.Integer, write => write.StoredSequence);

    private static readonly IReadOnlyList<Column<SessionWrite>> Changing =
        [.. SessionTable.Changing.Select(column => column.Of<SessionWrite>(write => write.Session))];

    private static readonly PostgreSqlStatement<SessionBatch> Insert = new(statement =>
    {
        var created = statement.Rows(batch => batch.New);
        return "with " + Inserted(created, "") + PostgreSqlOutbox.Queue("inserted", OutboxEvents.Of(created));
    });

    private static readonly PostgreSqlStatement<SessionBatch> Update = new(statement =>
    {
        var events = statement.Rows(batch => batch.Events);
        return "with " + Updated(statement, events, "") + PostgreSqlOutbox.Queue("updated", OutboxEvents.Of(events));
    });

    /// <summary>
    /// All of a batch that moves counters of open sessions or chooses deposit addresses. One statement, because the
    /// server starts it when it has all of its parameters: of several statements it could run the first and hold its
    /// locks while it waits for the rest. Sessions that end are closed first, so that their slots are free for new
    /// ones.
    /// </summary>
    private static readonly PostgreSqlStatement<SessionBatch> Capped = new(statement =>
    {
        var created = statement.Rows(batch => batch.New);
        var events = statement.Rows(batch => batch.Events);
        var slots = new SlotSteps(statement);
        var addresses = new AddressSteps(statement);
        return
            $"""
            with {slots.Lock},
            {addresses.Assign},
            {Updated(statement, events, "and new.id <> all (array(select id from busy))")},
            {slots.Move("updated", AddressSteps.Without)},
            unstored as (select id, reason from refused union all {AddressSteps.Refused}),
            {Inserted(created, "and new.id not in (select id from unstored)", Assigned)},
            stored as (select id, business_id from updated union all select id, business_id from inserted)
            {PostgreSqlOutbox.Steps("stored", OutboxEvents.Of(created).And(OutboxEvents.Of(events)))}
            select stored.id, owing.endpoint_ids, {(int)SessionWriteOutcome.Stored}, assigned.address
            from stored {PostgreSqlOutbox.Owing("stored")}
            left join assigned on assigned.session_id = stored.id
            union all select id, null, reason, null from unstored
            """;
    });

    /// <summary>The address that was chosen for a new session, or its own.</summary>
    private const string Assigned =
        "coalesce((select assigned.address from assigned where assigned.session_id = new.id), new.deposit_address)";

    private readonly PostgreSqlErasure erasure = new(database);
    private readonly PostgreSqlSessionReader reader = new(database);

    public IReadOnlyList<SessionWriteResult> Write(IReadOnlyList<SessionWrite> batch) => Write(batch, waits: false);

    public IReadOnlyList<SessionWriteResult> WriteContended(IReadOnlyList<SessionWrite> batch) =>
        Write(batch, waits: true);

    public IReadOnlyList<SessionWriteResult> Erase(IReadOnlyList<SessionWrite> batch) => erasure.Erase(batch);

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids) => reader.Read(ids);

    public IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries) =>
        reader.ReadDue(queries);

    /// <summary>Durable when it returns. If it throws, it is not known whether the batch is stored.</summary>
    /// <param name="waits">
    /// Whether to wait for counters that another commit holds, up to <c>lock_timeout</c>. Otherwise, and after that,
    /// their sessions get <see cref="SessionWriteOutcome.Busy"/>.
    /// </param>
    private SessionWriteResult[] Write(IReadOnlyList<SessionWrite> batch, bool waits)
    {
        var results = new SessionWriteResult[batch.Count];
        var pending = Enumerable.Range(0, batch.Count).ToList();

        // One statement can't hold two versions of one session. A second version, which only a second activation of the
        // same grain can submit, goes into a separate commit.
        while (pending.Count > 0)
        {
            var turn = pending.DistinctBy(index => batch[index].Session.Id).ToList();
            pending = [.. pending.Except(turn)];
            var written = WriteUntilKnown([.. turn.Select(index => batch[index])], waits);
            for (var position = 0; position < turn.Count; position++) results[turn[position]] = written[position];
        }

        return results;
    }

    /// <summary>A session that another node has inserted in the meantime is a conflict at the next attempt.</summary>
    private SessionWriteResult[] WriteUntilKnown(IReadOnlyList<SessionWrite> writes, bool waits)
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

    /// <summary>One round trip. PostgreSQL runs the batch as one implicit transaction.</summary>
    private SessionWriteResult[] WriteDistinct(IReadOnlyList<SessionWrite> writes, bool waits)
    {
        using var connection = database.Open();
        using var commands = new NpgsqlBatch(connection);
        var batch = new SessionBatch(writes, waits);
        if (batch.IsDecided)
        {
            commands.BatchCommands.Add(Capped.Command(batch));
        }
        else
        {
            if (batch.New.Length > 0) commands.BatchCommands.Add(Insert.Command(batch));
            if (batch.Changed.Length > 0) commands.BatchCommands.Add(Update.Command(batch));
        }

        var results = Run(commands);
        return [.. writes.Select(write => results.TryGetValue(write.Session.Id, out var result)
            ? result
            : SessionWriteResult.Of(SessionWriteOutcome.Conflict))];
    }

    /// <returns>The result for each session that is stored or refused. The row of any other did not have the expected
    /// sequence.</returns>
    private static Dictionary<string, SessionWriteResult> Run(NpgsqlBatch commands)
    {
        var results = new Dictionary<string, SessionWriteResult>();
        using var row = commands.ExecuteReader();
        do
        {
            while (row.Read())
            {
                results[row.GetString(0)] = new SessionWriteResult(
                    (SessionWriteOutcome)row.GetInt32(2),
                    row.IsDBNull(1) ? [] : row.GetFieldValue<string[]>(1),
                    row.FieldCount > 3 && !row.IsDBNull(3) ? row.GetString(3) : null);
            }
        }
        while (row.NextResult());
        return results;
    }

    /// <summary>
    /// An id that is stored already is looked for first, and not by <c>on conflict</c>, which writes every new row to
    /// the log in two steps. Of two commits that insert the same id at once the second fails, and is tried again.
    /// </summary>
    /// <param name="condition">What else must hold of a row <c>new</c> for it to be inserted.</param>
    /// <param name="depositAddress">The address of a row <c>new</c>, where it is not the row's own.</param>
    private static string Inserted(
        ParameterRows<DepositSession> created, string condition, string? depositAddress = null) =>
        $"""
        inserted as (
            insert into deposit_session ({string.Join(", ", SessionTable.AtCreation.Select(column => column.Name))})
            select {(depositAddress is null ? "new.*" : SessionTable.NamesWith(depositAddress))}
            from {created.As("new", SessionTable.AtCreation)}
            where (select known.id from deposit_session as known where known.id = new.id) is null {condition}
            returning id, business_id)
        """;

    /// <inheritdoc cref="Inserted" path="/param"/>
    private static string Updated(
        PostgreSqlStatement<SessionBatch> statement, ParameterRows<SessionEvent> events, string condition) =>
        $"""
        updated as (
            update deposit_session
            set {string.Join(", ", Changing.Select(column => $"{column.Name} = new.{column.Name}"))}
            from {statement.Rows(batch => batch.Changed).As("new", [Id, StoredSequence, .. Changing])}
            where deposit_session.id = new.id and deposit_session.sequence = new.stored_sequence {condition}
            returning deposit_session.id, deposit_session.business_id),
        logged as (
            insert into session_event ({SessionEventTable.Table.Names})
            select event.* from {events.As("event", SessionEventTable.Table.Columns)}
            join updated on updated.id = event.session_id),
        paid as (
            insert into session_payment ({SessionPaymentTable.Table.Names})
            select payment.*
            from {statement.Rows(batch => batch.Payments).As("payment", SessionPaymentTable.Table.Columns)}
            join updated on updated.id = payment.session_id
            {SessionPaymentTable.OrUpdate})
        """;
}

/// <summary>The rows of one commit, an array of each kind.</summary>
internal sealed class SessionBatch
{
    /// <param name="writes">Each of another session.</param>
    /// <param name="waits">Whether to wait for a counter that another commit holds.</param>
    public SessionBatch(IReadOnlyList<SessionWrite> writes, bool waits)
    {
        // In the same order on every node, so that two commits never wait for each other.
        var ordered = writes.OrderBy(write => write.Session.Id, StringComparer.Ordinal).ToLookup(write => write.IsNew);
        New = [.. ordered[true].Select(write => write.Session)];
        Changed = [.. ordered[false]];
        Events = [.. Changed.SelectMany(write => write.NewEvents)];
        Payments = [.. Changed.SelectMany(write => write.ChangedPayments)];
        AddressesWanted = [.. ordered[true].Where(write => write.Addresses is not null)];
        Waits = waits;
        IsDecided = AddressesWanted.Length > 0 || writes.Any(OpenSessionSlots.Concerns);
        if (IsDecided) Slots = new OpenSessionSlots(writes, waits);
    }

    public DepositSession[] New { get; }

    public SessionWrite[] Changed { get; }

    /// <summary>The new changes of the changed sessions.</summary>
    public SessionEvent[] Events { get; }

    /// <summary>The payments that these changes are about.</summary>
    public SessionPayment[] Payments { get; }

    /// <summary>The new sessions whose deposit address is to be chosen.</summary>
    public SessionWrite[] AddressesWanted { get; }

    /// <summary>Whether to wait for what another commit holds.</summary>
    public bool Waits { get; }

    /// <summary>True when the commit moves counters of open sessions or chooses deposit addresses.</summary>
    public bool IsDecided { get; }

    /// <summary>Null unless <see cref="IsDecided"/>.</summary>
    public OpenSessionSlots? Slots { get; }
}
