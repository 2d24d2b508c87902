using System.Diagnostics.Metrics;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Telemetry;

/// <summary>
/// The instruments of the meter <c>Bleepay</c>, without anything that exports them. Alone, since services of other
/// tests in this process measure with the same instruments.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class InstrumentTests
{
    [Fact]
    public void Every_histogram_has_its_buckets_set() => Assert.All(
        Instruments.All().Where(Instruments.IsHistogram),
        histogram => Assert.True(Instruments.BucketsOf(histogram) > 5, histogram.Name));

    /// <summary>The buckets must separate what took more than 2 s from what took less: that is the promise.</summary>
    [Fact]
    public void The_bound_of_the_promise_is_a_bound_of_the_buckets()
    {
        var lateness = Assert.Single(
            Instruments.All(), instrument => instrument.Name == "bleepay.session.expiry_lateness");

        Assert.Contains(2, ((Instrument<double>)lateness).Advice!.HistogramBucketBoundaries!);
    }

    [Fact]
    public async Task Counters_begin_at_zero_and_their_labels_are_words_of_the_API()
    {
        using var measured = new MeasuredValues();
        await using var cluster = await GrainCluster.Start(new Dictionary<string, string?>
        {
            ["Chains:local:Rpc:0"] = "http://127.0.0.1:9/",
        });

        Assert.Equal(0, measured.First("bleepay.session.changes", ("status", "EXPIRED"), ("cause", "TIMEOUT")));
        Assert.Equal(0, measured.First("bleepay.payment.reports", ("outcome", "conflict")));
        Assert.Equal(0, measured.First("bleepay.webhook.attempts", ("outcome", "http_5xx"), ("attempt", "first")));
        Assert.Equal(0, measured.First("bleepay.list.reads", ("outcome", "timed_out")));
        Assert.Equal(0, measured.First("bleepay.chain.unmatched", ("network", "local"), ("reason", "no_session")));
        await cluster.Open("of_the_words");
        Assert.Equal(1, measured.Last("bleepay.session.changes", ("status", "CREATED"), ("cause", "CREATED")));
        Assert.Equal(
            [("new", 2), ("repeated", 1), ("conflict", 1), ("removed", 1), ("late", 1)],
            await Outcomes(cluster, measured));
        Assert.All(measured.Labels, label => Assert.False(label is Enum, $"{label?.GetType()} {label}"));
    }

    /// <summary>Reports payments, and returns by how much each outcome was counted.</summary>
    private static async Task<IReadOnlyList<(string Outcome, int Count)>> Outcomes(
        GrainCluster cluster, MeasuredValues measured)
    {
        const string id = "of_the_words";
        foreach (var report in new[]
        {
            new PaymentReport(new("0x1", 0), "40", 1, false, null, null, false),
            new PaymentReport(new("0x1", 0), "40", 1, false, null, null, false),
            new PaymentReport(new("0x1", 0), "41", 1, false, null, null, false),
            new PaymentReport(new("0x1", 0), "40", 0, true, null, null, false),
            new PaymentReport(new("0x2", 0), "100", 99, false, null, null, false),
            new PaymentReport(new("0x3", 0), "1", 99, false, null, null, false),
        })
            await cluster.Session(id).ReportPayment(new(new PaymentReporter(null), report, null));
        return [.. measured.Counts("bleepay.payment.reports", "outcome")];
    }
}
