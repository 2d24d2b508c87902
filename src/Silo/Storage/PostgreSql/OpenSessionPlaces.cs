using Bleepay.Grains.Sessions;
using Npgsql;

namespace Bleepay.Silo.Storage.PostgreSql;

/// <summary>
/// The places of capped widgets within one commit. Their counters are locked until it ends, so that no two
/// nodes give away the same place.
/// </summary>
internal sealed class OpenSessionPlaces
{
    private const string Ensure =
        """
        insert into open_session_count (widget_id, customer_reference, open_sessions)
        select *, 0 from unnest($1::text[], $2::text[])
        on conflict do nothing
        """;

    private const string LockRows =
        """
        select widget_id, customer_reference, open_sessions from open_session_count
        where (widget_id, customer_reference) in (select * from unnest($1::text[], $2::text[]))
        order by widget_id, customer_reference
        for update
        """;

    private const string SaveRows =
        """
        update open_session_count
        set open_sessions = open_session_count.open_sessions + change.by
        from unnest($1::text[], $2::text[], $3::integer[]) as change (widget_id, customer_reference, by)
        where open_session_count.widget_id = change.widget_id
          and open_session_count.customer_reference = change.customer_reference
        """;

    private readonly Dictionary<Place, int> open = [];

    private OpenSessionPlaces()
    {
    }

    /// <summary>True when the write takes places or gives them back.</summary>
    public static bool Concerns(SessionWrite write) =>
        write.Session.Places != CappedPlaces.None && (write.IsNew || write.EndsSession);

    /// <summary>Locks the counters that these writes concern, in the same order on every node.</summary>
    public static OpenSessionPlaces Lock(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<SessionWrite> writes)
    {
        var wanted = writes.Where(Concerns).SelectMany(write => PlacesOf(write.Session)).Distinct()
            .OrderBy(place => place.WidgetId, StringComparer.Ordinal)
            .ThenBy(place => place.Reference, StringComparer.Ordinal)
            .ToArray();
        using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { Command(Ensure, wanted), Command(LockRows, wanted) },
        };
        var places = new OpenSessionPlaces();
        using var row = batch.ExecuteReader();
        while (row.Read()) places.open[new(row.GetString(0), row.GetString(1))] = row.GetInt32(2);
        return places;
    }

    /// <summary>Lets others of this commit have the places of those that have ended.</summary>
    public void GiveBack(IEnumerable<SessionWrite> stored)
    {
        foreach (var place in stored.Where(write => write.EndsSession).SelectMany(write => PlacesOf(write.Session)))
            open[place]--;
    }

    /// <summary>True when a new session needs no place that is not there; it then has its places.</summary>
    public bool TryTake(SessionWrite write)
    {
        var places = PlacesOf(write.Session).ToList();
        if (places.Any(place => open[place] >= CapOf(place, write.Caps))) return false;
        foreach (var place in places) open[place]++;
        return true;
    }

    /// <summary>Counts what was stored: the new ones in, those that have ended out.</summary>
    public static void Save(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IEnumerable<SessionWrite> stored)
    {
        var changes = stored
            .Where(Concerns)
            .SelectMany(write => PlacesOf(write.Session)
                .Select(place => (Place: place, By: write.IsNew ? 1 : -1)))
            .GroupBy(change => change.Place)
            .Select(place => (place.Key, By: place.Sum(change => change.By)))
            .ToArray();
        var command = Command(SaveRows, [.. changes.Select(change => change.Key)]);
        command.Parameters.Add(
            new NpgsqlParameter<int[]> { TypedValue = [.. changes.Select(change => change.By)] });
        using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { command } };
        batch.ExecuteNonQuery();
    }

    private static int CapOf(Place place, OpenSessionCaps caps) =>
        (place.Reference.Length == 0 ? caps.PerWidget : caps.PerReference) ?? int.MaxValue;

    private static NpgsqlBatchCommand Command(string sql, Place[] places) => new(sql)
    {
        Parameters =
        {
            new NpgsqlParameter<string[]> { TypedValue = [.. places.Select(place => place.WidgetId)] },
            new NpgsqlParameter<string[]> { TypedValue = [.. places.Select(place => place.Reference)] },
        },
    };

    private static IEnumerable<Place> PlacesOf(DepositSession session)
    {
        if (session.Places.HasFlag(CappedPlaces.Widget)) yield return new(session.WidgetId, "");
        if (session.Places.HasFlag(CappedPlaces.Reference))
            yield return new(session.WidgetId, session.Terms.CustomerReference!);
    }

    /// <param name="Reference">The customer's, or empty for the whole widget.</param>
    private readonly record struct Place(string WidgetId, string Reference);
}
