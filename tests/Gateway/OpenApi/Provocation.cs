using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Gateway.Http.Fuzz;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.OpenApi;

/// <summary>Requests that cause one kind of answer.</summary>
/// <param name="Before">What is done to the target first.</param>
/// <param name="Requests">Sent in turn.</param>
/// <param name="Last">Changes each of them on its way out.</param>
internal sealed record Provocation(
    string Name,
    Func<Made, Task> Before,
    IReadOnlyList<FuzzedRequest> Requests,
    Action<HttpRequestMessage, FuzzTarget> Last)
{
    private const int TooLarge = 16 * 1024;

    /// <summary>Every kind that an operation with these parameters and this body can have.</summary>
    public static IEnumerable<Provocation> Of(DescribedOperation operation)
    {
        var good = FuzzedRequest.Good(operation);
        yield return new("as it should be", Nothing, [good, good], Unchanged);
        yield return new("with the secret", Nothing, [good with { HasSecret = true }], Unchanged);
        yield return new("without a credential", Nothing, [good], (request, _) => request.Headers.Authorization = null);
        yield return new(
            "with a stranger's token", Nothing, [good], (request, _) => Authorize(request, Api.NewBusiness()));
        yield return new("of an id that is not there", Nothing, [good with { HostileId = "none" }], Unchanged);
        foreach (var one in OfParameters(operation, good)) yield return one;
        foreach (var one in OfBody(operation, good)) yield return one;
        foreach (var one in OfState(operation, good)) yield return one;
    }

    public async Task<IReadOnlyList<Answer>> Ask(HttpClient http, FuzzTarget target)
    {
        await Before(target.Made);
        var answers = new List<Answer>();
        foreach (var one in Requests)
        {
            var request = one.To(target);
            Last(request, target);
            answers.Add(await FuzzedAnswer.Send(http, request));
        }

        return answers;
    }

    private static IEnumerable<Provocation> OfParameters(DescribedOperation operation, FuzzedRequest good)
    {
        foreach (var name in operation.Parameters("query"))
            yield return new($"with a wrong {name}", Nothing, [good with { Query = $"?{name}=%07" }], Unchanged);
        if (operation.Parameters("header").Contains("If-None-Match"))
            yield return new(
                "of what is cached", Nothing, [good with { Headers = [("If-None-Match", "*")] }], Unchanged);
        foreach (var name in operation.Parameters("header"))
            yield return new($"with a wrong {name}", Nothing, [good with { Headers = [(name, "\u00e9")] }], Unchanged);
    }

    private static IEnumerable<Provocation> OfBody(DescribedOperation operation, FuzzedRequest good)
    {
        if (operation.BodySchema is null) yield break;
        var whole = good with { Body = GoodBody.Written(operation, isWhole: true) };
        yield return new("with every field", Nothing, [whole], Unchanged);
        yield return new("with another shape", Nothing, [good with { Body = "[]"u8.ToArray() }], Unchanged);
        yield return new("with a large body", Nothing, [good with { Body = new byte[TooLarge + 1] }], Unchanged);
        yield return new("with another type", Nothing, [good with { ContentType = "text/plain" }], Unchanged);
        if (operation.Parameters("header").Contains("Idempotency-Key"))
        {
            IReadOnlyList<(string, string)> known = [("Idempotency-Key", "known")];
            yield return new(
                "with a known key", Nothing, [good with { Headers = known }, whole with { Headers = known }],
                Unchanged);
        }
    }

    private static IEnumerable<Provocation> OfState(DescribedOperation operation, FuzzedRequest good)
    {
        var ids = operation.Parameters("path");
        if (ids.Contains("sessionId"))
        {
            yield return new("of a session that has ended", Cancel, [good], Unchanged);
            yield return new(
                "after the last event", Cancel, [good with { Headers = [("Last-Event-ID", "2")] }], Unchanged);
        }

        if (operation.Takes("ReporterToken"))
            yield return new(
                "without the scope", Nothing, [good], (request, target) => Authorize(request, target.Made.Business));
        if (operation.Name == "reportPayment")
            yield return new("with another amount", Nothing, [good, Other(good, "amount", "7")], Unchanged);
        if (operation.Name == "assignPayment")
            yield return new("to a session that has it with another amount", ReportOther, [good], Unchanged);
        if (operation.Takes("WidgetSecret"))
        {
            yield return new(
                "from a page that is not allowed", Restrict("allowedDomains", new JsonArray("shop.example")),
                [From("https://other.example"), From("https://shop.example")], Unchanged);
            yield return new("over the cap", Restrict("maxOpenSessions", 1), [good, good], Unchanged);
            yield return new("of a disabled widget", Disable, [good], Unchanged);
        }

        if (ids.Contains("deliveryId"))
            yield return new("of an endpoint that is gone", DeleteEndpoint, [good], Unchanged);

        FuzzedRequest From(string origin) => good with { Headers = [("Origin", origin)] };
    }

    private static FuzzedRequest Other(FuzzedRequest request, string field, string value) => request with
    {
        Body = Encoding.UTF8.GetBytes(JsonNode.Parse(request.Body)!.AsObject().With(field, value).ToJsonString()),
    };

    private static void Authorize(HttpRequestMessage request, string business) =>
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.For(business));

    private static void Unchanged(HttpRequestMessage request, FuzzTarget target)
    {
    }

    private static async Task ReportOther(Made made) => (await made.Api.Report(
        await made.Session(),
        Api.GoodReport().With("txId", Made.UnmatchedTransaction).With("amount", "7"))).MustBeOk();

    private static Task Nothing(Made made) => Task.CompletedTask;

    private static async Task Cancel(Made made) => (await made.Api.Cancel(await made.Session())).MustBeOk();

    private static async Task Disable(Made made) =>
        (await made.Api.Manage(await made.Widget(), "disable-widget")).MustBeOk();

    private static async Task DeleteEndpoint(Made made) =>
        (await made.Webhooks.Do(await made.Endpoint(), "delete-endpoint")).MustBeOk();

    private static Func<Made, Task> Restrict(string field, JsonNode value) => async made =>
        (await made.Api.Manage(await made.Widget(), "update-widget", new JsonObject { [field] = value.DeepClone() }))
            .MustBeOk();
}
