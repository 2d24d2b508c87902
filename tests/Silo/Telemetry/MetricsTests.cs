using System.Net;
using Bleepay.Tests.Deploy;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Telemetry;

/// <summary>What Prometheus gets of a real service, and where.</summary>
[Collection(MeasuredService.Name)]
public sealed class MetricsTests(MeasuredService service)
{
    /// <summary>Labels of the exporter itself.</summary>
    private static readonly string[] OfExporter = ["otel_scope_name", "le"];

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task Metrics_are_served_only_at_their_port_with_any_Host_header()
    {
        using var http = new HttpClient();

        Assert.NotNull((await service.Scrape())["bleepay_refusals_total", ("code", "unavailable")]);
        Assert.Equal(HttpStatusCode.NotFound, await Get(http, $"{service.Address}metrics"));
        Assert.Equal(
            HttpStatusCode.NotFound, await Get(http, $"{service.Address}metrics", $"x:{service.MetricsPort}"));
        foreach (var path in new[] { "/health/live", "/docs", "/api/v1/finance/networks", "/" })
            Assert.Equal(
                HttpStatusCode.NotFound,
                await Get(http, $"http://127.0.0.1:{service.MetricsPort}{path}", new Uri(service.Address).Authority));
    }

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task A_scrape_has_the_promise_as_a_bucket_the_pools_by_their_names_and_nothing_of_others()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());

        var scrape = await service.ScrapeUntil(
            "an expiry is measured", now => now["bleepay_session_expiry_lateness_seconds_count"] > 0);

        Assert.NotNull(scrape["bleepay_session_expiry_lateness_seconds_bucket", ("le", "2")]);
        Assert.Equal(1, scrape["bleepay_schema_version"]);
        Assert.Equal(1, scrape["bleepay_secrets_keys", ("role", "signs")]);
        Assert.Equal(0, scrape["bleepay_session_overdue"]);
        Assert.InRange(scrape["bleepay_webhook_oldest_seconds", ("state", "due")]!.Value, 0, 60);
        Assert.Equal("node-of-the-test", Assert.Single(scrape.Series, one => one.Name == "target_info")
            .Labels["service_instance_id"]);
        var pools = scrape.Series
            .Select(one => one.Labels.GetValueOrDefault("db_client_connection_pool_name"))
            .OfType<string>();
        Assert.Equal(["bleepay", "bleepay-lists", "bleepay-orleans"], pools.Distinct().Order());
        Assert.Contains(scrape.Series, one => one.Name == "orleans_consistent_ring_size");
        Assert.DoesNotContain(scrape.Series, one => one.Name.StartsWith("orleans_app_requests_latency", Ordinal)
            || one.Name.StartsWith("http_client", Ordinal) || one.Name.StartsWith("dns_", Ordinal)
            || one.Name.StartsWith("kestrel", Ordinal));
        Assert.DoesNotContain(session.Id, scrape.Text, Ordinal);
    }

    /// <summary>Those of chains need a watched network, and those of failed trips a failure.</summary>
    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task A_scrape_has_every_series_that_an_alert_reads()
    {
        await service.Api.NewSession(await service.Api.CreateWidget());
        var read = AlertRules.Selectors
            .Where(one => one.Metric != "up" && !one.Metric.StartsWith("bleepay_chain_", Ordinal))
            .Where(one => !Array.Exists(one.Labels, label => label.Value == "failed"))
            .Select(one => (one.Metric, Labels: one.Labels.Where(label => label.Label != "job").ToArray()))
            .ToList();

        await service.ScrapeUntil(
            "every series is there", scrape => read.TrueForAll(one => scrape[one.Metric, one.Labels] is not null));

        Assert.Contains(read, one => one.Labels.Length > 0);
    }

    /// <summary>Probes and scrapes come every few seconds, and a 503 of readiness is no failed request.</summary>
    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task Requests_are_measured_by_route_and_probes_are_left_out()
    {
        var widget = await service.Api.CreateWidget();
        var before = Requests(await service.Scrape());
        (await service.Api.Get("/health/ready")).MustBeOk();
        (await service.Api.Get(widget.ConfigPath, widget.Secret)).MustBeOk();

        var scrape = await service.ScrapeUntil("the request is measured", now => Requests(now) > before);

        Assert.DoesNotContain(scrape.Series, one => one.Labels.GetValueOrDefault("http_route") is { } route
            && (route.Contains("health", Ordinal) || route.Contains("metrics", Ordinal)));

        static double Requests(Scrape scrape) => scrape[
            "http_server_request_duration_seconds_count", ("http_route", "/api/v1/widgets/{widgetId}/config")] ?? 0;
    }

    /// <summary>A hundred widgets of ten businesses, with a session and refusals each, and ten endpoints.</summary>
    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task The_number_of_series_does_not_grow_with_merchants()
    {
        await AsMerchant();
        await AsMerchant();
        var before = await ServiceSeries();
        for (var count = 0; count < 10; count++) await AsMerchant(widgets: 10);
        var after = await ServiceSeries();

        Assert.InRange(before.Count, 500, 5_000);
        Assert.Empty(after.Except(before));
    }

    /// <summary>The page that operators read is true: every instrument, with its unit and labels.</summary>
    [Fact]
    public void Every_instrument_is_documented_and_no_other()
    {
        var documented = InstrumentTable.Rows.Select(row => $"{row.Name} {row.Kind} {row.Unit}");

        var all = Instruments.All().Select(one => $"{one.Name} {Instruments.KindOf(one)} {one.Unit}");

        Assert.Equal(all.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [FactThatNeeds(Tool.PostgreSql, Tool.TraceViewer)]
    public async Task Every_label_is_documented()
    {
        await AsMerchant();

        var scrape = await service.Scrape();

        foreach (var row in InstrumentTable.Rows)
        {
            var prefix = row.Name.Replace('.', '_');
            string[] names = [prefix, .. Suffixes.Select(suffix => prefix + suffix)];
            var labels = scrape.Series.Where(one => names.Contains(one.Name))
                .SelectMany(one => one.Labels.Keys).Distinct().Except(OfExporter);
            Assert.Empty(labels.Except(row.Labels).Select(label => $"{row.Name}: {label}"));
        }
    }

    private static readonly string[] Suffixes =
    [
        "_total", "_seconds", "_count", "_sum", "_bucket", "_seconds_count", "_seconds_sum", "_seconds_bucket",
    ];

    private const StringComparison Ordinal = StringComparison.Ordinal;

    /// <summary>A new business with an endpoint, widgets with a session each, a list, and refused requests.</summary>
    private async Task AsMerchant(int widgets = 1)
    {
        var business = Api.NewBusiness();
        await new WebhookApi(service.Api, business).CreateEndpoint(service.Inbox.Url, "deposit.created");
        var arrived = service.Inbox.Received.Count;
        for (var count = 0; count < widgets; count++)
        {
            var widget = await service.Api.CreateWidget(business: business);
            var body = Api.GoodSession();
            body["customerEmail"] = TestLog.Remember($"{business}-{count}@customer.example");
            body["customerReference"] = TestLog.Remember($"reference-{business}-{count}");
            var session = await service.Api.NewSession(widget, body);
            (await service.Api.Cancel(session)).MustBeOk();
            (await service.Api.Cancel(session)).MustBe(HttpStatusCode.BadRequest, "cannot_cancel");
        }

        (await service.Api.Get(
            $"/api/v1/businesses/{business}/deposit-sessions", token: Tokens.For(business))).MustBeOk();
        await service.Inbox.Holds(arrived + widgets);
    }

    /// <summary>
    /// All but the runtime's, which begin with the first exception of a type; once the figures of what was done are
    /// collected.
    /// </summary>
    private async Task<IReadOnlyList<string>> ServiceSeries()
    {
        var done = (await service.Scrape())["bleepay_refusals_total", ("code", "cannot_cancel")];
        await service.Api.Cancel(await CancelledSession());
        var scrape = await service.ScrapeUntil(
            "the last refusal is counted", now => now["bleepay_refusals_total", ("code", "cannot_cancel")] > done);
        Assert.Empty(TestLog.SecretsIn(scrape.Text));
        return [.. scrape.Series
            .Where(one => !one.Name.StartsWith("dotnet_", Ordinal))
            .Select(one => $"{one.Name} {string.Join(',', one.Labels.Select(label => $"{label.Key}={label.Value}"))}")];
    }

    private async Task<TestSession> CancelledSession()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget());
        (await service.Api.Cancel(session)).MustBeOk();
        return session;
    }

    private static async Task<HttpStatusCode> Get(HttpClient http, string url, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (host is not null) request.Headers.Host = host;
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
