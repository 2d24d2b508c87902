using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>Turns rows into webhooks. The columns and their order are the same on every database.</summary>
internal static class WebhookRows
{
    /// <summary>What <see cref="Endpoint"/> expects of <c>webhook_endpoint</c>.</summary>
    public const string OfEndpoint =
        """
        id, business_id, version, url, description, events, is_enabled, secret_key_id, secret, created_at, updated_at,
            failing_since, paused_at, previous_secret_key_id, previous_secret, previous_secret_until
        """;

    /// <summary>
    /// What <see cref="Claimed"/> expects of <c>webhook_delivery</c> and <c>webhook_queue</c>, the events of a subject
    /// in sequence.
    /// </summary>
    public const string OfWaiting = "subject_id, version, sequence, event_type, created_at, step, request_body";

    /// <summary>What <see cref="Summary"/> expects of <c>webhook_delivery</c>.</summary>
    public const string OfSummary =
        "endpoint_id, subject_id, sequence, event_type, status, attempts, last_attempt_at, created_at";

    /// <summary>What <see cref="Details"/> expects of <c>webhook_delivery</c>.</summary>
    public const string OfDetails =
        OfSummary + ", request_url, request_body, response_code, response_body, failure";

    /// <summary>The statuses of a delivery that is still to be made.</summary>
    public const string IsWaiting = "status in ('PENDING', 'RETRYING')";

    /// <summary>The endpoint of a row, whose id is in the first column.</summary>
    public static StoredEndpoint Endpoint(DbDataReader row) => new(
        new WebhookEndpoint
        {
            BusinessId = row.GetString(1),
            Settings = new EndpointSettings(row.GetString(3), Text(row, 4), Events(row.GetString(5))),
            IsEnabled = row.GetBoolean(6),
            Secret = new SealedSecret(row.GetString(7), [.. row.GetFieldValue<byte[]>(8)]),
            CreatedAt = Time(row, 9),
            UpdatedAt = Time(row, 10),
            FailingSince = OptionalTime(row, 11),
            PausedAt = OptionalTime(row, 12),
            PreviousSecret = row.IsDBNull(13)
                ? null
                : new PreviousSecret(
                    new SealedSecret(row.GetString(13), [.. row.GetFieldValue<byte[]>(14)]), Time(row, 15)),
        },
        row.GetInt32(2));

    /// <summary>Between commas, so that each type is found as a whole.</summary>
    public static string Events(ImmutableArray<string> types) => $",{string.Join(',', types)},";

    public static ImmutableArray<string> Events(string text) => [.. text.Trim(',').Split(',')];

    /// <summary>
    /// The claimed subjects in the order of their claim, with their waiting events. A subject without one was claimed
    /// again or changed since; it is left out.
    /// </summary>
    public static IReadOnlyList<ClaimedRow> Claimed(
        string endpointId, IReadOnlyList<string> claimedIds, DbDataReader row)
    {
        var found = new Dictionary<string, (int Version, ImmutableArray<WaitingDelivery>.Builder Deliveries)>();
        while (row.Read())
        {
            var subjectId = row.GetString(0);
            if (!found.TryGetValue(subjectId, out var subject))
                found[subjectId] = subject = (row.GetInt32(1), ImmutableArray.CreateBuilder<WaitingDelivery>());
            subject.Deliveries.Add(new WaitingDelivery(
                new DeliveryKey(endpointId, subjectId, row.GetInt32(2)), row.GetString(3), Time(row, 4),
                row.GetInt32(5), Text(row, 6)));
        }

        return [.. claimedIds.Where(found.ContainsKey).Select(id =>
            new ClaimedRow(id, found[id].Version, found[id].Deliveries.ToImmutable()))];
    }

    public static DeliverySummary Summary(DbDataReader row) => new(
        new DeliveryKey(row.GetString(0), row.GetString(1), row.GetInt32(2)), row.GetString(3),
        Status(row.GetString(4)), row.GetInt32(5), OptionalTime(row, 6), Time(row, 7));

    public static DeliveryDetails Details(DbDataReader row) => new(
        Summary(row), Text(row, 8), Text(row, 9), row.IsDBNull(10) ? null : row.GetInt32(10), Text(row, 11),
        Text(row, 12));

    public static string Text(DeliveryStatus status) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(status.ToString());

    private static DeliveryStatus Status(string text) => Enum.Parse<DeliveryStatus>(text, ignoreCase: true);

    private static string? Text(DbDataReader row, int column) => ColumnTypes.OptionalText.Read(row, column);

    private static DateTimeOffset Time(DbDataReader row, int column) => ColumnTypes.Time.Read(row, column);

    private static DateTimeOffset? OptionalTime(DbDataReader row, int column) =>
        ColumnTypes.OptionalTime.Read(row, column);
}
