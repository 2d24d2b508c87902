using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Telemetry;

/// <summary>The table of instruments in <c>docs/operations.md</c>.</summary>
internal static partial class InstrumentTable
{
    public static IReadOnlyList<InstrumentRow> Rows { get; } =
    [
        .. Row().Matches(File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "operations.md")))
            .Select(row => new InstrumentRow(
                row.Groups["name"].Value,
                row.Groups["kind"].Value,
                row.Groups["unit"].Value,
                [.. Word().Matches(row.Groups["labels"].Value).Select(label => label.Groups[1].Value)])),
    ];

    [GeneratedRegex(
        @"^\| `(?<name>bleepay\.[^`]+)` \| (?<kind>[^|]+) \| `(?<unit>[^`]+)` \|(?<labels>[^|]*)\|",
        RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Word();
}

/// <summary>One documented instrument.</summary>
internal sealed record InstrumentRow(string Name, string Kind, string Unit, IReadOnlyList<string> Labels);
