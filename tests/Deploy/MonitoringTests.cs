using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

/// <summary>The deployed rules and the dashboard with a real Prometheus that scrapes the real service.</summary>
public sealed partial class MonitoringTests(MonitoredService service) : IClassFixture<MonitoredService>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [FactThatNeeds(Tool.PostgreSql, Tool.Prometheus, Tool.Alertmanager)]
    public async Task An_outage_of_the_database_pages_and_the_page_ends_with_it()
    {
        var outage = await service.Outage;

        Assert.Null(outage.Before);
        Assert.Equal("page", outage.Page["labels"]!["severity"]!.GetValue<string>());
        Assert.Equal(
            "docs/runbooks.md#the-database-cannot-be-reached",
            outage.Page["annotations"]!["runbook_url"]!.GetValue<string>());
        Assert.Equal(outage.Page["fingerprint"]!.GetValue<string>(), outage.End["fingerprint"]!.GetValue<string>());
    }

    /// <summary>Failed requests and trips are measured from the first on, so that there has to have been one.</summary>
    [FactThatNeeds(Tool.PostgreSql, Tool.Prometheus, Tool.Alertmanager)]
    public async Task Every_expression_of_the_alerts_and_of_the_dashboard_is_answered_by_a_number()
    {
        await service.Outage;
        var left = AlertRules.Expressions
            .Select(alert => AsQuestion(MonitoringStack.Shortened(alert)))
            .Concat(DashboardFile.Expressions.Select(panel => panel
                .Replace("$__rate_interval", "5s", StringComparison.Ordinal)
                .Replace(" or vector(0)", "", StringComparison.Ordinal)))
            .ToList();
        Assert.True(left.Count > 70, $"{left.Count} expressions");

        await Eventually.Holds(() => $"answers to{string.Join("\n- ", left.Prepend(""))}", Patience, async () =>
        {
            foreach (var expression in left.ToList())
                if ((await service.Monitoring.Ask(expression)).Any(double.IsFinite)) left.Remove(expression);
            return left.Count == 0;
        });
    }

    /// <summary>
    /// An alert has no answer while it does not fire. This has one as soon as every part of the alert has: comparisons
    /// answer 0 or 1, each alternative is needed, and what the alert finds absent is there.
    /// </summary>
    private static string AsQuestion(string alert) => Comparison().Replace(alert, "$1 bool ")
        .Replace(" or ", " and ", StringComparison.Ordinal)
        .Replace("absent(", "(", StringComparison.Ordinal);

    /// <summary>Those of labels are followed by a quotation mark.</summary>
    [GeneratedRegex("([<>]=?|[=!]=) ")]
    private static partial Regex Comparison();
}
