using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>The service was down while a chain went on, and reads what it has missed.</summary>
public sealed class CatchUpTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Final = WatchedChain.Final;

    /// <summary>Where blocks are as old as they are after an outage, sessions have to live longer.</summary>
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Sessions:Lifetime"] = "2.00:00:00",
        ["Chains:local:StartBlock"] = "1",
    };

    /// <summary>How a provider may answer a batch.</summary>
    private static readonly Dictionary<string, Action<JsonArray>> Batches = new()
    {
        ["in another order"] = answers =>
        {
            var reversed = answers.Reverse().Select(answer => answer!.DeepClone()).ToList();
            answers.Clear();
            foreach (var answer in reversed) answers.Add(answer);
        },
        ["in part"] = answers =>
        {
            while (answers.Count > 3) answers.RemoveAt(1);
        },
        ["with errors"] = answers =>
        {
            foreach (var answer in answers.Skip(1)) Refuse(answer!.AsObject());
        },
        ["not at all"] = answers => answers.Clear(),
    };

    private Anvil? chain;

    private static int LongForm => int.Parse(
        Environment.GetEnvironmentVariable("CATCH_UP_BLOCKS") ?? "1000", CultureInfo.InvariantCulture);

    private Anvil Chain => chain!;

    public static TheoryData<string> Kinds => [.. Batches.Keys];

    public async Task InitializeAsync()
    {
        if (Tools.IsInstalled(Tool.Anvil))
            chain = await Anvil.Start(DateTimeOffset.UtcNow.AddSeconds(-LongForm - 600));
    }

    public async Task DisposeAsync()
    {
        if (chain is not null) await chain.DisposeAsync();
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task Everything_that_was_paid_meanwhile_is_found_within_two_minutes_for_ten_thousand_blocks()
    {
        const int parts = 20;
        await using var watched = await WatchedChain.Start(Chain, Settings, Chain.Url, Chain.Url);
        var sessions = new List<TestSession>();
        for (var count = 0; count < parts * 2; count++)
            sessions.Add(await watched.Open("5", isNative: count % 2 == 1));
        await Stop(watched);
        foreach (var together in sessions.Chunk(2))
        {
            foreach (var session in together) await watched.Pay(session, "5");
            await Chain.MineOn(LongForm / parts);
        }

        var elapsed = Stopwatch.StartNew();
        await watched.StartBehind();
        var head = await Chain.Head();
        await Eventually.Holds(
            $"block {head} is read", TimeSpan.FromMinutes(5),
            async () => (await watched.Health())["headBlock"]?.GetValue<long>() == head);
        var took = elapsed.Elapsed;

        foreach (var session in sessions)
            Assert.Single((await watched.Becomes(session, "CONFIRMED", null))["transactions"]!.AsArray());
        output.WriteLine($"{LongForm} blocks with {sessions.Count} payments: {took.TotalSeconds:0.0} s");
        Assert.True(took < TimeSpan.FromSeconds(20 + (LongForm / 100)), $"{took}");
    }

    [TheoryThatNeeds(Tool.Anvil)]
    [MemberData(nameof(Kinds))]
    public async Task Payments_are_complete_when_a_provider_answers_a_batch(string how)
    {
        await using var liar = await LyingProvider.Start(Chain.Url);
        await using var watched = await WatchedChain.Start(Chain, Settings, liar.Url);
        var sessions = await PayWhileDown(watched, 3);

        liar.BatchLie = Batches[how];
        await watched.StartService();

        foreach (var session in sessions) await watched.Becomes(session, "CONFIRMED", null);
        Assert.NotEqual(0, liar.Lies);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_provider_without_batches_is_asked_for_single_blocks()
    {
        await using var liar = await LyingProvider.Start(Chain.Url);
        await using var watched = await WatchedChain.Start(Chain, Settings, liar.Url);
        var sessions = await PayWhileDown(watched, 2);

        liar.WholeBatchLie = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"no batches\"}}";
        await watched.StartService();

        foreach (var session in sessions) await watched.Becomes(session, "CONFIRMED", null);

        // Of the hundreds of batches, those that are on their way before the first refusal: four ranges of four.
        Assert.InRange(liar.Lies, 1, 16);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task Only_transfers_to_the_addresses_of_sessions_are_requested_of_old_blocks()
    {
        await using var liar = await LyingProvider.Start(Chain.Url);
        await using var watched = await WatchedChain.Start(Chain, Settings, liar.Url);
        var sessions = await PayWhileDown(watched, 2);
        var lists = 0;
        liar.Lie = (method, parameters, _, _) =>
        {
            if (method == "eth_getLogs" && parameters[0]!["topics"]!.AsArray() is [_, _, JsonArray recipients])
                lists = Math.Max(lists, recipients.Count);
            return Task.FromResult(false);
        };
        await watched.StartService();

        foreach (var session in sessions) await watched.Becomes(session, "CONFIRMED", null);
        Assert.Equal(2, lists);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_that_the_first_reading_hides_is_found_by_the_second()
    {
        await using var liar = await LyingProvider.Start(Chain.Url);
        await using var watched = await WatchedChain.Start(Chain, Settings, liar.Url, Chain.Url);
        var sessions = await PayWhileDown(watched, 2);
        liar.Lie = (method, _, truth, _) =>
        {
            if (method == "eth_getLogs") truth["result"] = new JsonArray();
            return Task.FromResult(false);
        };
        await watched.StartService();

        await watched.Becomes(sessions[0], "CONFIRMED", null);
        Assert.Contains("found by the second reading only", watched.Host.LogText, StringComparison.Ordinal);
    }

    [FactThatNeeds(Tool.Anvil)]
    public async Task A_payment_that_only_the_first_reading_shows_is_not_final_and_the_cursor_stays_below_it()
    {
        await using var liar = await LyingProvider.Start(Chain.Url);
        await using var watched = await WatchedChain.Start(Chain, Settings, Chain.Url, liar.Url);
        var before = (await watched.Health())["settledBlock"]!.GetValue<long>();
        var session = (await PayWhileDown(watched, 1))[0];
        liar.Lie = (method, _, truth, _) =>
        {
            if (method == "eth_getLogs") truth["result"] = new JsonArray();
            return Task.FromResult(false);
        };
        await watched.StartBehind();
        await Eventually.Holds(
            "the contradiction is logged", TimeSpan.FromSeconds(30),
            () => Task.FromResult(watched.Host.LogText.Contains(
                "the second reading does not show it", StringComparison.Ordinal)));

        Assert.NotEqual("CONFIRMED", (await watched.Read(session))["paymentStatus"]!.GetValue<string>());
        Assert.InRange((await watched.Health())["settledBlock"]!.GetValue<long>(), before, before + 2);
    }

    /// <summary>
    /// Opens sessions, and pays them in old blocks while the service is down: every other one in coins.
    /// </summary>
    private async Task<List<TestSession>> PayWhileDown(WatchedChain watched, int count)
    {
        var sessions = new List<TestSession>();
        for (var number = 0; number < count; number++)
            sessions.Add(await watched.Open("5", isNative: number % 2 == 1));
        await Stop(watched);
        foreach (var session in sessions)
        {
            await watched.Pay(session, "5");
            await Chain.MineOn(45);
        }

        return sessions;
    }

    private static async Task Stop(WatchedChain watched)
    {
        await watched.Host.DisposeAsync();
        watched.MakeOlder(TimeSpan.FromSeconds(LongForm + 3600));
    }

    private static void Refuse(JsonObject answer)
    {
        answer.Remove("result");
        answer["error"] = new JsonObject { ["code"] = -32005, ["message"] = "rate limit" };
    }
}
