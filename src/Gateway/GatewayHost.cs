using System.Text.Json.Serialization;
using Bleepay.Gateway.Credentials;
using Bleepay.Gateway.Description;
using Bleepay.Gateway.Health;
using Bleepay.Gateway.Http;
using Bleepay.Gateway.Limits;
using Bleepay.Gateway.Sessions;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Gateway.Webhooks;
using Bleepay.Gateway.Widgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bleepay.Gateway;

/// <summary>The HTTP side of the service, for whichever process hosts it.</summary>
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
        services.AddBrowserAccess();
        services.AddClientLimit(configuration);
        services.AddConnectionLimit();
        services.AddHealth(configuration);
        services.AddSingleton<LiveSessions>();
        services.AddExceptionHandler<ProblemResponses>();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Types);
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;

            // The description is made by these options: its words and times are those of the answers.
            foreach (var converter in ApiJson.Types.Options.Converters)
                options.SerializerOptions.Converters.Add(converter);
        });
        services.AddApiDescription();
        return services;
    }

    /// <summary>The order of this list is the order in which a request passes.</summary>
    public static void UseGateway(this WebApplication app)
    {
        app.UseConnectionLimit();
        app.UseTrustedForwarders();
        app.UseStartGate();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(ProblemResponses.ForStatus);
        app.UseRouting();
        app.UseClientLimit();
        app.UseBrowserAccess();
        app.UseAuthentication();
        app.UseIssuerOutageAnswer();
        app.UseAuthorization();

        var api = app.MapGroup(ApiPrefix);
        api.MapSessions();
        api.MapSessionLists();
        api.MapWidgets();
        api.MapWebhookEndpoints();
        api.MapWebhookDeliveries();
        app.MapApiDescription();
        app.MapHealth();
    }
}
