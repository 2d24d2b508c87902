using System.Collections.Immutable;
using System.Text.Json;
using Bleepay.Grains.Sessions;
using Microsoft.Data.Sqlite;

namespace Bleepay.Silo.Storage.Sqlite;

/// <summary>Reads sessions by id, many at a time. Used by one thread.</summary>
internal sealed class SqliteSessionReader : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly SqliteStatement begin;
    private readonly SqliteStatement end;
    private readonly SqliteStatement sessions;
    private readonly SqliteStatement events;

    public SqliteSessionReader(SqliteConnection connection)
    {
        this.connection = connection;
        begin = new(connection, "begin");
        end = new(connection, "commit");
        sessions = new(
            connection,
            """
            select id, business_id, widget_id, amount, currency, network, currency_address, deposit_address,
                customer_email, customer_reference, metadata, underpayment_tolerance_percent,
                required_confirmations, capped_places, secret_key_id, fingerprint, created_at, expires_at
            from deposit_session where id in (select value from json_each(?1))
            """);
        events = new(
            connection,
            """
            select session_id, sequence, payment_status, cause, occurred_at
            from session_event where session_id in (select value from json_each(?1))
            order by session_id, sequence
            """);
    }

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids)
    {
        // One read transaction, so that a row and its events are of the same moment.
        begin.Execute();
        try
        {
            var wanted = JsonSerializer.Serialize(ids);
            var timelines = ReadTimelines(wanted);
            var found = ReadSessions(wanted, timelines);
            return [.. ids.Select(found.GetValueOrDefault)];
        }
        finally
        {
            end.Execute();
        }
    }

    public void Dispose()
    {
        foreach (var statement in new[] { begin, end, sessions, events }) statement.Dispose();
        connection.Dispose();
    }

    private Dictionary<string, ImmutableArray<SessionChange>.Builder> ReadTimelines(string wanted)
    {
        var timelines = new Dictionary<string, ImmutableArray<SessionChange>.Builder>();
        using var row = events.Query(wanted);
        while (row.Read())
        {
            var id = row.GetString(0);
            if (!timelines.TryGetValue(id, out var timeline))
                timelines[id] = timeline = ImmutableArray.CreateBuilder<SessionChange>();
            timeline.Add(new SessionChange(
                row.GetInt32(1), SessionColumns.Status(row.GetString(2)), SessionColumns.Cause(row.GetString(3)),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))));
        }

        return timelines;
    }

    private Dictionary<string, DepositSession> ReadSessions(
        string wanted, Dictionary<string, ImmutableArray<SessionChange>.Builder> timelines)
    {
        var found = new Dictionary<string, DepositSession>();
        using var row = sessions.Query(wanted);
        while (row.Read())
        {
            var id = row.GetString(0);
            found[id] = Session(id, row, timelines[id].ToImmutable());
        }

        return found;
    }

    private static DepositSession Session(string id, SqliteDataReader row, ImmutableArray<SessionChange> timeline) =>
        new()
        {
            Id = id,
            BusinessId = row.GetString(1),
            WidgetId = row.GetString(2),
            Terms = new SessionTerms(
                row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7),
                Text(row, 8), Text(row, 9), Text(row, 10)),
            UnderpaymentTolerancePercent = Text(row, 11),
            RequiredConfirmations = row.GetInt32(12),
            Places = (CappedPlaces)row.GetInt32(13),
            SecretKeyId = row.GetString(14),
            Fingerprint = row.IsDBNull(15) ? [] : [.. row.GetFieldValue<byte[]>(15)],
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(16)),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(17)),
            Timeline = timeline,
        };

    private static string? Text(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);
}
