using Bleepay.Grains.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The slots that the capped sessions of one commit take or give back, as arguments of the functions in
/// <c>0013_open_session_slots.sql</c>: each counter once, and a row for each session that points to its counters.
/// </summary>
internal sealed class OpenSessionSlots
{
    /// <summary>How many parameters <see cref="AddTo"/> adds.</summary>
    public const int Parameters = 9;

    private readonly Dictionary<(string WidgetId, string Reference), int> counters = [];
    private readonly List<Row> rows = [];

    /// <summary>In the order of the batch: where there is one slot left, the first session takes it.</summary>
    public OpenSessionSlots(IEnumerable<SessionWrite> writes)
    {
        foreach (var write in writes.Where(Concerns)) rows.Add(RowOf(write));
    }

    /// <summary>True when the write takes slots or gives them back.</summary>
    public static bool Concerns(SessionWrite write) =>
        write.Session.Places != CappedPlaces.None && (write.IsNew || write.EndsSession);

    /// <summary>
    /// The steps of a statement that lock the counters (<c>locked</c>, one row) and name the sessions whose counter
    /// another commit holds (<c>busy</c>).
    /// </summary>
    /// <param name="before">How many parameters of the statement come before these.</param>
    public static string Lock(int before) =>
        $"""
        locked as materialized (
            select lock_open_session_counts(${before + 1}::text[], ${before + 2}::text[], ${before + 3}) as counts),
        busy as materialized (
            select slot.id
            from unnest(${before + 4}::text[], ${before + 6}::integer[], ${before + 8}::integer[])
                as slot (id, widget_counter, reference_counter), locked
            where (slot.widget_counter is not null and locked.counts[slot.widget_counter] is null)
               or (slot.reference_counter is not null and locked.counts[slot.reference_counter] is null))
        """;

    /// <summary>
    /// The step that moves the counters, once those that end are stored, and names the new sessions that may not be
    /// stored (<c>refused</c>, with the columns <c>id</c> and <c>reason</c>).
    /// </summary>
    /// <param name="ended">What the statement calls the closed sessions, with the column <c>id</c>.</param>
    /// <inheritdoc cref="Lock" path="/param"/>
    public static string Move(int before, string ended) =>
        $"""
        refused as materialized (
            select id, {(int)SessionWriteOutcome.Busy} as reason from busy
            union all
            select moved.session_id, case when moved.is_known
                then {(int)SessionWriteOutcome.Conflict} else {(int)SessionWriteOutcome.NoPlace} end
            from locked, move_open_session_counts(
                ${before + 1}::text[], ${before + 2}::text[], locked.counts, ${before + 4}::text[],
                ${before + 5}::boolean[], ${before + 6}::integer[], ${before + 7}::integer[], ${before + 8}::integer[],
                ${before + 9}::integer[], array(select id from {ended})) as moved)
        """;

    /// <param name="waits">Whether to wait for a counter that another commit holds.</param>
    public void AddTo(NpgsqlBatchCommand command, bool waits)
    {
        var keys = counters.OrderBy(counter => counter.Value).Select(counter => counter.Key).ToArray();
        Add(command, Array.ConvertAll(keys, key => key.WidgetId));
        Add(command, Array.ConvertAll(keys, key => key.Reference));
        Add(command, waits);
        AddColumn(row => row.SessionId);
        AddColumn(row => row.Takes);
        AddColumn(row => row.WidgetCounter);
        AddColumn(row => row.WidgetCap);
        AddColumn(row => row.ReferenceCounter);
        AddColumn(row => row.ReferenceCap);

        void AddColumn<TValue>(Converter<Row, TValue> value) => Add(command, rows.ConvertAll(value).ToArray());
    }

    private static void Add<TValue>(NpgsqlBatchCommand command, TValue value) =>
        command.Parameters.Add(new NpgsqlParameter<TValue> { TypedValue = value });

    private Row RowOf(SessionWrite write)
    {
        var session = write.Session;
        int? widget = session.Places.HasFlag(CappedPlaces.Widget) ? Counter(session.WidgetId, "") : null;
        int? reference = session.Places.HasFlag(CappedPlaces.Reference)
            ? Counter(session.WidgetId, session.Terms.CustomerReference!)
            : null;
        return new(
            session.Id, write.IsNew, widget, write.Caps.PerWidget, reference, write.Caps.PerReference);
    }

    /// <summary>The position of a counter, from 1 as in an array of PostgreSQL.</summary>
    /// <param name="reference">The customer's, or empty for the whole widget.</param>
    private int Counter(string widgetId, string reference)
    {
        if (!counters.TryGetValue((widgetId, reference), out var position))
            counters[(widgetId, reference)] = position = counters.Count + 1;
        return position;
    }

    private sealed record Row(
        string SessionId, bool Takes, int? WidgetCounter, int? WidgetCap, int? ReferenceCounter, int? ReferenceCap);
}
