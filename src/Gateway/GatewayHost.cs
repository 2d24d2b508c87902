using System.Text.Json.Serialization;
using Bleepay.Gateway.Businesses;
using Bleepay.Gateway.Chains;
using Bleepay.Gateway.Checkout;
using Bleepay.Gateway.Console;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Health;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Http.Json;
using Bleepay.Gateway.Limits;
using Bleepay.Gateway.OpenApi;
using Bleepay.Gateway.Sessions;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Gateway.Webhooks;
using Bleepay.Gateway.Widgets;
using Bleepay.Grains.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway;

/// <summary>The HTTP side of the service. A silo or a separate gateway process hosts it.</summary>
public static class GatewayHost
{
    public const string ApiPrefix = "/api/v1";

    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SecretOptions>().Bind(configuration.GetSection(SecretOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SecretOptions>, SecretOptionsValidator>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<SessionSecrets>();
        services.AddSingleton<WebhookSecrets>();
        services.AddBearerTokens(configuration);
        services.AddMembership();
        services.AddCorsPolicies();
        services.AddClientLimit(configuration);
        services.AddConnectionLimit();
        services.AddHealth(configuration);
        services.AddCheckout(configuration);
        services.AddConsole(configuration);
        services.AddSingleton<GrainCalls>();
        services.AddHostedService<GatewaySeriesAtStart>();
        services.AddSingleton<LiveSessions>();
        services.AddExceptionHandler<ProblemResponses>();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Types);
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;

            // The OpenAPI document is generated with these options, so it has the answers' enum values and times.
            foreach (var converter in ApiJson.Types.Options.Converters)
                options.SerializerOptions.Converters.Add(converter);
        });
        services.AddApiDescription();
        return services;
    }

    /// <summary>A request passes the middleware in this order.</summary>
    public static void UseGateway(this WebApplication app)
    {
        app.UseConnectionLimit();
        app.UseTrustedForwarders();
        app.UseStartGate();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(ProblemResponses.ForStatus);
        app.UseRouting();
        app.UseClientLimit();
        app.UseCorsPolicies();
        app.UseAuthentication();
        app.UseIssuerOutageAnswer();
        app.UseAuthorization();

        var api = app.MapGroup(ApiPrefix);
        var business = api.MapBusinesses();

        // The order of the API's description.
        business.MapWidgets();
        api.MapWidgetConfig();
        api.MapSessions();
        api.MapSessionCheckout();
        business.MapBusinessSessions();
        business.MapWebhookEndpoints();
        business.MapWebhookDeliveries();
        api.MapCatalogue();
        business.MapUnmatchedPayments();
        api.MapAssignPayment();

        app.MapCheckoutPages();
        app.MapConsole();
        app.MapApiDescription();
        app.MapHealth();
    }
}
