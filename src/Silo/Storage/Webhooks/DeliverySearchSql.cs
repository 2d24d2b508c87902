using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Silo.Storage.Webhooks;

/// <summary>
/// The statement of one list of deliveries, alike on every database. There is an index of each business and of each
/// endpoint, both continued by the status and the cursor: a list is a range of it for each status.
/// </summary>
internal static class DeliverySearchSql
{
    private const string Order =
        " order by created_at desc, subject_id desc, sequence desc, endpoint_id desc limit ";

    private static readonly DeliveryStatus[] Statuses = Enum.GetValues<DeliveryStatus>();

    [SuppressMessage("Security", "CA2100", Justification = "Put together from constants; every value is a parameter.")]
    public static DbCommand Command(
        DbConnection connection, string businessId, DeliveryQuery query, IDatabase database)
    {
        var command = connection.CreateCommand();
        var conditions = new List<string>();
        command.Add("business", businessId);
        if (query.EndpointId is { } endpoint)
        {
            // The business leaves rows out of what the endpoint's index has found; as a case no index is used for it.
            conditions.Add("case when business_id = @business then true end");
            Add("endpoint_id = ", "endpoint", endpoint);
        }
        else
        {
            conditions.Add("business_id = @business");
        }

        if (query.Since is { } since) Add("created_at > ", "since", database.Timestamp(since));
        if (query.Until is { } until) Add("created_at < ", "until", database.Timestamp(until));
        if (query.After is { } after)
        {
            command.Add("after", database.Timestamp(after.CreatedAt));
            command.Add("after_subject", after.Key.SubjectId);
            command.Add("after_sequence", after.Key.Sequence);
            command.Add("after_endpoint", after.Key.EndpointId);
            conditions.Add(
                "(created_at, subject_id, sequence, endpoint_id) < " +
                "(@after, @after_subject, @after_sequence, @after_endpoint)");
        }

        command.Add("limit", query.Limit);
        command.Add("offset", query.Offset);
        command.Add("part", query.Limit + query.Offset);
        var parts = (query.Status is { } only ? [only] : Statuses).Select(Part);
        command.CommandText =
            $"select * from ({string.Join(" union all ", parts)}) as part{Order}@limit offset @offset";
        return command;

        void Add(string condition, string name, object value)
        {
            command.Add(name, value);
            conditions.Add($"{condition}@{name}");
        }

        string Part(DeliveryStatus status)
        {
            var where = string.Join(" and ", conditions.Append($"status = '{WebhookRows.Text(status)}'"));
            var newest = $"select {WebhookRows.OfSummary} from webhook_delivery where {where}{Order}@part";
            return $"select * from ({newest}) as one";
        }
    }
}
