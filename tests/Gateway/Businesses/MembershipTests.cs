using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text.RegularExpressions;
using Bleepay.Gateway.Businesses;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Gateway.Businesses;

/// <summary>All routes under a business, as the service maps them: one group checks the membership for all.</summary>
[Collection(ServiceFixture.Name)]
public sealed partial class MembershipTests(ServiceFixture service)
{
    private const string Prefix = "/api/v1/businesses";

    [Fact]
    public async Task Every_route_of_a_business_refuses_a_request_without_a_credential()
    {
        foreach (var route in Routes())
            (await Send(route, Api.NewBusiness(), null)).MustBeUnauthorized();
    }

    [Fact]
    public async Task Every_route_of_a_business_refuses_a_token_of_another_business()
    {
        foreach (var route in Routes())
            (await Send(route, Api.NewBusiness(), Tokens.For(Api.NewBusiness())))
                .MustBe(HttpStatusCode.NotFound, "not_found");
    }

    /// <summary>Such an id cannot be a business's, even if the token's claim contains it.</summary>
    [Fact]
    public async Task Every_route_refuses_an_id_that_no_business_can_have_even_if_the_token_names_it()
    {
        const string malformed = "shop";

        foreach (var route in Routes())
            (await Send(route, malformed, Tokens.For(malformed))).MustBe(HttpStatusCode.NotFound, "not_found");
    }

    /// <summary>
    /// Without a <see cref="BusinessMember"/>, a handler could act for a caller that nothing has checked. With one
    /// outside the group it fails, which the tests above would see.
    /// </summary>
    [Fact]
    public void Every_handler_of_a_business_takes_the_member_and_not_the_id()
    {
        foreach (var route in Routes())
        {
            var parameters = route.Metadata.GetRequiredMetadata<MethodInfo>().GetParameters();

            Assert.True(
                parameters.Any(parameter =>
                    parameter.ParameterType == typeof(BusinessMember)
                    || parameter.ParameterType == typeof(BusinessReporter)),
                $"{route.DisplayName} must take a {nameof(BusinessMember)} or a {nameof(BusinessReporter)}");
            Assert.False(
                parameters.Any(IsBusinessId), $"{route.DisplayName} must take a {nameof(BusinessMember)}, not the id");
        }
    }

    [Fact]
    public async Task A_member_is_not_bound_outside_the_group() =>
        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await BusinessMember.BindAsync(new DefaultHttpContext()));

    [Theory]
    [InlineData("{0}_none")]
    [InlineData("{0}_")]
    [InlineData("other_{0}")]
    public async Task A_stranger_gets_the_answer_of_an_id_that_does_not_exist(string id)
    {
        var business = Api.NewBusiness();

        foreach (var route in Routes().Where(route => route.RoutePattern.Parameters.Count > 1))
            Assert.Equal(
                Bare(await Send(route, business, Tokens.For(business), id)),
                Bare(await Send(route, business, Tokens.For(Api.NewBusiness()), id)));
    }

    private static string Bare(Answer answer) =>
        answer.MustBe(HttpStatusCode.NotFound, "not_found").Body.AsObject().Without("requestId").ToJsonString();

    private static bool IsBusinessId(ParameterInfo parameter)
    {
        var fromRoute = parameter.GetCustomAttributes().OfType<IFromRouteMetadata>().FirstOrDefault();
        return string.Equals(
            fromRoute?.Name ?? parameter.Name, BusinessMember.RouteParameter, StringComparison.OrdinalIgnoreCase);
    }

    private List<RouteEndpoint> Routes()
    {
        List<RouteEndpoint> routes =
        [
            .. service.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints
                .OfType<RouteEndpoint>()
                .Where(route => route.RoutePattern.RawText!.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
                    || route.RoutePattern.GetParameter(BusinessMember.RouteParameter) is not null),
        ];
        Assert.NotEmpty(routes);
        return routes;
    }

    /// <param name="id">The id that the route has below the business; <c>{0}</c> is replaced by its prefix.</param>
    private Task<Answer> Send(RouteEndpoint route, string business, string? token, string id = "{0}_none")
    {
        var path = PathParameter().Replace(route.RoutePattern.RawText!, parameter => parameter.Value switch
        {
            "{businessId}" => business,
            "{widgetId}" => id.Replace("{0}", "wdgt", StringComparison.Ordinal),
            "{sessionId}" => id.Replace("{0}", "dep", StringComparison.Ordinal),
            "{endpointId}" => id.Replace("{0}", "wh", StringComparison.Ordinal),
            "{paymentId}" => id.Replace("{0}", "ump", StringComparison.Ordinal),
            "{deliveryId}" => id.Replace("{0}", "dly", StringComparison.Ordinal),
            _ => throw new InvalidOperationException($"{parameter.Value} of {route.DisplayName} needs an id here"),
        });
        var method = Assert.Single(route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods);
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return service.Api.Send(request);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex PathParameter();
}
