using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Gateway.OpenApi;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Gateway.Credentials;

/// <summary>Every route with every credential: one table, and each of its cells is asserted.</summary>
[Collection(ServiceFixture.Name)]
public sealed class CredentialMatrixTests(ServiceFixture service)
{
    private const string Prefix = "/api/v1/";

    /// <summary>The body that each route takes. A route that is not listed here fails the first test.</summary>
    private static readonly Dictionary<string, JsonObject?> Bodies = new()
    {
        ["listNetworks"] = null,
        ["listCurrencies"] = null,
        ["createSession"] = Api.GoodSession(),
        ["getWidgetConfig"] = null,
        ["getSession"] = null,
        ["getCheckout"] = null,
        ["followSession"] = null,
        ["listSessions"] = null,
        ["cancelSession"] = null,
        ["eraseCustomer"] = null,
        ["reportPayment"] = Api.GoodReport(),
        ["createWidget"] = Api.GoodWidget(),
        ["listWidgets"] = null,
        ["getWidget"] = null,
        ["updateWidget"] = new JsonObject().With("name", "Other"),
        ["rotateWidgetSecret"] = new JsonObject().With("graceSeconds", 0),
        ["enableWidget"] = null,
        ["disableWidget"] = null,
        ["deleteWidget"] = null,
        ["createWebhookEndpoint"] = Endpoint(),
        ["listWebhookEndpoints"] = null,
        ["getWebhookEndpoint"] = null,
        ["updateWebhookEndpoint"] = new JsonObject().With("description", "Other"),
        ["rotateWebhookEndpointSecret"] = null,
        ["sendTestEvent"] = new JsonObject().With("type", "deposit.created"),
        ["enableWebhookEndpoint"] = null,
        ["disableWebhookEndpoint"] = null,
        ["deleteWebhookEndpoint"] = null,
        ["listWebhookDeliveries"] = null,
        ["getWebhookDelivery"] = null,
        ["retryWebhookDelivery"] = null,
        ["listUnmatchedPayments"] = null,
        ["assignPayment"] = [],
    };

    public static TheoryData<string> Credentials => [.. WrongCredentials.Table.Select(row => row.Name)];

    [Fact]
    public void Every_route_of_the_api_is_in_the_table()
    {
        var routes = Routes().ToList();

        Assert.Equal(Bodies.Keys.Order(), routes.Select(route => route.Name).Order());
        Assert.All(routes, route => Assert.NotEqual(RouteKind.Unknown, route.Kind));
    }

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task A_credential_grants_access_to_exactly_the_routes_in_the_table(string name)
    {
        var row = WrongCredentials.Table.Single(one => one.Name == name);
        var estate = await Estate.Make(service.Api);
        var sent = await row.Of(estate);

        foreach (var route in Routes())
        {
            var expected = row.Expected(route.Kind);

            // An accepted request may change the estate, so each of them gets a new one.
            if (expected == HttpStatusCode.OK) sent = await row.Of(estate = await Estate.Make(service.Api));

            // The stream of a session that has ended is over at once, and only such a session can be erased.
            if (route.Name == "followSession" || (route.Name == "eraseCustomer" && expected == HttpStatusCode.OK))
                (await service.Api.Cancel(estate.Session)).MustBeOk();
            var answer = await Send(route, estate, sent);

            // No estate has had a delivery, so even its owner finds none.
            if (expected == HttpStatusCode.OK && route.Path.Contains("{deliveryId}", StringComparison.Ordinal))
                expected = HttpStatusCode.NotFound;
            Assert.True(
                answer.Status == expected, $"{name} at {route.Name}: {(int)answer.Status} {answer.Text}");
            if (expected == HttpStatusCode.Unauthorized) answer.MustBeUnauthorized();
            else if (expected == HttpStatusCode.NotFound) answer.MustBe(HttpStatusCode.NotFound, "not_found");
        }
    }

