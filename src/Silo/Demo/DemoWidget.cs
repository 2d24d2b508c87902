using Bleepay.Gateway;
using Bleepay.Gateway.Checkout;
using Bleepay.Gateway.Credentials;
using Bleepay.Grains;
using Bleepay.Grains.Businesses;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Widgets;
using Bleepay.Silo.Storage;

namespace Bleepay.Silo.Demo;

/// <summary>
/// Lets a developer hold a session a minute after the first start: on an empty database, in the Development
/// environment and on loopback addresses only, it makes a demo widget, and prints where its shop is and a request.
/// </summary>
/// <remarks>
/// The secret goes to the console, never through a logger.
/// </remarks>
internal sealed class DemoWidget(
    Sandbox sandbox,
    IGrainFactory grains,
    KeyRing keys,
    IDatabase database) : IHostedLifecycleService
{
    /// <summary>The server listens and the silo serves.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!sandbox.IsOpen) return;

        var secret = DemoSecret.Of(keys);
        if (await FindOrCreate(secret)) Print(sandbox.Addresses.First(), secret);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Creates the demo widget if the database has no widget. True if it exists and has this secret.
    /// </summary>
    private async Task<bool> FindOrCreate(string secret)
    {
        var hash = WidgetSecrets.Hash(secret);
        if (database.HasNoWidget())
            await grains.GetGrain<IBusinessGrain>(Sandbox.BusinessId)
                .CreateWidget(
                    new Bleepay.Grains.Member([Sandbox.BusinessId]),
                    new CreateWidget(Sandbox.WidgetId, Sandbox.BusinessId, Settings, hash, []));

        var read = await grains.WidgetPolicy(Sandbox.WidgetId)
            .ReadForPage(new Bleepay.Grains.WidgetSecretHolder(hash), origin: null);
        return read.TryGet(out _, out _);
    }

    private static void Print(string address, string secret) => Console.WriteLine(
        $$"""

        Bleepay Sessions is ready. Try the checkout at {{address}}/demo

        Create a deposit session:

          curl -X POST {{address}}{{GatewayHost.ApiPrefix}}/widgets/{{Sandbox.WidgetId}}/create-session \
            -H 'X-Client-Secret: {{secret}}' \
            -H 'Content-Type: application/json' \
            -d '{"amount":"100","currency":"USDC","network":"polygon",
                 "currencyAddress":"0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
                 "depositAddress":"{{Sandbox.DepositAddress}}"}'

        A token for the management API (stop the service first, and restart it after):

          dotnet user-jwts create --project src/Silo --audience bleepay --claim business_id={{Sandbox.BusinessId}}

        The API is described at {{address}}/docs and {{address}}/openapi/v1.json

        """);

    private static readonly WidgetSettings Settings = new()
    {
        Name = "Bleepay Roasters",
        Emoji = "☕",
        Color = "#7B4B2AFF",
        Mode = WidgetMode.CustomerAmount,
        AllowedNetworks = ["polygon", "local"],
        AllowedDepositAddresses = [Sandbox.DepositAddress],
    };
}
