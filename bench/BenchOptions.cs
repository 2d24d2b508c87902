using System.Globalization;

namespace Bleepay.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="Rounds">How often each variant is measured, by turns.</param>
/// <param name="Measured">How long each round measures.</param>
/// <param name="WarmUp">How long each service is loaded once before its first round.</param>
/// <param name="RoundWarmUp">How long it is loaded before each round.</param>
/// <param name="Connections">Kept open, each with one request at a time.</param>
/// <param name="SeededSessions">How many sessions are in each table before the first round.</param>
internal sealed record BenchOptions(
    int Rounds,
    TimeSpan Measured,
    TimeSpan WarmUp,
    TimeSpan RoundWarmUp,
    int Connections,
    int SeededSessions,
    bool IsScale,
    bool IsQuick,
    string? JsonPath,
    IReadOnlyList<string> Only)
{
    public const string Usage =
        """
        Usage: bench/run [--quick] [--scale] [--rounds N] [--seconds N] [--connections N] [--only NAME,…]
                         [--json FILE]

          --quick        three short rounds, under five minutes in all; the figures are rough
          --rounds       how often each variant is measured, by turns (5)
          --seconds      how long each round measures (10)
          --connections  kept open, each with one request at a time (64)
          --only         some of the variants: A,B,B2,B-keyed,ours-postgres,ours-postgres-keyed,ours-postgres-telemetry,
                         ours-apart,ours-apart-tls,sqlite-insert,ours-sqlite;
                         with --scale some of hot-widget,million,memory,due,silos,sustained
          --json         also writes the figures to a file
          --scale        measures the product alone: one hot widget, a million open sessions, memory, many due at once
        """;

    private static readonly BenchOptions Full = new(
        5, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), 64, 100_000, false, false,
        null, []);

    private static readonly BenchOptions Quick = Full with
    {
        Rounds = 3,
        Measured = TimeSpan.FromSeconds(5),
        WarmUp = TimeSpan.FromSeconds(6),
        RoundWarmUp = TimeSpan.FromSeconds(1),
        SeededSessions = 20_000,
        IsQuick = true,
    };

    public bool Includes(string name) => Only.Count == 0 || Only.Contains(name, StringComparer.Ordinal);

    /// <exception cref="ArgumentException">An argument is unknown or has no sensible value.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = arguments.Contains("--quick", StringComparer.Ordinal) ? Quick : Full;
        for (var index = 0; index < arguments.Count; index++)
        {
            options = arguments[index] switch
            {
                "--quick" => options,
                "--scale" => options with { IsScale = true },
                "--rounds" => options with { Rounds = Number(++index) },
                "--seconds" => options with { Measured = TimeSpan.FromSeconds(Number(++index)) },
                "--connections" => options with { Connections = Number(++index) },
                "--json" => options with { JsonPath = Text(++index) },
                "--only" => options with { Only = Text(++index).Split(',') },
                var unknown => throw new ArgumentException($"There is no option {unknown}."),
            };
        }

        return options;

        string Text(int at) =>
            at < arguments.Count ? arguments[at] : throw new ArgumentException($"{arguments[at - 1]} needs a value.");

        int Number(int at) => int.TryParse(Text(at), CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{arguments[at - 1]} needs a number above zero.");
    }
}
