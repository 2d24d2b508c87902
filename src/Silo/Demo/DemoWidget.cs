using Bleepay.Gateway;
using Bleepay.Gateway.Credentials;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Widgets;
using Bleepay.Silo.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Bleepay.Silo.Demo;

/// <summary>
/// Lets a developer hold a session a minute after the first start: on an empty database, in the Development
/// environment and on loopback addresses only, it makes a demo widget and prints a request for it.
/// </summary>
/// <remarks>
/// The demo secret is derived from the server key, so that every start can print it again; it goes to the
/// console, never through a logger. No other secret is ever shown twice.
/// </remarks>
internal sealed class DemoWidget(
    IHostEnvironment environment,
    IServer server,
    IGrainFactory grains,
    KeyRing keys,
    IDatabase database) : IHostedLifecycleService
{
    public const string BusinessId = "biz_demo";
    public const string WidgetId = "wdgt_abc";

    private const string SecretPurpose = "demo-widget-secret";

    /// <summary>The server listens and the silo serves.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment()) return;

        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        if (addresses.Count == 0 || !addresses.All(IsLoopback)) return;

        var secret = WidgetSecrets.From(keys.Current.DeriveFor(SecretPurpose));
        if (await FindOrCreate(secret)) Print(addresses.First(), secret);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Creates the demo widget if the database has no widget. True when it exists and this secret opens it.
    /// </summary>
    private async Task<bool> FindOrCreate(string secret)
    {
        var hash = WidgetSecrets.Hash(secret);
        if (database.HasNoWidget())
            await grains.GetGrain<IBusinessGrain>(BusinessId)
                .CreateWidget(
                    new Bleepay.Grains.Member([BusinessId]),
                    new CreateWidget(WidgetId, BusinessId, Settings, hash, []));

        var read = await grains.Widget(WidgetId)
            .ReadForPage(new Bleepay.Grains.WidgetSecretHolder(hash), origin: null);
        return read.TryGet(out _, out _);
    }

    private static void Print(string address, string secret) => Console.WriteLine(
        $$"""

        Bleepay Sessions is ready. Open a deposit session:

          curl -X POST {{address}}{{GatewayHost.ApiPrefix}}/widgets/{{WidgetId}}/create-session \
            -H 'X-Client-Secret: {{secret}}' \
            -H 'Content-Type: application/json' \
            -d '{"amount":"100","currency":"USDC","network":"polygon",
                 "currencyAddress":"0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
                 "depositAddress":"0xMerchantWalletAddress"}'

        A token for the management API (stop the service first, and start it again after):

          dotnet user-jwts create --project src/Silo --audience bleepay --claim business_id={{BusinessId}}

        The API is described at {{address}}/docs and {{address}}/openapi/v1.json

        """);

    private static bool IsLoopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.IsLoopback;

    private static readonly WidgetSettings Settings = new()
    {
        Name = "Demo widget",
        Mode = WidgetMode.CustomerAmount,
    };
}
