using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Bleepay.Gateway;
using Bleepay.Grains;
using Bleepay.Silo;

namespace Bleepay.Tests.Harness;

/// <summary>The product's own instruments.</summary>
internal static class Instruments
{
    public const string Meter = "Bleepay";

    /// <summary>Every instrument, also those that nothing has used yet.</summary>
    public static IReadOnlyList<Instrument> All()
    {
        foreach (var type in new[] { typeof(SiloHost), typeof(GatewayHost), typeof(SeriesAtStart), typeof(Refusal) }
            .SelectMany(type => type.Assembly.GetTypes())
            .Where(type => !type.ContainsGenericParameters && type.GetFields(Statics).Any(IsInstrument)))
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);

        var all = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Meter) all.Add(instrument);
            },
        };
        listener.Start();
        return [.. all.DistinctBy(instrument => instrument.Name)];
    }

    public static bool IsHistogram(Instrument instrument) =>
        instrument.GetType().GetGenericTypeDefinition() == typeof(Histogram<>);

    /// <summary>As the documentation names it.</summary>
    public static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" => "counter",
        "UpDownCounter" => "up-down counter",
        "Histogram" => "histogram",
        "Gauge" or "ObservableGauge" => "gauge",
        var other => other,
    };

    /// <summary>How many bounds of buckets the histogram advises; 0 without advice.</summary>
    public static int BucketsOf(Instrument histogram) => histogram switch
    {
        Histogram<double> of => of.Advice?.HistogramBucketBoundaries?.Count ?? 0,
        Histogram<int> of => of.Advice?.HistogramBucketBoundaries?.Count ?? 0,
        Histogram<long> of => of.Advice?.HistogramBucketBoundaries?.Count ?? 0,
        _ => 0,
    };

    private const System.Reflection.BindingFlags Statics =
        System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic
        | System.Reflection.BindingFlags.Public;

    private static bool IsInstrument(System.Reflection.FieldInfo field) =>
        field.FieldType.IsAssignableTo(typeof(Instrument)) || field.FieldType == typeof(Meter);
}
