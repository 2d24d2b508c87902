using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

/// <summary>The alerts' file, taken apart.</summary>
internal static partial class AlertRules
{
    public static string Folder { get; } = Path.Combine(SourceFolder.Root, "deploy", "monitoring");

    public static string Text { get; } = File.ReadAllText(Path.Combine(Folder, "rules.yaml"));

    public static IReadOnlyList<string> Expressions { get; } =
        [.. Expression().Matches(Text).Select(match => match.Groups[1].Value)];

    /// <summary>The series that the expressions read: a metric, and the labels that are compared by <c>=</c>.</summary>
    public static IReadOnlyList<(string Metric, (string Label, string Value)[] Labels)> Selectors { get; } =
    [
        .. Expressions.SelectMany(expression => Selector().Matches(expression).Select(match => (
            match.Groups[1].Value,
            Equality().Matches(match.Groups[2].Value)
                .Select(label => (label.Groups[1].Value, label.Groups[2].Value)).ToArray()))),
    ];

    [GeneratedRegex(@"expr: \|-\n((?: {10}.*\n)+)")]
    private static partial Regex Expression();

    [GeneratedRegex(@"\b((?:bleepay|http_server|orleans|dotnet)_\w+|up)\b(?:\{((?:[^{}""]|""[^""]*"")*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(\w+)=""([^""]*)""")]
    private static partial Regex Equality();
}
