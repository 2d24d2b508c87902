using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A service with customers, a receiver of webhooks and a watched network, on a PostgreSQL that a test may stop; a
/// Prometheus that scrapes it, and an Alertmanager whose notifications the test receives.
/// </summary>
public sealed class MonitoredService : IAsyncLifetime
{
    private const string Amount = "5";
    private const string Network = "local";

    /// <summary>The shortest that a session may live, so that expiries come while a test watches.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly CancellationTokenSource ending = new();
    private readonly string business = Api.NewBusiness();
    private readonly Lazy<Task<OutageNotifications>> outage;
    private PostgreSqlServer? server;
    private ScriptedChain? chain;
    private Inbox? merchant;
    private Inbox? pager;
    private ServiceProcess? process;
    private MonitoringStack? monitoring;
    private Task customers = Task.CompletedTask;
    private EventStream? followed;

    public MonitoredService() => outage = new(CutOff);

    internal MonitoringStack Monitoring => monitoring!;

    /// <summary>Kills the database and starts it again, once for all tests; the notifications of it.</summary>
    internal Task<OutageNotifications> Outage => outage.Value;

    /// <summary>A machine without the programs skips the tests.</summary>
    public async Task InitializeAsync()
    {
        if (Tools.WhyMissing([Tool.PostgreSql, Tool.Prometheus, Tool.Alertmanager]) is not null) return;
        server = PostgreSqlServer.Start();
        chain = await ScriptedChain.Start();
        merchant = await Inbox.Open();
        pager = await Inbox.Open();
        var metricsPort = FreePort.Several(1)[0];
        process = await ServiceProcess.Start(folder.Path, Settings(metricsPort));
        monitoring = await MonitoringStack.Start($"127.0.0.1:{metricsPort}", pager.Url);
        await new WebhookApi(process.Api, business).CreateEndpoint(merchant.Url, "deposit.created");
        var widget = await process.Api.CreateWidget(business: business);
        http.BaseAddress = new Uri(process.Address);
        followed = await EventStream.Open(http, await process.Api.NewSession(widget, Body(Anvil.NewAddress())));
        customers = Buy(widget);
    }

    public async Task DisposeAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAny(customers);
        if (followed is not null) await followed.DisposeAsync();
        http.Dispose();
        if (monitoring is not null) await monitoring.DisposeAsync();
        if (process is not null) await process.DisposeAsync();
        if (pager is not null) await pager.DisposeAsync();
        if (merchant is not null) await merchant.DisposeAsync();
        if (chain is not null) await chain.DisposeAsync();
        server?.Dispose();
        ending.Dispose();
        folder.Dispose();
        await customers;
    }

    private Dictionary<string, string?> Settings(int metricsPort)
    {
        var settings = Databases.SettingsOf(server!);
        settings["Telemetry:MetricsPort"] = $"{metricsPort}";
        settings["Sessions:Lifetime"] = Lifetime.ToString();
        settings["Webhooks:AllowPrivateNetworks"] = "true";
        settings["Retention:Sessions"] = "31.00:00:00";
        settings["Retention:Interval"] = "00:00:01";
        settings[$"Chains:{Network}:Confirmations"] = "2";
        settings[$"Chains:{Network}:PollInterval"] = "00:00:00.2";
        settings[$"Chains:{Network}:NativeTransfers"] = "Off";
        settings[$"Chains:{Network}:StartBlock"] = "1";
        settings[$"Chains:{Network}:Tokens:0:Address"] = ScriptedChain.Token;
        settings[$"Chains:{Network}:Tokens:0:Symbol"] = "SHOP";
        settings[$"Chains:{Network}:Tokens:0:Decimals"] = "18";
        settings[$"Chains:{Network}:Rpc:0"] = $"{chain!.Url}/?key=of-the-monitored-0";
        settings[$"Chains:{Network}:Rpc:1"] = $"{chain.Url}/?key=of-the-monitored-1";

        // Nothing listens there: requests to it and telemetry sent to it fail.
        settings[$"Chains:{Network}:Rpc:2"] = "http://127.0.0.1:9/?key=of-the-monitored-2";
        settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
        return settings;
    }

    /// <summary>Until the end, and whatever the answers are: one session is paid, and one expires.</summary>
    private async Task Buy(TestWidget widget)
    {
        using var rounds = new PeriodicTimer(Round);
        do
        {
            var address = Anvil.NewAddress();
            var opened = await process!.Api.CreateSession(widget, Body(address));
            chain!.Mine(1, opened.Status == HttpStatusCode.OK ? [ScriptedChain.Log(address, Units)] : []);
            await process.Api.CreateSession(widget, Body(Anvil.NewAddress()));
            await process.Api.Get($"/api/v1/businesses/{business}/deposit-sessions", token: Tokens.For(business));
        }
        while (await Continues(rounds));
    }

    private async Task<bool> Continues(PeriodicTimer rounds)
    {
        try
        {
            return await rounds.WaitForNextTickAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<OutageNotifications> CutOff()
    {
        await Eventually.Holds("trips to the database are measured", Patience, async () =>
            await Monitoring.Ask("sum(increase(bleepay_store_trips_seconds_count[5s])) > 0") is [_]);
        var before = Last();
        server!.Crash();
        await Eventually.True(() => IsLast("firing"), Patience, () => "the outage is notified of");
        var page = Last()!;
        server.Restart();
        await Eventually.True(() => IsLast("resolved"), Patience, () => "the end of the outage is notified of");
        return new(before, page, Last()!);

        bool IsLast(string status) => Last()?["status"]!.GetValue<string>() == status;
    }

    /// <summary>The last notification of the alert; null where there was none.</summary>
    private JsonNode? Last() => pager!.Received
        .SelectMany(notification => notification.Body["alerts"]!.AsArray())
        .LastOrDefault(alert => alert!["labels"]!["alertname"]!.GetValue<string>() == OutageNotifications.Alert);

    private static BigInteger Units { get; } =
        BigInteger.Parse(Amount + new string('0', 18), CultureInfo.InvariantCulture);

    private static JsonObject Body(string address) => new()
    {
        ["amount"] = Amount,
        ["currency"] = "SHOP",
        ["network"] = Network,
        ["currencyAddress"] = ScriptedChain.Token,
        ["depositAddress"] = address,
    };
}

/// <summary>The notifications of <see cref="Alert"/>.</summary>
/// <param name="Before">The last one before the outage; null where there was none.</param>
internal sealed record OutageNotifications(JsonNode? Before, JsonNode Page, JsonNode End)
{
    public const string Alert = "BleepayStoreUnreachable";
}
