using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>Paths and methods outside the API get answers in the form of the API.</summary>
[Collection(ServiceFixture.Name)]
public sealed class RouteTests(ServiceFixture service)
{
    [Theory]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/v1")]
    [InlineData("GET", "/api/v1/widgets")]
    [InlineData("POST", "/api/v1/widgets/wdgt_a")]
    [InlineData("POST", "/api/v1/widgets/wdgt_a/create-sessions")]
    [InlineData("POST", "/api/v2/widgets/wdgt_a/create-session")]
    [InlineData("GET", "/api/v1/widgets/deposit-sessions/dep_a/b/c")]
    [InlineData("GET", "/api/v1/businesses/biz_a")]
    [InlineData("GET", "/appsettings.json")]
    [InlineData("GET", "/console")]
    public async Task An_unknown_path_is_not_found(string method, string path)
    {
        var answer = await service.Api.Send(new HttpRequestMessage(new HttpMethod(method), path));

        answer.MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("GET", "/api/v1/widgets/wdgt_a/create-session", "POST")]
    [InlineData("PUT", "/api/v1/widgets/wdgt_a/create-session", "POST")]
    [InlineData("DELETE", "/api/v1/widgets/deposit-sessions/dep_a", "GET")]
    [InlineData("POST", "/api/v1/widgets/deposit-sessions/dep_a", "GET")]
    [InlineData("GET", "/api/v1/widgets/deposit-sessions/dep_a/cancel-session", "POST")]
    [InlineData("POST", "/api/v1/widgets/wdgt_a/config", "GET")]
    [InlineData("PATCH", "/api/v1/businesses/biz_tests/widgets/create-widget", "POST")]
    [InlineData("DELETE", "/api/v1/businesses/biz_tests/widgets/wdgt_a", "GET")]
    public async Task A_method_that_a_path_does_not_take_is_refused(
        string method, string path, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await service.Host.Http.SendAsync(request);

        (await Answer.Of(response)).MustBe(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Contains(allowed, response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("wdgt_")]
    [InlineData("wdgt")]
    [InlineData("WDGT_abc")]
    [InlineData("dep_abc")]
    [InlineData("wdgt_a.b")]
    [InlineData("wdgt_a%20b")]
    [InlineData("wdgt_%C3%A4")]
    [InlineData("wdgt_a%2Fb")]
    [InlineData("wdgt_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_widget_id_of_another_form_is_unknown(string id)
    {
        var token = Tokens.For(Api.Business);

        var answers = new[]
        {
            await service.Api.Get($"/api/v1/widgets/{id}/config", token: token),
            await service.Api.Get($"/api/v1/widgets/{id}/config", secret: "wdgt_secret_x"),
            await service.Api.Get($"/api/v1/businesses/{Api.Business}/widgets/{id}", token: token),
            await service.Api.Post($"/api/v1/widgets/{id}/create-session", Api.GoodSession(), token: token),
        };

        Assert.All(answers, answer => answer.MustBe(HttpStatusCode.NotFound, "not_found"));
    }

    [Theory]
    [InlineData("dep_")]
    [InlineData("DEP_abc")]
    [InlineData("wdgt_abc")]
    [InlineData("dep_a%21")]
    [InlineData("dep_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_session_id_of_another_form_is_unknown(string id)
    {
        var path = $"/api/v1/widgets/deposit-sessions/{id}";
        var token = Tokens.For(Api.Business);

        (await service.Api.Get(path, token: token)).MustBe(HttpStatusCode.NotFound, "not_found");
        (await service.Api.Post($"{path}/cancel-session", token: token))
            .MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Each_problem_has_a_different_request_id()
    {
        var first = await service.Api.Get("/api/v1/unknown");
        var second = await service.Api.Get("/api/v1/unknown");

        Assert.NotEqual(first["requestId"], second["requestId"]);
        Assert.Equal("about:blank", first["type"]);
        Assert.NotEmpty(first["title"]!);
        Assert.True(first.Body.AsObject().ContainsKey("errors"));
        Assert.Null(first["errors"]);
    }
}
