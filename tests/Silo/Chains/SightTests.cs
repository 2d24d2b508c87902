using System.Diagnostics;
using System.Globalization;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>Payments on a chain as followers and merchants see them, on PostgreSQL, and how soon.</summary>
[Collection(AnvilFixture.Name)]
public sealed class SightTests(AnvilFixture anvil, ITestOutputHelper output)
{
    private const int PaymentsShort = 20;
    private const int PaymentsInBlock = 5;

    private static readonly int Payments = int.Parse(
        Environment.GetEnvironmentVariable("CHAIN_SIGHT_PAYMENTS") ?? $"{PaymentsShort}", CultureInfo.InvariantCulture);

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SeenWithin = PollInterval + TimeSpan.FromSeconds(1);

    private Anvil Chain => anvil.Chain;

    [FactThatNeeds(Tool.Anvil, Tool.PostgreSql)]
    public async Task Every_step_of_a_payment_is_a_frame_and_every_status_a_webhook()
    {
        await using var inbox = await Inbox.Open();
        await using var watched = await Start(new() { ["Webhooks:AllowPrivateNetworks"] = "true" });
        await new WebhookApi(watched.Api).CreateEndpoint(
            inbox.Url, "deposit.created", "deposit.pending", "deposit.underpaid", "deposit.confirmed");
        var session = await watched.Open("7");
        await using var frames = await EventStream.Open(watched.Host.Http, session);

        await watched.Pay(session, "3");
        await Chain.Mine();
        await watched.Becomes(session, "PENDING", 1);
        await Chain.Mine(WatchedShop.Final - 1);
        await watched.Becomes(session, "UNDERPAID", WatchedShop.Final);
        await watched.Pay(session, "4");
        await Chain.Mine();
        await watched.Becomes(session, "PENDING", 1);
        await Chain.Mine(WatchedShop.Final - 1);
        await watched.Becomes(session, "CONFIRMED", WatchedShop.Final);

        var seen = (await frames.Rest()).Select(frame => frame.Status).ToList();
        string[] expected = ["CREATED", "PENDING", "UNDERPAID", "PENDING", "CONFIRMED"];
        Assert.Equal(expected, seen.Where((status, index) => index == 0 || status != seen[index - 1]));
        await inbox.Holds(expected.Length);
        Assert.Equal(
            expected.Select(status => $"deposit.{status}"), inbox.FirstArrivals.Select(one => one.Type),
            StringComparer.OrdinalIgnoreCase);
        inbox.MustBeInOrder();
    }

    [FactThatNeeds(Tool.Anvil, Tool.PostgreSql)]
    public async Task A_payment_is_shown_as_pending_soon_after_its_block()
    {
        await using var watched = await Start(new() { ["Chains:local:PollInterval"] = $"{PollInterval}" });
        var widget = await watched.Api.CreateWidget();
        var delays = new List<TimeSpan>();
        while (delays.Count < Payments)
        {
            var sessions = await Task.WhenAll(
                Enumerable.Range(0, PaymentsInBlock).Select(_ => watched.Api.NewSession(widget, watched.Body("1"))));
            var streams = await Task.WhenAll(sessions.Select(one => EventStream.Open(watched.Host.Http, one)));
            foreach (var frames in streams) Assert.Equal("CREATED", (await frames.Next())!.Status);
            foreach (var session in sessions) await watched.Pay(session, "1");

            var mined = Stopwatch.StartNew();
            await Chain.Mine();
            delays.AddRange(await Task.WhenAll(streams.Select(async frames =>
            {
                Assert.Equal("PENDING", (await frames.Next())!.Status);
                return mined.Elapsed;
            })));
            foreach (var frames in streams) await frames.DisposeAsync();
        }

        delays.Sort();
        var (median, p99) = (delays[delays.Count / 2], delays[delays.Count * 99 / 100]);
        output.WriteLine(
            $"PENDING after the block, {delays.Count} payments, a poll each {PollInterval.TotalSeconds:F0} s: " +
            $"median {median.TotalSeconds:F2} s, p99 {p99.TotalSeconds:F2} s, most {delays[^1].TotalSeconds:F2} s");
        if (Payments > PaymentsShort) Assert.InRange(p99, TimeSpan.Zero, SeenWithin);
    }

    private Task<WatchedChain> Start(Dictionary<string, string?> settings) =>
        WatchedChain.StartOn(PostgreSqlServer.Shared, Chain, settings);
}
