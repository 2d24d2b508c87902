using System.Net.Http.Headers;
using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Telemetry;

/// <summary>The traces of a real service, as a real receiver of OTLP has them.</summary>
[Collection(MeasuredService.Name)]
public sealed class TraceTests(MeasuredService service)
{
    private const int Requests = 200;
    private const string ForcedTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string ForcedSpan = "b7ad6b7169203331";
    private const string Create = "POST /api/v1/widgets/{widgetId}/create-session";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task A_share_of_requests_is_traced_to_the_commit_and_nothing_begins_a_trace_in_their_midst()
    {
        var business = Api.NewBusiness();
        var widget = await service.Api.CreateWidget(business: business);
        await new WebhookApi(service.Api, business).CreateEndpoint(service.Inbox.Url);

        for (var round = 0; round < Requests / 20; round++)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Open(widget)));

        // All expire, and both events of each session are delivered. A delivery is a root that is linked to the change.
        IReadOnlyList<SeenSpan> spans = [];
        await Eventually.Holds("requests, expiries and deliveries have been traced", Deadline, async () =>
        {
            spans = await service.Viewer.Spans();
            return IsWhole(spans) && Linked(spans, "session open") && Linked(spans, "session expire");
        });

        var roots = spans.Where(span => span.ParentId is null);
        Assert.All(roots, root => Assert.True(
            root.IsServer || root.Name is "session expire" or "webhook deliver", $"{root.Name} is a root"));
        var requests = spans.Where(span => span.Name == Create && span.Links.Count > 0).ToList();
        Assert.InRange(requests.Count, Requests * MeasuredService.Ratio / 2, Requests * MeasuredService.Ratio * 2);
        Assert.All(requests, request =>
        {
            var trace = spans.Where(span => span.TraceId == request.TraceId).ToList();
            var opening = ChildOf(ChildOf(request, "widget create-session", trace), "session open", trace);
            var commit = Assert.Single(spans, span => span.Name == "session commit"
                && (span.ParentId == opening.Id || span.Links.Contains((opening.TraceId, opening.Id))));
            Assert.Equal("session writer", commit.Attributes["bleepay.queue"]);
            Assert.StartsWith("dep_", opening.Attributes["bleepay.session.id"], StringComparison.Ordinal);
        });
    }

    /// <summary>Otherwise a client could decide what is traced, and under which id.</summary>
    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task A_trace_that_was_begun_outside_is_linked_and_not_continued()
    {
        var widget = await service.Api.CreateWidget(business: Api.NewBusiness());
        for (var count = 0; count < 30; count++) await Open(widget);

        IReadOnlyList<SeenSpan> linked = [];
        await Eventually.Holds("a request has been traced", Deadline, async () =>
        {
            linked = [.. (await service.Viewer.Spans()).Where(span => span.Links.Contains((ForcedTrace, ForcedSpan)))];
            return linked.Count > 0;
        });

        Assert.All(linked, span => Assert.True(span.IsServer && span.ParentId is null));
        Assert.DoesNotContain(await service.Viewer.Spans(), span => span.TraceId == ForcedTrace);
        Assert.DoesNotContain("baggage-of-a-stranger", await service.Viewer.Everything(), StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task A_request_to_a_gateway_apart_is_one_trace_with_the_spans_of_its_silo()
    {
        await using var gateway = await service.StartGateway();

        var session = await gateway.Api.NewSession(await gateway.Api.CreateWidget(business: Api.NewBusiness()));

        IReadOnlyList<SeenSpan> trace = [];
        await Eventually.Holds("the whole trace has arrived", Deadline, async () =>
        {
            var spans = await service.Viewer.Spans();
            var opening = spans.FirstOrDefault(
                span => span.Attributes.GetValueOrDefault("bleepay.session.id") == session.Id);
            trace = [.. spans.Where(span => span.TraceId == opening?.TraceId)];
            return trace.Count == 4 && IsWhole(trace);
        });
        Assert.Equal(
            [Create, "session commit", "session open", "widget create-session"],
            trace.Select(span => span.Name).Order(StringComparer.Ordinal));
    }

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task No_span_holds_a_secret_a_customer_s_data_a_path_or_a_receiver()
    {
        var business = Api.NewBusiness();
        var widget = await service.Api.CreateWidget(business: business);
        await new WebhookApi(service.Api, business).CreateEndpoint(service.Inbox.Url);
        var marker = $"marker{Guid.NewGuid():N}";
        var body = Api.GoodSession();
        body["customerEmail"] = $"{marker}@customer.example";
        body["customerReference"] = marker;
        body["metadata"] = new System.Text.Json.Nodes.JsonObject { ["note"] = marker };
        for (var count = 0; count < 30; count++)
        {
            var session = await service.Api.NewSession(widget, body);
            foreach (var path in new[]
            {
                $"/api/v1/unknown/{session.Secret}", $"{session.Path}?{marker}={marker}&secret={session.Secret}",
                $"/api/v1/widgets/deposit-sessions/dep_{marker}", $"/api/v1/widgets/{session.Secret}/config",
            })
                await service.Api.Get(path, session.Secret);
            await service.Api.Get(
                $"/api/v1/businesses/{business}/deposit-sessions?customerEmail={marker}@customer.example",
                token: Tokens.For(business));
        }

        await Eventually.Holds("unknown paths and deliveries have been traced", Deadline, async () =>
        {
            var spans = await service.Viewer.Spans();
            return IsWhole(spans) && spans.Any(span => span is { Name: "GET", IsServer: true })
                && spans.Any(span => span.Name == "webhook deliver");
        });

        var everything = await service.Viewer.Everything();
        Assert.DoesNotContain(marker, everything, StringComparison.Ordinal);
        Assert.DoesNotContain($":{new Uri(service.Inbox.Url).Port}", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("url.path", everything, StringComparison.Ordinal);
        Assert.Empty(TestLog.SecretsIn(everything));
        Assert.Empty(TestLog.SecretsIn((await service.Scrape()).Text));
    }

    /// <summary>With a foreign span, which any client may send.</summary>
    private async Task Open(TestWidget widget)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, widget.SessionsPath);
        request.Headers.Add("X-Client-Secret", widget.Secret);
        request.Headers.Add("traceparent", $"00-{ForcedTrace}-{ForcedSpan}-01");
        request.Headers.Add("baggage", "key=baggage-of-a-stranger");
        request.Content = new StringContent(
            Api.GoodSession().ToJsonString(), Encoding.UTF8, MediaTypeHeaderValue.Parse(Api.Json));
        (await service.Api.Send(request)).MustBeOk();
    }

    /// <summary>True once each span's parent has arrived: they are sent in batches.</summary>
    private static bool IsWhole(IReadOnlyList<SeenSpan> spans)
    {
        var ids = spans.Select(span => (span.TraceId, span.Id)).ToHashSet();
        return spans.All(span => span.ParentId is null || ids.Contains((span.TraceId, span.ParentId)));
    }

    /// <summary>True once there is a delivery whose link is to a span of this name.</summary>
    private static bool Linked(IReadOnlyList<SeenSpan> spans, string cause)
    {
        var causes = spans.Where(span => span.Name == cause).Select(span => (span.TraceId, span.Id)).ToHashSet();
        return spans.Any(span => span.Name == "webhook deliver" && span.Links.Any(causes.Contains));
    }

    private static SeenSpan ChildOf(SeenSpan parent, string name, IEnumerable<SeenSpan> spans) =>
        Assert.Single(spans, span => span.ParentId == parent.Id && span.Name == name);
}
