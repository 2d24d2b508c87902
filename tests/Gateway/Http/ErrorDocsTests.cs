using System.Text.Json.Nodes;
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
    public void Every_code_has_a_section_that_explains_what_to_do() => Assert.Equal(
        TableRow().Matches(Page).Select(row => row.Groups["code"].Value),
        Section().Matches(Page).Select(section => section.Groups["code"].Value));

    /// <summary>The detail is the text of a refusal, except for its parameters.</summary>
    [Fact]
    public void Every_section_ends_with_an_example_of_its_code()
    {
        var sources = string.Concat(Directory
            .EnumerateFiles(Path.Combine(SourceFolder.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText));
        var texts = Joint().Replace(sources, "");

        Assert.All(Example().Matches(Page), example =>
        {
            var problem = JsonNode.Parse(example.Groups["json"].Value)!;
            var kind = new ProblemKind(
                problem["status"]!.GetValue<int>(), problem["code"]!.GetValue<string>(),
                problem["title"]!.GetValue<string>());

            Assert.Equal(example.Groups["code"].Value, kind.Code);
            Assert.Contains(kind, Enum.GetValues<RefusalCode>().Select(ProblemKind.Of));
            var fixedPart = Varying().Split(problem["detail"]!.GetValue<string>())[^1];
            Assert.Contains(fixedPart, texts, StringComparison.Ordinal);
        });
        Assert.Equal(Section().Count(Page), Example().Count(Page));
    }

    [GeneratedRegex(
        @"^\| (?<status>\d+) \| \[`(?<code>\w+)`\]\(#\k<code>\) \| (?<title>.+) \|$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"^## (?<code>\w+)\n\n\S", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^## (?<code>\w+)\n(?:(?!## )[^\n]*\n)+?```json\n(?<json>[^`]+)\n```$", RegexOptions.Multiline)]
    private static partial Regex Example();

    /// <summary>Between the parts of a string over several lines.</summary>
    [GeneratedRegex(@"""\s*\+\s*\$?""")]
    private static partial Regex Joint();

    /// <summary>The first word is a count; the others are a resource, a method, and a size.</summary>
    [GeneratedRegex("^1 |session, |DELETE. |16384 ")]
    private static partial Regex Varying();
}
