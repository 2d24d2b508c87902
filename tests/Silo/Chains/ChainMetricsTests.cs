using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>What an operator measures of a watched network.</summary>
public sealed class ChainMetricsTests
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1_234);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Chains:local:NativeTransfers"] = "Off",
        ["Chains:local:StartBlock"] = "1",
    };

    [Fact]
    public async Task The_lag_of_a_provider_is_measured_by_its_number_and_no_tag_has_a_host()
    {
        const int lag = 1_717;
        var measured = new ConcurrentQueue<Measured>();
        await using var first = await ScriptedChain.Start();
        await using var second = await ScriptedChain.Start();
        second.Mine(lag);
        using var listener = Listen(measured);
        await using var watched = await WatchedChain.Start(Settings, first, second);

        await Eventually.Holds(
            "the lag is measured", TimeSpan.FromSeconds(30),
            () => Task.FromResult(measured.Any(one => one is { Name: "bleepay.chain.provider_lag", Value: lag }
                && one.Tags["provider"] is 0 && one.Tags["network"] is "local")));

        Assert.Contains(measured, one => one.Name == "bleepay.chain.rpc_requests");
        Assert.DoesNotContain(
            measured,
            one => one.Tags.Values.Any(tag => $"{tag}".Contains("127.0.0.1", StringComparison.Ordinal)
                || $"{tag}".Contains("key", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Unmatched_payments_are_counted_and_latency_is_of_the_service_s_clock()
    {
        const string address = "0x00000000000000000000000000000000000000d1";
        var measured = new ConcurrentQueue<Measured>();
        await using var chain = await ScriptedChain.Start();
        await using var cluster = await GrainCluster.Start(new Dictionary<string, string?>(Settings)
        {
            ["Chains:local:PollInterval"] = "00:00:00.1",
            ["Chains:local:Rpc:0"] = chain.Url,
            ["Chains:local:Tokens:0:Address"] = ScriptedChain.Token,
            ["Chains:local:Tokens:0:Symbol"] = "SHOP",
            ["Chains:local:Tokens:0:Decimals"] = "18",
        });
        var opened = await cluster.Session("of_the_metrics").Create(new CreateDepositSession(
            GrainCluster.Business, "wdgt_grains",
            new SessionTerms("5", "SHOP", "local", ScriptedChain.Token, address, null, null, null),
            "00000000", [1, 2, 3], null, default, null));
        Assert.True(opened.TryGet(out _, out _));
        using var listener = Listen(measured);

        // The block is older than the session, which is not paid by it.
        chain.Time = cluster.Clock.GetUtcNow() - Before;
        chain.Mine(1, [ScriptedChain.Log(address, WatchedChain.Units("5"))]);

        await Eventually.Holds(
            "both are measured", TimeSpan.FromSeconds(30),
            () =>
            {
                // The timers of grains follow the same clock.
                cluster.Clock.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(
                    measured.Any(one => one is { Name: "bleepay.chain.unmatched", Value: 1 }
                        && one.Tags["reason"] is "no_session")
                    && measured.Any(one => one.Name == "bleepay.chain.detection_latency"
                        && one.Value >= Before.TotalSeconds && one.Value < Before.TotalSeconds + 60));
            });
    }

    private static MeterListener Listen(ConcurrentQueue<Measured> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("bleepay.chain.", StringComparison.Ordinal))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            measured.Enqueue(Measured.Of(instrument, value, tags)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            measured.Enqueue(Measured.Of(instrument, value, tags)));
        listener.Start();
        return listener;
    }

    private sealed record Measured(string Name, double Value, IReadOnlyDictionary<string, object?> Tags)
    {
        public static Measured Of(
            Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            new(instrument.Name, value, new Dictionary<string, object?>(tags.ToArray()));
    }
}
