using System.Globalization;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>Harm is done to the service at random points while payments flow: each payment is counted once.</summary>
public sealed class KillRoundTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Nodes = 2;

    /// <summary>By then the last payment is final.</summary>
    private const int BlocksAfterPayments = 2 * WatchedShop.Final;

    private static readonly int Rounds = Number("CHAIN_KILL_ROUNDS", 1);
    private static readonly int Payments = Number("CHAIN_KILL_PAYMENTS", 20);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
    };

    /// <summary>Within it a step of the watcher begins and ends.</summary>
    private static readonly TimeSpan DelayMax = TimeSpan.FromMilliseconds(300);

    private Anvil? anvil;

    private Anvil Chain => anvil!;

    public async Task InitializeAsync()
    {
        if (Tools.IsInstalled(Tool.Anvil)) anvil = await Anvil.Start();
    }

    public async Task DisposeAsync()
    {
        if (anvil is not null) await anvil.DisposeAsync();
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_process_on_SQLite_that_is_killed_counts_each_payment_once()
    {
        await using var watched = await WatchedProcess.Start(Chain, Settings);

        await Play(watched, watched.Rows, async () =>
        {
            watched.Process.Kill();
            await watched.StartService();
        });
    }

    [FactThatNeeds(Tool.Anvil, Tool.PostgreSql)]
    public async Task Nodes_on_PostgreSQL_that_are_killed_and_replaced_count_each_payment_once()
    {
        await using var watched = await WatchedCluster.Start(Chain, PostgreSqlServer.Shared, Nodes, Settings);

        await Play(watched, watched.Nodes.Rows, async () =>
        {
            watched.Nodes.KillOne();
            await watched.Nodes.Join();
        });
    }

    [FactThatNeeds(Tool.Anvil, Tool.PostgreSql)]
    public async Task A_database_that_crashes_and_returns_loses_and_doubles_no_payment()
    {
        using var server = PostgreSqlServer.Start();
        await using var watched = await WatchedCluster.Start(Chain, server, Nodes, Settings);

        await Play(watched, watched.Nodes.Rows, async () =>
        {
            server.Crash();
            await Chain.Mine(WatchedShop.Final);
            server.Restart();
        });
    }

    private async Task Play(WatchedShop watched, StoredRows rows, Func<Task> harm)
    {
        await using var inbox = await Inbox.Open();
        var widget = await watched.Api.CreateWidget();
        await new WebhookApi(watched.Api).CreateEndpoint(inbox.Url, PaymentFlow.Events);
        var flow = new PaymentFlow(watched, widget, inbox, rows);
        for (var round = 1; round <= Rounds; round++)
        {
#pragma warning disable CA5394 // The points only have to differ.
            var after = Random.Shared.Next(Payments + BlocksAfterPayments);
            var delay = DelayMax * Random.Shared.NextDouble();
#pragma warning restore CA5394
            output.WriteLine($"{round}: after {after} of {Payments} payments and {delay.TotalMilliseconds:F0} ms");
            await flow.Round(Payments, after, async () =>
            {
                await Eventually.Past(DateTimeOffset.UtcNow + delay);
                await harm();
            });
        }

        await flow.MustBalance();
        output.WriteLine($"{flow.Payments} payments, each counted once; {inbox.Received.Count} webhooks");
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : otherwise;
}
