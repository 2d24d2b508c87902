using System.Globalization;
using Bleepay.Gateway.Http.Json;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Sessions;

/// <summary>Reads a report-payment request. What a widget allows has no part in it.</summary>
internal static class PaymentRequest
{
    /// <summary>ISO 8601 in UTC, with or without a fraction of a second.</summary>
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";

    /// <returns>The command: with the payment, or with all that is wrong about the body.</returns>
    public static async ValueTask<ReportPayment> Read(HttpRequest request, Caller caller)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return new(caller, null, unreadable);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            foreach (var name in (string[])["txId", "amount", "confirmations"]) fields.Require(name);
            var report = new PaymentReport(
                new PaymentKey(
                    Text(fields, "txId", FieldRules.TransactionId) ?? "", NotNegative(fields, "index") ?? 0),
                Text(fields, "amount", value => FieldRules.Amount(value, out _)) ?? "",
                NotNegative(fields, "confirmations") ?? 0,
                fields.Boolean("removed") ?? false,
                Text(fields, "from", FieldRules.DepositAddress),
                Time(fields, "observedAt"));
            var errors = fields.Errors;
            return errors.IsEmpty
                ? new(caller, report, null)
                : new(caller, null, Refusal.Validation(errors));
        }
    }

    private static string? Text(JsonFields fields, string name, Func<string, string?> rule)
    {
        if (fields.String(name) is not { } value) return null;
        if (rule(value) is { } problem) fields.Add(name, problem);
        return value;
    }

    private static int? NotNegative(JsonFields fields, string name)
    {
        var number = fields.WholeNumber(name);
        if (number < 0) fields.Add(name, "must be 0 or more");
        return number;
    }

    private static DateTimeOffset? Time(JsonFields fields, string name)
    {
        if (fields.String(name) is not { } text) return null;
        if (DateTimeOffset.TryParseExact(
            text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
        fields.Add(name, "must be a time in UTC, such as \"2026-06-01T12:00:00.000Z\"");
        return null;
    }
}
