using System.Diagnostics;
using System.Globalization;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// What followers cost a node that have nothing to do but to wait. LIVE_TEST_FOLLOWERS sets how many; from 1,000 on
/// the figures are judged, and the processor time of some heartbeats is measured as well.
/// </summary>
public sealed class LiveViewLoadTests(ITestOutputHelper output)
{
    private const int JudgedFrom = 1_000;
    private const int Rounds = 5;
    private const int Heartbeats = 3;
    private const double BytesMax = 30 * 1024;
    private const double RateKeptMin = 0.9;

    /// <summary>
    /// In hexadecimal bytes. Else the process has memory in reserve, in which followers would not show.
    /// </summary>
    private const string SmallGeneration = "400000";

    private static readonly int Followers = int.Parse(
        Environment.GetEnvironmentVariable("LIVE_TEST_FOLLOWERS") ?? "100", CultureInfo.InvariantCulture);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Idle_followers_cost_little_memory_and_creations_keep_their_rate()
    {
        var server = PostgreSqlServer.Shared;
        using var folder = new TemporaryFolder();
        var settings = Databases.SettingsOf(server);
        settings["DOTNET_GCgen0size"] = SmallGeneration;
        settings["Limits:StreamsPerAddress"] = settings["Limits:StreamsPerWidget"] = "20000";
        await using var node = await ServiceProcess.Start(folder.Path, settings);
        using var http = new HttpClient { BaseAddress = new Uri(node.Address) };
        var widget = await node.Api.CreateWidget();
        var followed = new SessionLoad(widget);
        await followed.Run(node.Api, Followers);

        var idle = await IdleShare(node);
        var (bytes, alone, accompanied) = (new List<double>(), new List<double>(), new List<double>());
        alone.Add(await Rate(node, widget));
        for (var round = 0; round < Rounds; round++)
        {
            var before = Memory(node);
            var streams = await Task.WhenAll(followed.Acknowledged.Select(session => EventStream.Open(
                http, new TestSession(session.Key, session.Value, widget, null!))));
            foreach (var stream in streams) Assert.Equal("1", (await stream.Next())!.Id);
            bytes.Add((Memory(node) - before) / Followers);
            if (round == 0) idle = await IdleShare(node) - idle;
            accompanied.Add(await Rate(node, widget));
            foreach (var stream in streams) await stream.DisposeAsync();
            alone.Add(await Rate(node, widget));
        }

        // Only the first round's memory counts: later rounds reuse what earlier ones freed. Each rate with followers is
        // between two without, since a process gets faster as it runs, and slower as it fills.
        var kept = Median(accompanied) / Median(alone);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Followers} followers: {bytes[0] / 1024:F1} KiB each; creations {Median(alone):F0}/s without, " +
            $"{Median(accompanied):F0}/s with them ({kept:P0}); idle they take {idle:P1} of a processor"));
        if (Followers < JudgedFrom) return;
        Assert.InRange(bytes[0], 0, BytesMax);
        Assert.InRange(kept, RateKeptMin, double.MaxValue);
    }

    /// <summary>
    /// A second time, when what followers that have just come or gone have left to the collector is done with.
    /// </summary>
    private static async Task<double> Rate(ServiceProcess node, TestWidget widget)
    {
        await RateAtOnce(node, widget);
        return await RateAtOnce(node, widget);
    }

    private static async Task<double> RateAtOnce(ServiceProcess node, TestWidget widget)
    {
        var load = new SessionLoad(widget);
        var elapsed = Stopwatch.StartNew();
        await load.Run(node.Api, Math.Max(200, 2 * Followers));
        Assert.Empty(load.Refusals);
        return load.Acknowledged.Count / elapsed.Elapsed.TotalSeconds;
    }

    /// <summary>The share of one processor that a node uses without requests.</summary>
    private static async Task<double> IdleShare(ServiceProcess node)
    {
        if (Followers < JudgedFrom) return 0;
        var (elapsed, before) = (Stopwatch.StartNew(), node.ProcessorTime);
        await Eventually.Past(DateTimeOffset.UtcNow + (Heartbeats * SessionEventStream.Heartbeat));
        return (node.ProcessorTime - before) / elapsed.Elapsed;
    }

    /// <summary>What the process has in memory, in bytes.</summary>
    private static double Memory(ServiceProcess node)
    {
        using var process = Process.GetProcessById(node.Id);
        return process.WorkingSet64;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
