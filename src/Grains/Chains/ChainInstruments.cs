using System.Diagnostics;
using System.Diagnostics.Metrics;
using Bleepay.Grains.Telemetry;

namespace Bleepay.Grains.Chains;

/// <summary>What an operator can measure of watched networks, on the meter <c>Bleepay</c>.</summary>
internal static class ChainInstruments
{
    private const string Matched = "MATCHED";
    private const string NotMatched = "UNMATCHED";

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "bleepay.chain.rpc_requests", "{request}", "Requests to providers, by network, provider, method and outcome.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "bleepay.chain.rpc_duration", "s", "From a request to the end of its answer.", null,
        Buckets(.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30));

    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "bleepay.chain.step_duration", "s", "One poll of a network, with the blocks that it has read and reported.",
        null, Buckets(.01, .025, .05, .1, .25, .5, 1, 2, 5, 10, 30, 60));

    private static readonly Gauge<long> HeadBlock = Meter.CreateGauge<long>(
        "bleepay.chain.head_block", "{block}", "The highest block that was read, by network.");

    private static readonly Gauge<long> SettledBlock = Meter.CreateGauge<long>(
        "bleepay.chain.settled_block", "{block}", "The highest block whose payments are all final, by network.");

    private static readonly Gauge<double> HeadAge = Meter.CreateGauge<double>(
        "bleepay.chain.head_age", "s", "The time since the highest block that was read, by network.");

    private static readonly Counter<long> Blocks = Meter.CreateCounter<long>(
        "bleepay.chain.blocks", "{block}", "Blocks read, by network and pass.");

    private static readonly Counter<long> Transfers = Meter.CreateCounter<long>(
        "bleepay.chain.transfers", "{transfer}", "Transfers of configured currencies in those blocks.");

    private static readonly Counter<long> Payments = Meter.CreateCounter<long>(
        "bleepay.chain.payments", "{payment}", "Transfers to addresses of sessions, by network and result.");

    private static readonly Counter<long> Reorganisations = Meter.CreateCounter<long>(
        "bleepay.chain.reorganisations", "{reorganisation}", "Reorganisations that were followed, by network.");

    private static readonly Histogram<long> ReorganisationDepth = Meter.CreateHistogram(
        "bleepay.chain.reorganisation_depth", "{block}", "Blocks that a reorganisation has removed.", null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 3, 5, 8, 12, 20, 32, 64, 128] });

    private static readonly Counter<long> Missed = Meter.CreateCounter<long>(
        "bleepay.chain.missed_at_head", "{payment}", "Payments that only the second reading has found, by network.");

    private static readonly Counter<long> ByOne = Meter.CreateCounter<long>(
        "bleepay.chain.settled_by_one", "{pass}", "Second readings from the provider of the first, by network.");

    private static readonly Counter<long> Skipped = Meter.CreateCounter<long>(
        "bleepay.chain.skipped_blocks", "{block}", "Blocks that were not read, by network.");

    private static readonly Counter<long> Lost = Meter.CreateCounter<long>(
        "bleepay.chain.settled_lost", "{payment}", "Final payments that a reorganisation has removed, by network.");

    private static readonly Counter<long> UnmatchedPayments = Meter.CreateCounter<long>(
        "bleepay.chain.unmatched", "{payment}", "Payments recorded as unmatched, by network and reason.");

    private static readonly Gauge<long> ProviderLag = Meter.CreateGauge<long>(
        "bleepay.chain.provider_lag", "{block}",
        "How far a provider's latest block is below the highest of all, by network and provider.");

    private static readonly Histogram<double> DetectionLatency = Meter.CreateHistogram(
        "bleepay.chain.detection_latency", "s", "From the time of a block to the report of its payments as seen.",
        null, Buckets(.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 3_600));

    /// <summary>A series that first appears with its first event shows no increase.</summary>
    public static void BeginAtZero(string network)
    {
        var ofNetwork = new KeyValuePair<string, object?>("network", network);
        Payments.Add(0, ofNetwork, new("result", Matched));
        Payments.Add(0, ofNetwork, new("result", NotMatched));
        Blocks.Add(0, ofNetwork, new("pass", "HEAD"));
        Blocks.Add(0, ofNetwork, new("pass", "CATCH_UP"));
        foreach (var counter in new[] { Transfers, Reorganisations, Missed, ByOne, Skipped, Lost })
            counter.Add(0, ofNetwork);
        foreach (var reason in Enum.GetValues<UnmatchedReason>())
            UnmatchedPayments.Add(0, ofNetwork, new("reason", LabelWords.Lower(reason)));
    }

    /// <summary>The head pass has read a block and reported its payments.</summary>
    public static void Read(
        string network, ChainBlock block, int transfers, List<SeenTransfer> seen, DateTimeOffset now)
    {
        var ofNetwork = new KeyValuePair<string, object?>("network", network);
        Blocks.Add(1, ofNetwork, new("pass", "HEAD"));
        Transfers.Add(transfers, ofNetwork);
        foreach (var one in seen)
        {
            var result = one.Decision is MatchedTransfer ? Matched : NotMatched;
            Payments.Add(1, ofNetwork, new("result", result));
            DetectionLatency.Record(Math.Max(0, (now - block.Time).TotalSeconds), ofNetwork);
        }
    }

    /// <summary>A range of final blocks was read once.</summary>
    public static void CaughtUp(string network, long blocks, int transfers)
    {
        var ofNetwork = new KeyValuePair<string, object?>("network", network);
        Blocks.Add(blocks, ofNetwork, new("pass", "CATCH_UP"));
        Transfers.Add(transfers, ofNetwork);
    }

    public static void Reorganised(string network, int blocks)
    {
        var ofNetwork = new KeyValuePair<string, object?>("network", network);
        Reorganisations.Add(1, ofNetwork);
        ReorganisationDepth.Record(blocks, ofNetwork);
    }

    public static void MissedAtHead(string network) =>
        Missed.Add(1, new KeyValuePair<string, object?>("network", network));

    public static void SettledByOne(string network) =>
        ByOne.Add(1, new KeyValuePair<string, object?>("network", network));

    public static void Unmatched(string network, UnmatchedReason reason) => UnmatchedPayments.Add(
        1, new KeyValuePair<string, object?>("network", network), new("reason", LabelWords.Lower(reason)));

    public static void Lags(string network, int provider, long blocks) => ProviderLag.Record(
        blocks, new KeyValuePair<string, object?>("network", network), new("provider", provider));

    public static void SkippedBlocks(string network, long blocks) =>
        Skipped.Add(blocks, new KeyValuePair<string, object?>("network", network));

    public static void SettledLost(string network, long payments) =>
        Lost.Add(payments, new KeyValuePair<string, object?>("network", network));

    /// <param name="startedAt">From <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static void Stepped(string network, long startedAt) => StepDuration.Record(
        Stopwatch.GetElapsedTime(startedAt).TotalSeconds, new KeyValuePair<string, object?>("network", network));

    public static void Position(ChainStatus status, DateTimeOffset now)
    {
        var ofNetwork = new KeyValuePair<string, object?>("network", status.Network);
        if (status.HeadBlock is { } head) HeadBlock.Record(head, ofNetwork);
        if (status.SettledBlock is { } settled) SettledBlock.Record(settled, ofNetwork);
        if (status.HeadTime is { } time) HeadAge.Record(Math.Max(0, (now - time).TotalSeconds), ofNetwork);
    }

    /// <summary>Measures a request until it is disposed.</summary>
    /// <param name="provider">Its place in the settings: of its URL nothing is measured.</param>
    public static RequestMeasure Requested(string network, int provider, string method) =>
        new(network, provider, method);

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) =>
        new() { HistogramBucketBoundaries = boundaries };

    internal sealed class RequestMeasure(string network, int provider, string method) : IDisposable
    {
        private readonly long startedAt = Stopwatch.GetTimestamp();
        private string outcome = "CANCELLED";

        public void Succeeded() => outcome = "OK";

        public RpcException Failed(RpcException failure)
        {
            outcome = LabelWords.Upper(failure.Fault);
            return failure;
        }

        public void Dispose()
        {
            var tags = new TagList { { "network", network }, { "provider", provider }, { "method", method } };
            Duration.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, tags);
            tags.Add("outcome", outcome);
            Requests.Add(1, tags);
        }
    }
}
