using System.Data.Common;
using System.Diagnostics.Metrics;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>
/// Measures what waits to be delivered, while metrics are exported. The reads take the connections of lists, so
/// they hold up no payment, and have a time limit. Every node sees the same, so their figures are not to be added up.
/// </summary>
internal sealed partial class WebhookDepths(IDatabase database, TimeProvider clock, ILogger<WebhookDepths> logger)
    : BackgroundService
{
    /// <summary>No more rows are counted, however many wait.</summary>
    public const int CountMax = 200_000;

    private const string Due = "due";
    private const string Later = "later";
    private const string Paused = "paused";
    private const string StateTag = "state";

    private const string WaitingRows =
        """
        select case when endpoint.is_off = 1 then 'paused' when waiting.due_at <= @now then 'due' else 'later' end,
            count(*), min(waiting.due_at)
        from (select endpoint_id, due_at from webhook_queue limit @limit) as waiting
        left join (
            select id, case when paused_at is not null or not is_enabled then 1 else 0 end as is_off
            from webhook_endpoint) as endpoint on endpoint.id = waiting.endpoint_id
        group by 1
        """;

    private const string EndpointRows =
        """
        select case when paused_at is not null then 'paused' when is_enabled then 'enabled' else 'disabled' end,
            count(*), null
        from webhook_endpoint group by 1
        """;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    /// <summary>At the start the store may have no tables yet.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Gauge<long> Waiting = Meter.CreateGauge<long>(
        "bleepay.webhook.waiting", "{subject}", "Sessions and payments with events that an endpoint has not received.");

    private static readonly Gauge<double> Oldest = Meter.CreateGauge<double>(
        "bleepay.webhook.oldest", "s", "How long the first of them has been due; 0 where none is.");

    private static readonly Gauge<long> Endpoints = Meter.CreateGauge<long>(
        "bleepay.webhook.endpoints", "{endpoint}", "Webhook endpoints, by whether they are sent events.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Period;
            try
            {
                await Measure(stoppingToken);
            }
            catch (Exception failure) when (failure is DbException or IOException or TimeoutException)
            {
                LogNotRead(failure.Message);
                pause = RetryDelay;
            }

            await Task.Delay(pause, clock, stoppingToken);
        }
    }

    private async Task Measure(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var waiting = await Read(WaitingRows, now, cancellation);
        foreach (var state in new[] { Due, Later, Paused })
            Record(Waiting, waiting.GetValueOrDefault(state).Count, state);
        foreach (var state in new[] { Due, Paused })
        {
            var age = now - (waiting.GetValueOrDefault(state).First ?? now);
            Oldest.Record(Math.Max(0, age.TotalSeconds), new KeyValuePair<string, object?>(StateTag, state));
        }

        var endpoints = await Read(EndpointRows, now, cancellation);
        foreach (var state in new[] { "enabled", "disabled", Paused })
            Record(Endpoints, endpoints.GetValueOrDefault(state).Count, state);
    }

    private static void Record(Gauge<long> gauge, long count, string state) =>
        gauge.Record(count, new KeyValuePair<string, object?>(StateTag, state));

    private Task<Dictionary<string, (long Count, DateTimeOffset? First)>> Read(
        string sql, DateTimeOffset now, CancellationToken cancellation) => database.ReadSnapshot(
        async (connection, end) =>
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the two constants above.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.Add("now", database.Timestamp(now));
            command.Add("limit", CountMax);
            var found = new Dictionary<string, (long, DateTimeOffset?)>(StringComparer.Ordinal);
            await using var row = await command.ExecuteReaderAsync(end);
            while (await row.ReadAsync(end)) found[row.GetString(0)] = (row.GetInt64(1), TimeOf(row.GetValue(2)));
            return found;
        },
        cancellation);

    /// <summary>SQLite's times are Unix milliseconds.</summary>
    private static DateTimeOffset? TimeOf(object value) => value switch
    {
        long milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
        DateTime time => new DateTimeOffset(time, TimeSpan.Zero),
        _ => null,
    };

    [LoggerMessage(LogLevel.Debug, "What waits to be delivered could not be measured: {Reason}")]
    private partial void LogNotRead(string reason);
}
