using System.Text.RegularExpressions;
using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>The page of errors against the code.</summary>
public sealed partial class ErrorDocsTests
{
    private static readonly string Page = File.ReadAllText(
        Path.Combine(SourceFolder.Root, "docs", "errors.md"));

    [Fact]
    public void Every_code_is_in_the_table_with_its_status_and_title()
    {
        var documented = TableRow().Matches(Page).Select(row => new ProblemKind(
            int.Parse(row.Groups["status"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture),
            row.Groups["code"].Value, row.Groups["title"].Value));

        Assert.Equal(
            Enum.GetValues<RefusalCode>().Select(ProblemKind.Of).OrderBy(kind => kind.Code, StringComparer.Ordinal),
            documented.OrderBy(kind => kind.Code, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_has_a_section_that_says_what_to_do() => Assert.Equal(
        TableRow().Matches(Page).Select(row => row.Groups["code"].Value),
        Section().Matches(Page).Select(section => section.Groups["code"].Value));

    [GeneratedRegex(
        @"^\| (?<status>\d+) \| \[`(?<code>\w+)`\]\(#\k<code>\) \| (?<title>.+) \|$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"^## (?<code>\w+)\n\n\S", RegexOptions.Multiline)]
    private static partial Regex Section();
}