    [Fact]
    public async Task A_non_member_gets_the_same_answer_whether_something_exists_or_not()
    {
        var estate = await Estate.Make(service.Api);
        var madeUp = estate with { Business = "biz_none", WidgetId = "wdgt_none", SessionId = "dep_none" };
        var stranger = new Sent(Tokens.For(Api.NewBusiness()), null);

        foreach (var route in Routes().Where(route => route.Kind != RouteKind.Open))
            Assert.Equal(
                Bare(await Send(route, madeUp, stranger)), Bare(await Send(route, estate, stranger)));
    }

    private static string Bare(Answer answer)
    {
        var body = answer.MustBe(HttpStatusCode.NotFound, "not_found").Body.AsObject();
        return body.Without("requestId").ToJsonString();
    }

    /// <summary>Of an event that is never sent, with a URL that no other endpoint has.</summary>
    private static JsonObject Endpoint() => new()
    {
        ["url"] = $"https://1.1.1.1/webhooks/{Guid.NewGuid():N}",
        ["events"] = new JsonArray("deposit.failed"),
    };

    private async Task<Answer> Send(Route route, Estate estate, Sent sent)
    {
        var path = route.Path
            .Replace("{deliveryId}", "dly_none", StringComparison.Ordinal)
            .Replace("{businessId}", estate.Business, StringComparison.Ordinal)
            .Replace("{widgetId}", estate.WidgetId, StringComparison.Ordinal)
            .Replace("{sessionId}", estate.SessionId, StringComparison.Ordinal);
        if (path.Contains("{endpointId}", StringComparison.Ordinal))
            path = path.Replace("{endpointId}", await EndpointOf(estate), StringComparison.Ordinal);
        if (path.Contains("{paymentId}", StringComparison.Ordinal))
            path = path.Replace("{paymentId}", await PaymentOf(estate), StringComparison.Ordinal);
        var body = route.Name == "assignPayment"
            ? new JsonObject().With("sessionId", estate.SessionId)
            : Bodies[route.Name];
        return route.Method == HttpMethods.Get
            ? await service.Api.Get(path, sent.Secret, sent.Token)
            : await service.Api.Post(path, body, sent.Secret, sent.Token);
    }

    /// <summary>A payment to the session of the estate that no session took.</summary>
    private async Task<string> PaymentOf(Estate estate) => estate.SessionId == estate.Session.Id
        ? await service.Host.RecordUnmatched(estate.Session, $"0x{Guid.NewGuid():N}")
        : "ump_none";

    /// <summary>Made for each request; an estate that does not exist has none.</summary>
    private async Task<string> EndpointOf(Estate estate)
    {
        if (estate.SessionId != estate.Session.Id) return "wh_none";
        var made = await service.Api.Post(
            $"{Prefix}businesses/{estate.Business}/webhook-endpoints/create-endpoint",
            Endpoint().With("url", $"https://1.1.1.1/{Guid.NewGuid():N}"),
            token: Tokens.For(estate.Business));
        return made.MustBeOk()["id"]!;
    }

    /// <summary>The API as the service itself routes it.</summary>
    private IEnumerable<Route> Routes() => service.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .Where(route => route.RoutePattern.RawText!.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(route => new Route(
            route.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName,
            Assert.Single(route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods),
            route.RoutePattern.RawText!.TrimEnd('/'),
            KindOf(route.Metadata.GetMetadata<CredentialMetadata>()?.Credentials)));

    private static RouteKind KindOf(IReadOnlyList<ApiCredential>? credentials) => credentials switch
    {
        [] => RouteKind.Open,
        [ApiCredential.Token] => RouteKind.Business,
        [ApiCredential.ReporterToken] => RouteKind.Report,
        [ApiCredential.Token, ApiCredential.WidgetSecret] => RouteKind.Widget,
        [ApiCredential.Token, ApiCredential.SessionSecret] => RouteKind.Session,
        _ => RouteKind.Unknown,
    };

    private sealed record Route(string Name, string Method, string Path, RouteKind Kind);
}

/// <summary>Which credentials a route takes.</summary>
internal enum RouteKind
{
    Unknown,

    /// <summary>None.</summary>
    Open,
    Business,
    Widget,
    Session,
    Report,
}
