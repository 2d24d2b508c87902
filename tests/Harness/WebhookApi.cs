using System.Text;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>The management of webhooks, by methods named for what a test does.</summary>
internal sealed class WebhookApi(Api api, string business = Api.Business)
{
    private string Token => Tokens.For(business);

    private string EndpointsPath => $"/api/v1/businesses/{business}/webhook-endpoints";

    public string DeliveriesPath => $"/api/v1/businesses/{business}/webhook-deliveries";

    public static JsonObject Body(string url, params string[] events) => new()
    {
        ["url"] = url,
        ["events"] = new JsonArray([.. events.Select(type => (JsonNode)type)]),
    };

    public async Task<Answer> Create(JsonNode body)
    {
        var answer = await api.Post($"{EndpointsPath}/create-endpoint", body, token: Token);
        if (answer.Status == System.Net.HttpStatusCode.OK) TestLog.Remember(answer["signingSecret"]!);
        return answer;
    }

    /// <summary>A body exactly as given, valid or not.</summary>
    public Task<Answer> CreateRaw(string body) =>
        api.PostRaw($"{EndpointsPath}/create-endpoint", Encoding.UTF8.GetBytes(body), token: Token);

    /// <inheritdoc cref="CreateRaw"/>
    public Task<Answer> DoRaw(TestEndpoint endpoint, string verb, string body) =>
        api.PostRaw($"{EndpointsPath}/{endpoint.Id}/{verb}", Encoding.UTF8.GetBytes(body), token: Token);

    /// <summary>An endpoint that must be made; by default of created and expired sessions.</summary>
    public async Task<TestEndpoint> CreateEndpoint(string url, params string[] events)
    {
        var answer = (await Create(
            Body(url, events.Length > 0 ? events : ["deposit.created", "deposit.expired"]))).MustBeOk();
        return new TestEndpoint(answer["id"]!, answer["signingSecret"]!);
    }

    public Task<Answer> List() => api.Get(EndpointsPath, token: Token);

    public Task<Answer> Read(TestEndpoint endpoint) => api.Get($"{EndpointsPath}/{endpoint.Id}", token: Token);

    public async Task<Answer> Do(TestEndpoint endpoint, string verb, JsonNode? body = null)
    {
        var answer = await api.Post($"{EndpointsPath}/{endpoint.Id}/{verb}", body, token: Token);
        if (verb == "rotate-endpoint-secret" && answer.Text.Length > 0 && answer["signingSecret"] is { } secret)
            TestLog.Remember(secret);
        return answer;
    }

    public async Task<Answer> Rotate(TestEndpoint endpoint, int graceSeconds) => (await Do(
        endpoint, "rotate-endpoint-secret", new JsonObject { ["graceSeconds"] = graceSeconds })).MustBeOk();

    public Task<Answer> SendTestEvent(TestEndpoint endpoint, string type) =>
        Do(endpoint, "send-test-event", new JsonObject { ["type"] = type });

    public Task<Answer> Deliveries(string query = "") => api.Get(DeliveriesPath + query, token: Token);

    public Task<Answer> Delivery(string id) => api.Get($"{DeliveriesPath}/{id}", token: Token);

    public Task<Answer> Retry(string id) => api.Post($"{DeliveriesPath}/{id}/retry-delivery", token: Token);

    /// <summary>The deliveries to one endpoint, once they are as expected.</summary>
    public async Task<IReadOnlyList<JsonNode>> DeliveriesOnce(
        TestEndpoint endpoint, string what, Func<IReadOnlyList<JsonNode>, bool> isSo, TimeSpan? within = null)
    {
        IReadOnlyList<JsonNode> found = [];
        await Eventually.Holds(what, within ?? TimeSpan.FromSeconds(30), async () =>
        {
            found = [.. (await Deliveries($"?endpointId={endpoint.Id}")).MustBeOk().Body.AsArray()
                .Select(delivery => delivery!)];
            return isSo(found);
        });
        return found;
    }
}

/// <summary>An endpoint that a test has made.</summary>
internal sealed record TestEndpoint(string Id, string Secret);
