using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Silo.Storage;

/// <summary>
/// The statement of one search, alike on every database. Each filter has an index that ends in the time of creation,
/// so a page costs the same wherever in the list it is.
/// </summary>
internal sealed class SessionSearchSql
{
    private const string Order = " order by created_at desc, id desc limit ";

    private readonly DbCommand command;
    private readonly SessionSearch search;
    private readonly Func<DateTimeOffset, object> moment;
    private readonly List<string> conditions = [];

    private SessionSearchSql(DbCommand command, SessionSearch search, Func<DateTimeOffset, object> moment)
    {
        this.command = command;
        this.search = search;
        this.moment = moment;
    }

    /// <param name="moment">How the database writes a time.</param>
    public static DbCommand Command(
        DbConnection connection, SessionSearch search, Func<DateTimeOffset, object> moment)
    {
        var command = connection.CreateCommand();
        new SessionSearchSql(command, search, moment).Write();
        return command;
    }

    [SuppressMessage("Security", "CA2100", Justification = "Put together from constants; every value is a parameter.")]
    private void Write()
    {
        var query = search.Query;
        Add("business_id = ", "business", query.BusinessId);
        var business = conditions.Count;
        Filter("widget_id = ", "widget", query.WidgetId);
        Filter("network = ", "network", query.Network);
        Filter("currency = ", "currency", query.Currency);
        Filter("customer_reference = ", "reference", query.CustomerReference);
        Filter("customer_email = ", "email", query.CustomerEmail);
        FilterAddress(query.DepositAddress);
        if (query.TransactionId is { } transaction)
            Add("id in (select session_id from session_payment where tx_id = ", "tx",
                FieldRules.NormalAddress(transaction), ")");
        var hasFilter = conditions.Count > business;

        if (query.Since is { } since) Add("created_at > ", "since", moment(since));
        if (query.Until is { } until) Add("created_at < ", "until", moment(until));
        if (query.After is { } after)
        {
            Add("created_at <= ", "after", moment(after.CreatedAt));
            Add("(created_at < @after or id < ", "after_id", after.Id, ")");
        }

        // The index of a filter has no status in it, and that of the statuses nothing else.
        var parts = Statuses().Select(status => hasFilter ? status : Part(status)).ToList();
        var source = hasFilter
            ? $"deposit_session where {Where}{(query.Status is null ? "" : $" and ({string.Join(" or ", parts)})")}"
            : $"({string.Join(" union all ", parts)}) as part";
        Parameter("limit", query.Limit);
        Parameter("offset", query.Offset);
        command.CommandText = $"select id from {source}{Order}@limit offset @offset";
    }

    private string Where => string.Join(" and ", conditions);

    /// <summary>
    /// The newest of one status. Every status is a stretch of one index, and in each the newest come first.
    /// </summary>
    private string Part(string status)
    {
        if (!command.Parameters.Contains("@part")) Parameter("part", (long)search.Query.Limit + search.Query.Offset);
        var newest = $"select id, created_at from deposit_session where {Where} and {status}{Order}@part";
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
                Parameter("now", moment(search.Now));
                Parameter("overdue", moment(search.Now - search.Lifetime));
                return Open
                    .Select(status => $"{Is(status)} and created_at <= @overdue and expires_at <= @now")
                    .Prepend(Is(PaymentStatus.Expired));
            case { } open when Open.Contains(open):
                Parameter("now", moment(search.Now));
                return [$"{Is(open)} and expires_at > @now"];
            case { } settled:
                return [Is(settled)];
        }
    }

    private static readonly PaymentStatus[] Open =
        [PaymentStatus.Created, PaymentStatus.Pending, PaymentStatus.Underpaid];

    private static string Is(PaymentStatus status) => $"payment_status = '{SessionColumns.Text(status)}'";

    /// <summary>The index is in lower case; an address that is not hexadecimal is compared by every letter.</summary>
    private void FilterAddress(string? address)
    {
        if (address is null) return;
        Add("lower(deposit_address) = lower(", "address", address, ")");
        if (!FieldRules.IsHexadecimal(address)) conditions.Add("deposit_address = @address");
    }

    private void Filter(string condition, string name, string? value)
    {
        if (value is not null) Add(condition, name, value);
    }

    private void Add(string condition, string name, object value, string end = "")
    {
        Parameter(name, value);
        conditions.Add($"{condition}@{name}{end}");
    }

    private void Parameter(string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
