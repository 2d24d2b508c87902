using System.Globalization;
using System.Text.RegularExpressions;

namespace Bleepay.Tests.Harness;

/// <summary>What Prometheus gets of a service.</summary>
internal sealed partial record Scrape(string Text, IReadOnlyList<Series> Series)
{
    public static Scrape Of(string text) => new(
        text,
        [.. Line().Matches(text).Select(line => new Series(
            line.Groups["name"].Value,
            Label().Matches(line.Groups["labels"].Value)
                .ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value),
            double.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture)))]);

    /// <summary>The sum of what has this name and these labels; null where nothing has.</summary>
    public double? this[string name, params (string Label, string Value)[] labels] =>
        Series.Where(one => one.Name == name
            && labels.All(label => one.Labels.GetValueOrDefault(label.Label) == label.Value)).ToList()
            is { Count: > 0 } found ? found.Sum(one => one.Value) : null;

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:]\w*)(\{(?<labels>.*)\})? (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"(\w+)=""((?:[^""\\]|\\.)*)""")]
    private static partial Regex Label();
}

/// <summary>One series of a scrape.</summary>
internal sealed record Series(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
