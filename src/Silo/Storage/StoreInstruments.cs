using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Bleepay.Silo.Storage;

/// <summary>
/// What an operator can measure of the queues in front of the database, on the meter <c>Bleepay</c>. The tag
/// <c>queue</c> names the queue.
/// </summary>
internal static class StoreInstruments
{
    public const string WaitName = "bleepay.store.wait";
    public const string BatchName = "bleepay.store.batch";
    public const string TripsName = "bleepay.store.trips";
    public const string WaitingName = "bleepay.store.waiting";
    public const string CapacityName = "bleepay.store.capacity";
    public const string QueueTag = "queue";
    public const string OutcomeTag = "outcome";

    private static readonly Meter Meter = new("Bleepay");

    /// <summary>The weak references let a closed queue be collected.</summary>
    private static readonly ConditionalWeakTable<IMeasuredQueue, object> Queues = [];

    private static readonly Histogram<double> Wait = Meter.CreateHistogram(
        WaitName, "s", "Time that an item has waited for its batch.", null,
        Buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10));

    private static readonly Histogram<int> Batch = Meter.CreateHistogram(
        BatchName, "{item}", "Items that shared one trip to the database.", null,
        new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] });

    private static readonly Histogram<double> Trips = Meter.CreateHistogram(
        TripsName, "s", "Duration of one trip to the database, by its outcome.", null,
        Buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10));

    private static readonly Gauge<int> SchemaVersion = Meter.CreateGauge<int>(
        "bleepay.schema.version", "{version}", "The version of the database's schema.");

    static StoreInstruments()
    {
        Meter.CreateObservableGauge(
            WaitingName, () => Observe(queue => queue.WaitingCount), "{item}", "Items that wait in a queue now.");
        Meter.CreateObservableGauge(
            CapacityName, () => Observe(queue => queue.Capacity), "{item}", "Items that may wait in a queue.");
    }

    public static void SchemaIs(int version) => SchemaVersion.Record(version);

    public static void Measure(IMeasuredQueue queue) => Queues.Add(queue, queue);

    /// <param name="since">When the item was added, as a timestamp of <see cref="Stopwatch"/>.</param>
    public static void Waited(string queue, long since) => Wait.Record(
        Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>(QueueTag, queue));

    public static void Batched(string queue, int items) =>
        Batch.Record(items, new KeyValuePair<string, object?>(QueueTag, queue));

    /// <param name="since">When the trip began, as a timestamp of <see cref="Stopwatch"/>.</param>
    public static void Travelled(string queue, long since, bool hasFailed) => Trips.Record(
        Stopwatch.GetElapsedTime(since).TotalSeconds,
        new KeyValuePair<string, object?>(QueueTag, queue),
        new KeyValuePair<string, object?>(OutcomeTag, hasFailed ? "failed" : "done"));

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) =>
        new() { HistogramBucketBoundaries = boundaries };

    /// <summary>Several silos of one process have queues of the same name; their items add up.</summary>
    private static IEnumerable<Measurement<int>> Observe(Func<IMeasuredQueue, int> count) => Queues
        .Select(pair => pair.Key)
        .GroupBy(queue => queue.Name)
        .Select(queues => new Measurement<int>(
            queues.Sum(count), new KeyValuePair<string, object?>(QueueTag, queues.Key)));
}

/// <summary>A queue whose length is measured.</summary>
internal interface IMeasuredQueue
{
    /// <summary>Constant, in lower case.</summary>
    string Name { get; }

    int WaitingCount { get; }

    int Capacity { get; }
}
