using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Bench.Load;

namespace Bleepay.Bench.Report;

/// <summary>The middle, the least and the greatest of one figure over all rounds.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }

    public JsonObject ToJson() => new()
    {
        ["median"] = Rounded(Median),
        ["min"] = Rounded(Min),
        ["max"] = Rounded(Max),
    };

    internal static double Rounded(double value) => Math.Round(value, 4);
}

/// <summary>The figures of a comparison as a table and as JSON.</summary>
/// <param name="rounds">Of each variant, in the order in which they are shown.</param>
internal sealed class Comparison(IReadOnlyList<(string Variant, IReadOnlyList<Round> Rounds)> rounds)
{
    private static readonly (string Name, string Head, string Format, Func<Round, double> Value)[] Figures =
    [
        ("sessionsPerSecond", "sessions/s", "N0", round => round.SessionsPerSecond),
        ("p50Ms", "p50 ms", "N1", round => round.P50Ms),
        ("p99Ms", "p99 ms", "N1", round => round.P99Ms),
        ("serviceCpuMicros", "service µs", "N0", round => round.ServiceCpuMicros),
        ("databaseCpuMicros", "database µs", "N0", round => round.DatabaseCpuMicros),
        ("sqlCalls", "SQL calls", "N3", round => round.SqlCalls),
        ("commits", "commits", "N3", round => round.Commits),
        ("walBytes", "WAL B", "N0", round => round.WalBytes),
        ("allocatedBytes", "allocated B", "N0", round => round.AllocatedBytes),
    ];

    /// <summary>What a ratio is taken of; the processor time of service and database together is one more.</summary>
    private static readonly (string Name, Func<Round, double> Value)[] Ratios =
    [
        ("sessionsPerSecond", round => round.SessionsPerSecond),
        ("p99Ms", round => round.P99Ms),
        ("databaseCpuMicros", round => round.DatabaseCpuMicros),
        ("serviceCpuMicros", round => round.ServiceCpuMicros),
        ("totalCpuMicros", round => round.ServiceCpuMicros + round.DatabaseCpuMicros),
    ];

    public JsonObject ToJson() => new()
    {
        ["variants"] = new JsonObject(rounds.Select(variant => KeyValuePair.Create(
            variant.Variant,
            (JsonNode?)new JsonObject(Figures.Select(figure => KeyValuePair.Create(
                figure.Name, (JsonNode?)Spread.Of(variant.Rounds.Select(figure.Value)).ToJson())))))),
        ["ratios"] = RatiosTo(VariantNames.Crud),
        ["ratiosToSqliteInsert"] = RatiosTo(VariantNames.SqliteCrud),
        ["ratiosToOursPostgres"] = RatiosTo(VariantNames.OursPostgreSql),
    };

    public void Print(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"| variant | {string.Join(" | ", Figures.Select(figure => figure.Head))} |");
        output.WriteLine($"| --- |{string.Concat(Figures.Select(_ => " ---: |"))}");
        foreach (var (variant, measured) in rounds)
        {
            var cells = Figures.Select(figure =>
            {
                var spread = Spread.Of(measured.Select(figure.Value));
                return spread.Max == 0 ? "–" : $"{Text(spread.Median)} ({Text(spread.Min)}–{Text(spread.Max)})";

                string Text(double value) => value.ToString(figure.Format, CultureInfo.InvariantCulture);
            });
            output.WriteLine($"| {variant} | {string.Join(" | ", cells)} |");
        }

        output.WriteLine();
        output.WriteLine("Medians, with the least and the greatest round. From service µs on: for each session.");
        var idle = rounds.SelectMany(variant => variant.Rounds).Max(round => round.IdleShare);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"The variants that had to wait used at most {idle:P1} of one core meanwhile."));
        PrintRatios(output, VariantNames.Crud);
        PrintRatios(output, VariantNames.SqliteCrud);
        PrintRatios(output, VariantNames.OursPostgreSql);
    }

    private void PrintRatios(TextWriter output, string against)
    {
        var ratios = RatiosTo(against);
        if (ratios.Count == 0) return;
        output.WriteLine();
        output.WriteLine($"| ÷ {against} | {string.Join(" | ", Ratios.Select(ratio => ratio.Name))} |");
        output.WriteLine($"| --- |{string.Concat(Ratios.Select(_ => " ---: |"))}");
        foreach (var (variant, values) in ratios)
        {
            var cells = Ratios.Select(ratio => values![ratio.Name]?.GetValue<double>() is { } value
                ? value.ToString("N2", CultureInfo.InvariantCulture)
                : "–");
            output.WriteLine($"| {variant} | {string.Join(" | ", cells)} |");
        }
    }

    private JsonObject RatiosTo(string against)
    {
        var base_ = rounds.FirstOrDefault(variant => variant.Variant == against).Rounds;
        if (base_ is null) return [];
        return new JsonObject(rounds.Where(variant => variant.Variant != against).Select(variant => KeyValuePair.Create(
            variant.Variant,
            (JsonNode?)new JsonObject(Ratios.Select(ratio =>
            {
                var measure = Spread.Of(base_.Select(ratio.Value)).Median;
                var value = Spread.Of(variant.Rounds.Select(ratio.Value)).Median;
                return KeyValuePair.Create(
                    ratio.Name, measure == 0 ? null : (JsonNode?)Spread.Rounded(value / measure));
            })))));
    }
}
