using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Silo.Storage;

namespace Bleepay.Silo.Ops;

/// <summary>
/// What the operator's commands read of the database: read-only, on a separate connection, also while the service
/// runs or is down.
/// </summary>
internal sealed class OpsReads(IDatabase database)
{
    private const string Hidden = "(hidden)";

    private const string OpenSessions =
        """
        select payment_status, count(*) as sessions, count(case when expires_at <= @now then 1 end) as overdue,
            min(expires_at) as first_end_at
        from deposit_session where payment_status in ('CREATED', 'PENDING', 'UNDERPAID')
        group by payment_status order by payment_status
        """;

    private const string Queue =
        """
        select case when endpoint.id is null then 'deleted' when endpoint.paused_at is not null then 'paused'
                when not endpoint.is_enabled then 'disabled' when queue.due_at <= @now then 'due'
                else 'later' end as state,
            count(*) as waiting, min(queue.due_at) as first_due_at
        from webhook_queue as queue left join webhook_endpoint as endpoint on endpoint.id = queue.endpoint_id
        group by 1 order by 1
        """;

    private const string Nodes =
        """
        select SiloName as name, Address as address, Port as port,
            case Status when 3 then 'active' when 6 then 'dead' when 2 then 'joining' else 'leaving' end as status,
            StartTime as started_at, IAmAliveTime as alive_at
        from OrleansMembershipTable where Status <> 6 order by SiloName
        """;

    private const string Keys =
        """
        select key_id, sum(sessions) as sessions, sum(open_sessions) as open_sessions, sum(endpoints) as endpoints
        from (
            select secret_key_id as key_id, count(*) as sessions,
                count(case when payment_status in ('CREATED', 'PENDING', 'UNDERPAID') then 1 end) as open_sessions,
                0 as endpoints
            from deposit_session group by secret_key_id
            union all select secret_key_id, 0, 0, count(*) from webhook_endpoint group by secret_key_id
            union all select previous_secret_key_id, 0, 0, count(*) from webhook_endpoint
            where previous_secret_until > @now group by previous_secret_key_id) as used
        group by key_id order by key_id
        """;

    private const string Unmatched =
        "select count(*) as waiting from unmatched_payment where session_id is null and not is_removed";

    private const string Session = "select * from deposit_session where id = @id";

    /// <summary>The first change is the session's own row.</summary>
    private const string Timeline =
        """
        select 1 as sequence, 'CREATED' as payment_status, 'CREATED' as cause, created_at as occurred_at,
            null as payment_tx_id, '0' as received_amount, '0' as pending_amount, '0' as late_amount
        from deposit_session where id = @id
        union all
        select sequence, payment_status, cause, occurred_at, payment_tx_id, received_amount, pending_amount, late_amount
        from session_event where session_id = @id
        order by sequence
        """;

    private const string Payments =
        """
        select tx_id, transfer_index, amount, stage, confirmations, seen_at, settled_at, observed_in_time, is_ambiguous
        from session_payment where session_id = @id order by seen_sequence
        """;

    private const string Deliveries =
        """
        select delivery.endpoint_id, sequence, event_type, status, attempts, last_attempt_at, response_code, failure,
            queue.due_at
        from webhook_delivery as delivery left join webhook_queue as queue
            on queue.endpoint_id = delivery.endpoint_id and queue.subject_id = delivery.subject_id
        where delivery.subject_id = @id and delivery.endpoint_id in (
            select id from webhook_endpoint where business_id = @business)
        order by sequence, delivery.endpoint_id
        """;

    private const string Endpoints =
        """
        select * from (
            select endpoint.id, business_id, url,
                case when paused_at is not null then 'paused' when not is_enabled then 'disabled'
                    when failing_since is not null then 'failing' else 'enabled' end as state,
                failing_since, paused_at,
                (select count(*) from webhook_queue where endpoint_id = endpoint.id) as waiting,
                (select min(due_at) from webhook_queue where endpoint_id = endpoint.id) as first_due_at,
                (select count(*) from webhook_delivery where endpoint_id = endpoint.id and status = 'FAILED'
                    and created_at > @yesterday) as failed_today
            from webhook_endpoint as endpoint
            where @business = '' or business_id = @business) as known
        where @failing = 0 or state in ('paused', 'failing') or failed_today > 0
        order by business_id, id
        """;

    /// <summary>Nodes, open sessions, and what waits to be delivered.</summary>
    public Task<JsonNode> Status(DateTimeOffset now, CancellationToken cancellation) => Read(
        async (rows, end) =>
        {
            var status = await StatusOf(rows, now, end);
            if (database.Provider == StorageProvider.PostgreSql) status["nodes"] = await rows.Read(Nodes, end);
            return status;
        },
        cancellation);

    private async Task<JsonObject> StatusOf(Rows rows, DateTimeOffset now, CancellationToken end) => new()
    {
        ["database"] = database.Provider.ToString(),
        ["schema"] = (await rows.Read("select max(version) as version from bleepay_schema", end))[0]!["version"]!
            .DeepClone(),
        ["openSessions"] = await rows.Read(OpenSessions, end, ("now", database.Timestamp(now))),
        ["webhooks"] = await rows.Read(Queue, end, ("now", database.Timestamp(now))),
        ["unmatchedPayments"] = (await rows.Read(Unmatched, end))[0]!["waiting"]!.DeepClone(),
    };

