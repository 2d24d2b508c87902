using System.ComponentModel;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.OpenApi;
using Bleepay.Gateway.Sessions;
using Bleepay.Grains;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway.Checkout;

/// <summary>What the checkout page reads from the API in addition to the session.</summary>
internal static class SessionCheckoutEndpoints
{
    public static void AddCheckout(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CheckoutOptions>()
            .Bind(configuration.GetSection(CheckoutOptions.Section))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<CheckoutOptions>, CheckoutOptionsValidator>();
        services.AddSingleton<CheckoutLinks>();
        services.AddSingleton<Sandbox>();
        services.AddSingleton<DemoShop>();
    }

    public static void MapSessionCheckout(this IEndpointRouteBuilder api)
    {
        var session = api.MapGroup("/widgets/deposit-sessions/{sessionId}")
            .WithTags("Sessions")
            .RequireCors(CorsPolicyProvider.AnyOrigin);

        session.MapGet("/checkout", Read)
            .WithName("getCheckout")
            .Answers<CheckoutResource>()
            .Needs(ApiCredential.Token, ApiCredential.SessionSecret)
            .MayRefuse(RefusalCode.Unauthorized, RefusalCode.NotFound);

        if (api.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
            session.MapPost("/simulate-payment", Simulate).ExcludeFromDescription();
    }

    /// <summary>Read what a checkout page shows</summary>
    /// <remarks>
    /// The merchant's name and appearance, and the display names of the session's network and currency, for a page that
    /// you write yourself. The amounts and the status are in the session.
    /// </remarks>
    internal static async Task<IResult> Read(
        string sessionId,
        [Description("The session's widget; 404 for any other.")]
        string? widgetId,
        HttpContext http,
        GrainCalls calls,
        SessionSecrets secrets,
        Sandbox sandbox)
    {
        var found = await SessionEndpoints.Find(
            sessionId, Credential.ForSession(http, sessionId, secrets), calls, http.RequestAborted);
        if (!found.TryGet(out var session, out var refusal)) return new ProblemResult(refusal);
        if (widgetId is not null && widgetId != session.WidgetId)
            return new ProblemResult(Refusal.NotFound("session"));

        var merchant = calls.RetryWhileRejected(
            grains => grains.WidgetPolicy(session.WidgetId).ReadMerchant(), http.RequestAborted);
        var catalogue = calls.RetryWhileRejected(
            grains => grains.GetGrain<IChainCatalogueGrain>(0).Read(), http.RequestAborted);
        return new JsonAnswer<CheckoutResource>(
            CheckoutResource.Of(session, await merchant, await catalogue, sandbox.Includes(session)),
            ApiJson.Types.CheckoutResource);
    }

    /// <summary>
    /// Reports the payment that the customer of a demo session has chosen to simulate. For any other session, and where
    /// other hosts reach this process, the answer is that there is no such route.
    /// </summary>
    internal static async Task<IResult> Simulate(
        string sessionId, HttpContext http, GrainCalls calls, SessionSecrets secrets, Sandbox sandbox)
    {
        if (!sandbox.IsOpen) return new ProblemResult(Refusal.NotFound("route"));
        var found = await SessionEndpoints.Find(
            sessionId, Credential.ForSession(http, sessionId, secrets), calls, http.RequestAborted);
        if (!found.TryGet(out var session, out var refusal)) return new ProblemResult(refusal);
        if (!sandbox.Includes(session)) return new ProblemResult(Refusal.NotFound("route"));

        var (outcome, unreadable) = await ReadOutcome(http.Request);
        if (outcome is null) return new ProblemResult(unreadable!);
        var report = SimulatedPayment.Of(session, outcome.Value, SimulatedPayment.NewTransactionId());
        if (!report.TryGet(out var payment, out var impossible)) return new ProblemResult(impossible);

        var command = new ReportPayment(new PaymentReporter([Sandbox.BusinessId]), payment, null);
        var reported = await calls.RetryWhileRejected(
            grains => grains.DepositSession(sessionId).ReportPayment(command), http.RequestAborted);
        return reported.TryGet(out var changed, out var refused)
            ? new JsonAnswer<SessionResource>(SessionResource.From(changed), ApiJson.Types.SessionResource)
            : new ProblemResult(refused);
    }

    private static async ValueTask<(SimulatedOutcome? Outcome, Refusal? Unreadable)> ReadOutcome(HttpRequest request)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return (null, unreadable);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            fields.Require("outcome");
            var outcome = (SimulatedOutcome?)fields.Enumeration("outcome", typeof(SimulatedOutcome));
            return fields.Errors.IsEmpty ? (outcome, null) : (null, Refusal.Validation(fields.Errors));
        }
    }
}
