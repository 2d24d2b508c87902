using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// The statement of one search, alike on every database but for what names an index. Each filter has an index that ends
/// in the time of creation, so a page costs the same wherever in the list it is.
/// </summary>
internal sealed class SessionSearchSql
{
    private const string Order = " order by created_at desc, id desc limit ";

    private static readonly PaymentStatus[] Open =
        [.. Enum.GetValues<PaymentStatus>().Where(status => !status.IsFinal())];

    private readonly DbCommand command;
    private readonly SessionSearch search;
    private readonly IDatabase database;
    private readonly List<string> conditions = [];
    private readonly bool isByStatus;
    private bool hasFilter;

    private SessionSearchSql(DbCommand command, SessionSearch search, IDatabase database)
    {
        this.command = command;
        this.search = search;
        this.database = database;
        isByStatus = IsOfFew(search.Query);
    }

    public static DbCommand Command(DbConnection connection, SessionSearch search, IDatabase database)
    {
        var command = connection.CreateCommand();
        new SessionSearchSql(command, search, database).Write();
        return command;
    }

    [SuppressMessage("Security", "CA2100", Justification = "Put together from constants; every value is a parameter.")]
    private void Write()
    {
        var query = search.Query;
        Parameter("business", search.BusinessId);
        Filter("widget_id", "widget", query.WidgetId);
        Filter("network", "network", query.Network);
        Filter("currency", "currency", query.Currency);
        Filter("customer_reference", "reference", query.CustomerReference);
        Filter("customer_email", "email", query.CustomerEmail);
        FilterAddress(query.DepositAddress);
        if (query.TransactionId is { } transaction)
        {
            conditions.Add(database.Unindexed("business_id", "@business"));
            Add("id in (select session_id from session_payment where tx_id = ", "tx",
                FieldRules.NormalAddress(transaction), ")");
        }

        hasFilter = !isByStatus && conditions.Count > 0;

        if (query.Since is { } since) Add("created_at > ", "since", database.Timestamp(since));
        if (query.Until is { } until) Add("created_at < ", "until", database.Timestamp(until));
        if (query.After is { } after)
        {
            Add("created_at <= ", "after", database.Timestamp(after.CreatedAt));
            Add("(created_at < @after or id < ", "after_id", after.Id, ")");
        }

        // The index of a filter has no status in it, and that of the statuses nothing else.
        var parts = Statuses().Select(status => hasFilter ? status : Part(status)).ToList();
        var source = hasFilter
            ? $"deposit_session where {string.Join(" and ", conditions)}" +
                (query.Status is null ? "" : $" and ({string.Join(" or ", parts)})")
            : $"({string.Join(" union all ", parts)}) as part";
        Parameter("limit", query.Limit);
        Parameter("offset", query.Offset);
        command.CommandText = $"select id from {source}{Order}@limit offset @offset";
    }

    /// <summary>
    /// The newest of one status. Every status is a stretch of one index, and in each the newest come first.
    /// </summary>
    private string Part(string status)
    {
        if (!command.Parameters.Contains("@part")) Parameter("part", (long)search.Query.Limit + search.Query.Offset);
        var where = string.Join(" and ", conditions.Append(status));
        var newest = $"select id, created_at from deposit_session where {where}{Order}@part";
        return $"select * from ({newest}) as one";
    }

    /// <summary>The statuses as stored that make up the one that is asked for, or all.</summary>
    private IEnumerable<string> Statuses()
    {
        switch (search.Query.Status)
        {
            case null:
                return Enum.GetValues<PaymentStatus>().Select(Is);
            case PaymentStatus.Expired:
                Parameter("now", database.Timestamp(search.Now));
                Parameter("overdue", database.Timestamp(search.Now - search.Lifetime));
                return Open
                    .Select(status => $"{Is(status)} and created_at <= @overdue and expires_at <= @now")
                    .Prepend(Is(PaymentStatus.Expired));
            case { } open when !open.IsFinal():
                Parameter("now", database.Timestamp(search.Now));
                return [$"{Is(open)} and expires_at > @now"];
            case { } settled:
                return [Is(settled)];
        }
    }

    /// <summary>
    /// A session is open for half an hour, and few are paid too much: such a status finds fewer than a filter that many
    /// sessions share. What one customer or one transaction has is fewer still.
    /// </summary>
    private static bool IsOfFew(SessionQuery query) =>
        query is { CustomerReference: null, CustomerEmail: null, TransactionId: null, Status: { } status }
        && (status == PaymentStatus.Overpaid || !status.IsFinal());

    /// <summary>Beside a filter the status only leaves rows out of what the filter's index has found.</summary>
    private string Is(PaymentStatus status)
    {
        var value = $"'{SessionWords.Text(status)}'";
        return hasFilter
            ? database.Unindexed("payment_status", value)
            : database.Indexed("payment_status", value);
    }

    /// <summary>The index is in lower case; an address that is not hexadecimal is compared by every letter.</summary>
    private void FilterAddress(string? address)
    {
        if (address is null) return;
        Parameter("address", address);
        const string Column = "lower(deposit_address)", Value = "lower(@address)";
        conditions.Add(isByStatus ? database.Unindexed(Column, Value) : database.IndexedAlone(Column, Value));
        if (!FieldRules.IsHexadecimal(address)) conditions.Add("deposit_address = @address");
    }

    private void Filter(string column, string name, string? value)
    {
        if (value is null) return;
        Parameter(name, value);
        AddIndexed(column, $"@{name}");
    }

    private void AddIndexed(string column, string value) => conditions.Add(
        isByStatus ? database.Unindexed(column, value) : database.Indexed(column, value));

    private void Add(string condition, string name, object value, string end = "")
    {
        Parameter(name, value);
        conditions.Add($"{condition}@{name}{end}");
    }

    private void Parameter(string name, object value) => command.Add(name, value);
}