    /// <summary>How many sessions and endpoints each server key still has.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> UsedKeys(
        DateTimeOffset now, CancellationToken cancellation)
    {
        var used = await Read(
            async (rows, end) => await rows.Read(Keys, end, ("now", database.Timestamp(now))), cancellation);
        return used.AsArray().ToDictionary(row => row!["keyId"]!.GetValue<string>(), row => row!);
    }

    /// <summary>One session with its timeline, payments and deliveries.</summary>
    /// <param name="isShown">False to hide the customer's data.</param>
    /// <exception cref="OpsException">There is none.</exception>
    public Task<JsonNode> OneSession(string id, bool isShown, CancellationToken cancellation) => Read(
        async (rows, end) =>
        {
            var session = (await rows.Read(Session, end, ("id", id))).FirstOrDefault()?.AsObject()
                ?? throw new OpsException($"There is no session {id}.");
            session.Remove("fingerprint");
            if (!isShown)
            {
                foreach (var field in (string[])["customerEmail", "customerReference", "metadata"])
                    if (session[field] is not null) session[field] = Hidden;
            }

            var answer = session.DeepClone().AsObject();
            answer["timeline"] = await rows.Read(Timeline, end, ("id", id));
            answer["payments"] = await rows.Read(Payments, end, ("id", id));
            answer["deliveries"] = await rows.Read(
                Deliveries, end, ("id", id), ("business", session["businessId"]!.GetValue<string>()));
            return answer;
        },
        cancellation);

    /// <summary>Webhook endpoints with what waits for them, and what has failed within a day.</summary>
    public Task<JsonNode> AllEndpoints(
        string? business, bool onlyFailing, DateTimeOffset now, CancellationToken cancellation) => Read(
        async (rows, end) => await rows.Read(
            Endpoints, end, ("business", business ?? ""), ("failing", onlyFailing ? 1 : 0),
            ("yesterday", database.Timestamp(now.AddDays(-1)))),
        cancellation);

    /// <summary>The business of an endpoint.</summary>
    /// <exception cref="OpsException">There is no such endpoint.</exception>
    public async Task<string> BusinessOf(string endpoint, CancellationToken cancellation) => (await Read(
        async (rows, end) => (await rows.Read(
            "select business_id from webhook_endpoint where id = @id", end, ("id", endpoint))).FirstOrDefault()
            ?? throw new OpsException($"There is no endpoint {endpoint}."),
        cancellation))["businessId"]!.GetValue<string>();

    private Task<JsonNode> Read(Func<Rows, CancellationToken, Task<JsonNode>> read, CancellationToken cancellation) =>
        database.ReadSnapshot(
            async (connection, end) =>
            {
                var rows = new Rows(connection);
                if (database.Provider == StorageProvider.PostgreSql)
                    await rows.Execute("set transaction read only; set local statement_timeout = '10min'", end);
                return await read(rows, end);
            },
            cancellation);

    /// <summary>Rows as JSON: the columns by their names in camel case, times as in the API.</summary>
    private sealed class Rows(DbConnection connection)
    {
        public async Task Execute(string sql, CancellationToken cancellation)
        {
            await using var command = Command(sql);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        public async Task<JsonArray> Read(
            string sql, CancellationToken cancellation, params (string Name, object Value)[] parameters)
        {
            await using var command = Command(sql);
            foreach (var (name, value) in parameters) command.Add(name, value);
            await using var row = await command.ExecuteReaderAsync(cancellation);
            var rows = new JsonArray();
            while (await row.ReadAsync(cancellation))
            {
                var members = new JsonObject();
                for (var column = 0; column < row.FieldCount; column++)
                {
                    var name = row.GetName(column);
                    members[Camel(name)] = row.IsDBNull(column) ? null : Value(name, row.GetValue(column));
                }

                rows.Add(members);
            }

            return rows;
        }

        [SuppressMessage("Security", "CA2100", Justification = "A constant of this file; every value is a parameter.")]
        private DbCommand Command(string sql)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = 0;
            return command;
        }

        private static string Camel(string column) => string.Concat(column.Split('_').Select((word, index) =>
            index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

        /// <summary>SQLite has neither times nor truth values: the column's name shows what a number is.</summary>
        private static JsonNode? Value(string column, object value) => value switch
        {
            DateTime time => OpsReport.Time(new DateTimeOffset(time, TimeSpan.Zero)),
            long milliseconds when column.EndsWith("_at", StringComparison.Ordinal)
                || column.EndsWith("_since", StringComparison.Ordinal) =>
                OpsReport.Time(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)),
            long truth when column.StartsWith("is_", StringComparison.Ordinal)
                || column.StartsWith("has_", StringComparison.Ordinal)
                || column.EndsWith("_in_time", StringComparison.Ordinal) => truth != 0,
            bool truth => truth,
            byte[] bytes => Convert.ToHexStringLower(bytes),
            string text => text,
            _ => JsonNode.Parse(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        };
    }
}
