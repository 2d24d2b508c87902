using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Bleepay.Tests.Harness;

/// <summary>
/// What this process measures with the product's instruments from now on. Tests that run beside this one measure too.
/// </summary>
internal sealed class MeasuredValues : IDisposable
{
    private readonly ConcurrentQueue<Measured> values = new();
    private readonly MeterListener listener;

    public MeasuredValues()
    {
        listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Instruments.Meter) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
    }

    /// <summary>The value of every label.</summary>
    public IEnumerable<object?> Labels => values.SelectMany(value => value.Tags.Values);

    /// <summary>The first value that was measured with these labels and no others; null without one.</summary>
    public double? First(string name, params (string Label, string Value)[] labels) =>
        values.FirstOrDefault(value => value.Is(name, labels))?.Value;

    /// <summary>The last such value.</summary>
    public double? Last(string name, params (string Label, string Value)[] labels) =>
        values.LastOrDefault(value => value.Is(name, labels))?.Value;

    /// <summary>What a counter was raised by, by the value of its one label, in the order of the first raise.</summary>
    public IEnumerable<(string Value, int Count)> Counts(string name, string label) => values
        .Where(value => value.Name == name && value.Value > 0)
        .GroupBy(value => (string)value.Tags[label]!)
        .Select(of => (of.Key, (int)of.Sum(value => value.Value)));

    public void Dispose() => listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        values.Enqueue(new(instrument.Name, value, new Dictionary<string, object?>(tags.ToArray())));

    private sealed record Measured(string Name, double Value, Dictionary<string, object?> Tags)
    {
        public bool Is(string name, (string Label, string Value)[] labels) =>
            Name == name && Tags.Count == labels.Length
            && labels.All(label => Tags.TryGetValue(label.Label, out var value) && value as string == label.Value);
    }
}
