using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The slots that the capped sessions of one commit take or give back: each counter once, and a row for each session
/// that points to its counters. <see cref="SlotSteps"/> has the SQL.
/// </summary>
internal sealed class OpenSessionSlots
{
    private readonly Dictionary<SlotCounter, int> positions = [];

    /// <summary>In the order of the batch: where there is one slot left, the first session takes it.</summary>
    /// <param name="waits">Whether to wait for a counter that another commit holds.</param>
    public OpenSessionSlots(IEnumerable<SessionWrite> writes, bool waits)
    {
        Waits = waits;
        Sessions = [.. writes.Where(Concerns).Select(RowOf)];
        Counters = [.. positions.OrderBy(counter => counter.Value).Select(counter => counter.Key)];
    }

    public SlotCounter[] Counters { get; }

    public SlotSession[] Sessions { get; }

    public bool Waits { get; }

    /// <summary>True when the write takes slots or gives them back.</summary>
    public static bool Concerns(SessionWrite write) =>
        write.Session.Slots != CappedSlots.None && (write.IsNew || write.EndsSession);

    private SlotSession RowOf(SessionWrite write)
    {
        var session = write.Session;
        return new(
            session.Id,
            write.IsNew,
            session.WidgetCounter is { } widget ? PositionOf(widget) : null,
            write.Caps.PerWidget,
            session.ReferenceCounter is { } reference ? PositionOf(reference) : null,
            write.Caps.PerReference);
    }

    /// <summary>The position of a counter, from 1 as in an array of PostgreSQL.</summary>
    private int PositionOf(SlotCounter counter)
    {
        if (!positions.TryGetValue(counter, out var position)) positions[counter] = position = positions.Count + 1;
        return position;
    }
}

/// <summary>A session that takes slots, or gives them back. The positions are those of its counters, from 1.</summary>
internal sealed record SlotSession(
    string Id, bool Takes, int? WidgetCounter, int? WidgetCap, int? ReferenceCounter, int? ReferenceCap);

/// <summary>
/// The steps of a statement that lock and move counters of open sessions, by the functions
/// <c>lock_open_session_counts</c> and <c>move_open_session_counts</c> of the schema.
/// </summary>
internal sealed class SlotSteps(PostgreSqlStatement<SessionBatch> statement)
{
    private static readonly Table<SlotCounter> Counter = new("counter");
    private static readonly Column<SlotCounter, string> Widget =
        Counter.Text("widget_id", counter => counter.WidgetId);

    private static readonly Column<SlotCounter, string> Reference =
        Counter.Text("customer_reference", counter => counter.CustomerReference);

    private static readonly Table<SlotSession> Slot = new("slot");
    private static readonly Column<SlotSession, string> Id = Slot.Text("id", slot => slot.Id);
    private static readonly Column<SlotSession, bool> Takes = Slot.Boolean("takes", slot => slot.Takes);
    private static readonly Column<SlotSession, int?> WidgetCounter =
        Slot.OptionalInteger("widget_counter", slot => slot.WidgetCounter);

    private static readonly Column<SlotSession, int?> WidgetCap =
        Slot.OptionalInteger("widget_cap", slot => slot.WidgetCap);

    private static readonly Column<SlotSession, int?> ReferenceCounter =
        Slot.OptionalInteger("reference_counter", slot => slot.ReferenceCounter);

    private static readonly Column<SlotSession, int?> ReferenceCap =
        Slot.OptionalInteger("reference_cap", slot => slot.ReferenceCap);

    private readonly ParameterRows<SlotCounter> counters = statement.Rows(batch => batch.Slots!.Counters);
    private readonly ParameterRows<SlotSession> slots = statement.Rows(batch => batch.Slots!.Sessions);

    /// <summary>
    /// Locks the counters (<c>locked</c>, one row), and lists the sessions whose counter another commit holds
    /// (<c>busy</c>, with the column <c>id</c>).
    /// </summary>
    public string Lock =>
        $"""
        locked as materialized (
            select lock_open_session_counts(
                widget_ids => {counters[Widget]}, customer_references => {counters[Reference]},
                waits => {statement.Value(batch => batch.Slots!.Waits)}) as counts),
        busy as materialized (
            select slot.id
            from {slots.As("slot", Id, WidgetCounter, ReferenceCounter)}, locked
            where (slot.widget_counter is not null and locked.counts[slot.widget_counter] is null)
               or (slot.reference_counter is not null and locked.counts[slot.reference_counter] is null))
        """;

    /// <summary>
    /// Moves the counters, once the sessions that end are stored, and lists the new sessions that must not be stored
    /// (<c>refused</c>, with the columns <c>id</c> and <c>reason</c>).
    /// </summary>
    /// <param name="ended">What the statement calls the stored sessions, with the column <c>id</c>.</param>
    /// <param name="withoutAddress">A query of the ids of new sessions that are refused for want of an address.</param>
    public string Move(string ended, string withoutAddress) =>
        $"""
        refused as materialized (
            select id, {(int)SessionWriteOutcome.Busy} as reason from busy
            union all
            select moved.session_id, case when moved.is_known
                then {(int)SessionWriteOutcome.Conflict} else {(int)SessionWriteOutcome.NoSlot} end
            from locked, move_open_session_counts(
                widget_ids => {counters[Widget]}, customer_references => {counters[Reference]},
                counts => locked.counts, session_ids => {slots[Id]}, is_new => {slots[Takes]},
                widget_counters => {slots[WidgetCounter]}, widget_caps => {slots[WidgetCap]},
                reference_counters => {slots[ReferenceCounter]}, reference_caps => {slots[ReferenceCap]},
                ended => array(select id from {ended}), without_address => array({withoutAddress})) as moved)
        """;

    /// <summary>
    /// Deletes the counters at zero of references that no longer need them. One that another commit holds is in use, so
    /// it stays.
    /// </summary>
    /// <param name="rows">What the statement calls the rows, with <c>widget_id</c> and
    /// <c>customer_reference</c>.</param>
    public static string DropUnused(string rows) =>
        $"""
        delete from open_session_count where (widget_id, customer_reference) in (
            select counter.widget_id, counter.customer_reference
            from open_session_count as counter join {rows} using (widget_id, customer_reference)
            where counter.open_sessions = 0
            for update of counter skip locked)
        """;
}
