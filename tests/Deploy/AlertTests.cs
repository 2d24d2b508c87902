using System.Diagnostics;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

/// <summary>The alerts: their expressions, the metrics that they read, and their runbooks.</summary>
public sealed partial class AlertTests
{
    private const string Groups = "groups:";

    /// <summary>Of the platform and of Prometheus itself; this service's are in the table of instruments.</summary>
    private static readonly string[] OtherMetrics =
    [
        "up", "http_server_request_duration_seconds", "orleans_consistent_ring_size",
        "dotnet_gc_pause_time_seconds_total",
    ];

    [FactThatNeeds(Tool.Promtool)]
    public async Task Each_expression_is_valid_and_fires_when_it_has_to()
    {
        Assert.Contains("SUCCESS", await Promtool("check", "rules", "rules.yaml"), StringComparison.Ordinal);
        Assert.Contains("SUCCESS", await Promtool("test", "rules", "rules.test.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_metric_of_an_expression_exists()
    {
        var table = File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "operations.md"));
        var known = Instrument().Matches(table)
            .Select(match => match.Groups[1].Value.Replace('.', '_'))
            .Concat(OtherMetrics)
            .ToList();

        var used = AlertRules.Selectors.Select(selector => selector.Metric).Distinct().ToList();

        Assert.NotEmpty(used);
        Assert.All(used, metric => Assert.Contains(known, name => metric.StartsWith(name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Each_alert_has_a_runbook_that_names_it()
    {
        var runbooks = File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "runbooks.md"));
        var sections = Section().Matches(runbooks).ToDictionary(
            match => Anchor(match.Groups[1].Value), match => match.Groups[2].Value, StringComparer.Ordinal);
        var alerts = Alert().Matches(AlertRules.Text)
            .Select(match => (Name: match.Groups[1].Value, Anchor: match.Groups[2].Value))
            .ToList();

        Assert.Equal(sections.Keys.Order(), alerts.Select(alert => alert.Anchor).Distinct().Order());
        Assert.All(alerts, alert => Assert.Matches($@"\b{alert.Name}\b", sections[alert.Anchor]));
    }

    [Fact]
    public void The_object_of_the_operator_has_the_same_groups()
    {
        var operatorRules = File.ReadAllText(Path.Combine(
            SourceFolder.Root, "deploy", "kubernetes", "components", "monitoring", "prometheusrule.yaml"));
        var rules = AlertRules.Text[AlertRules.Text.IndexOf(Groups, StringComparison.Ordinal)..].TrimEnd();
        var indented = rules.Split('\n').Select(line => $"  {line}");

        Assert.Equal(
            string.Join('\n', indented),
            operatorRules[operatorRules.IndexOf($"  {Groups}", StringComparison.Ordinal)..].TrimEnd());
    }

    private static string Anchor(string heading) =>
        NotOfAnchors().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    private static async Task<string> Promtool(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = AlertRules.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException(await output + errors);
    }

    [GeneratedRegex(@"^\| `((?:bleepay)\.[a-z_.]+)`", RegexOptions.Multiline)]
    private static partial Regex Instrument();

    [GeneratedRegex(@"^## (.+)\n([\s\S]*?)(?=^## |\z)", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"alert: (\w+)\n[\s\S]*?runbook_url: docs/runbooks\.md#(\S+)")]
    private static partial Regex Alert();

    [GeneratedRegex("[^a-z0-9 -]")]
    private static partial Regex NotOfAnchors();
}
