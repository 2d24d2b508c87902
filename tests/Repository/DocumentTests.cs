using System.Text;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Repository;

/// <summary>The documents against the repository.</summary>
public sealed partial class DocumentTests
{
    private const int ReadmeLinesMax = 110;

    private static readonly string[] Folders = ["src", "docs", "deploy", "bench", "tests"];

    private static readonly string[] Skipped = ["obj", "bin", "node_modules"];

    /// <summary>A folder that an operator makes, and one of another repository.</summary>
    private static readonly string[] Elsewhere = ["deploy/secrets", "tests/draft2020-12"];

    private static readonly string Contributing = File.ReadAllText(At("CONTRIBUTING.md"));

    /// <summary>The files of src that a change is made in; what is built from them is not.</summary>
    private static readonly Lazy<IReadOnlyList<(string Path, string Text)>> Sources = new(() => [.. FilesIn("src")
        .Where(file => !file.Contains("/Assets/", StringComparison.Ordinal))
        .Select(file => (file, WithoutUnderscores(File.ReadAllText(At(file)))))]);

    public static TheoryData<string> Documents => [.. Folders
        .SelectMany(FilesIn)
        .Concat(Directory.EnumerateFiles(SourceFolder.Root, "*.md").Select(Relative))
        .Where(path => path.EndsWith(".md", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_leads_to_a_file_or_a_heading(string document)
    {
        var broken = Link().Matches(Prose(document))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Resolves(document, target));

        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_path_of_the_repository_that_it_names_exists(string document)
    {
        var missing = Paths(Prose(document)).Where(path =>
            !Exists(path) && !Elsewhere.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)));

        Assert.Empty(missing);
    }

    /// <summary>Otherwise a command that no longer works stays in the document.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Each_block_of_shell_commands_is_run_by_a_test_or_has_a_reason(string document)
    {
        var blocks = ShellBlocks.In(document);

        Assert.All(blocks, block => Assert.True(
            block.Language.Length > 0, $"line {block.Line}: a block has a language: sh, ini, http, text"));
        Assert.All(blocks.Where(block => block.MustRun), block => Assert.True(
            DocumentedCommandTests.Documents.Contains(document),
            $"line {block.Line}: run it in DocumentedCommandTests, or put a comment above it: " +
            "<!-- not run in CI: it needs Docker -->"));
        Assert.Equal(
            ShellBlocks.Reasons(document), blocks.Count(block => block is { IsShell: true, IsExcluded: true }));
    }

    /// <summary>Mermaid ends a statement at a semicolon, also within a label, and then draws nothing.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Its_pictures_have_no_semicolon(string document)
    {
        var lines = Picture().Matches(File.ReadAllText(At(document)))
            .SelectMany(picture => picture.Value.Split('\n'))
            .Where(line => line.Contains(';', StringComparison.Ordinal));

        Assert.Empty(lines);
    }

    [Fact]
    public void The_readme_is_short() =>
        Assert.InRange(File.ReadAllLines(At("README.md")).Length, 1, ReadmeLinesMax);

    /// <summary>The example of such a list stands in every file of the list, and in no other file of src.</summary>
    [Fact]
    public void Each_list_of_what_to_change_has_the_files_of_its_example()
    {
        var lists = Followed().Matches(Contributing);

        Assert.Equal(5, lists.Count);
        Assert.All(lists, list =>
        {
            var examples = Code().Matches(list.Groups["examples"].Value)
                .Select(code => code.Groups["text"].Value).ToList();
            var listed = Paths(list.Groups["list"].Value).ToHashSet(StringComparer.Ordinal);
            var found = Sources.Value.Where(file => examples.Any(one => Has(file.Text, one)))
                .Select(file => file.Path).ToHashSet(StringComparer.Ordinal);

            var stale = listed
                .Where(path => !path.EndsWith("OrleansContracts.txt", StringComparison.Ordinal))
                .Where(path => !examples.Any(one => Has(WithoutUnderscores(File.ReadAllText(At(path))), one)));

            Assert.Empty(found.Except(listed));
            Assert.Empty(stale);
        });
    }

    /// <summary>Each variable of a long form, in the table and in the pages of the tests.</summary>
    [Fact]
    public void The_table_of_long_forms_names_classes_and_variables_that_exist()
    {
        var tests = FilesIn("tests").Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).ToList();
        var text = string.Concat(tests.Select(file => File.ReadAllText(At(file))));
        var rows = LongForm().Matches(Contributing);
        var variables = rows.SelectMany(row => Variable().Matches(row.Groups["variables"].Value))
            .Select(variable => variable.Groups["name"].Value).ToList();

        var missing = rows.SelectMany(row => Code().Matches(row.Groups["classes"].Value))
            .Select(code => $"/{code.Groups["text"].Value}.cs")
            .Where(file => !tests.Exists(test => test.EndsWith(file, StringComparison.Ordinal)))
            .Concat(variables.Where(name => !text.Contains($"\"{name}\"", StringComparison.Ordinal)));
        var left = LongFormLine().Matches(File.ReadAllText(At("tests/README.md")))
            .SelectMany(line => Variable().Matches(line.Value))
            .Select(variable => variable.Groups["name"].Value)
            .Except(variables)
            .Except(["CHECKOUT_PICTURES", "CsCheck_Seed"]);

        Assert.NotEmpty(rows);
        Assert.Empty(missing);
        Assert.Empty(left);
    }

    private static bool Has(string text, string example) =>
        text.Contains(example, StringComparison.OrdinalIgnoreCase);

    /// <summary>A column's name is the field's with underscores.</summary>
    private static string WithoutUnderscores(string text) => text.Replace("_", "", StringComparison.Ordinal);

    private static string At(string path) => Path.Combine(SourceFolder.Root, path);

    private static string Relative(string path) =>
        Path.GetRelativePath(SourceFolder.Root, path).Replace(Path.DirectorySeparatorChar, '/');

    private static IEnumerable<string> FilesIn(string folder) => Directory
        .EnumerateFiles(At(folder), "*", SearchOption.AllDirectories)
        .Select(Relative)
        .Where(path => !path.Split('/').Intersect(Skipped, StringComparer.Ordinal).Any());

    /// <summary>The document without its blocks of code.</summary>
    private static string Prose(string document) => Block().Replace(File.ReadAllText(At(document)), "");

    private static IEnumerable<string> Paths(string text) => Code().Matches(text)
        .Select(code => code.Groups["text"].Value)
        .Where(code => Folders.Any(folder => code.StartsWith(folder + "/", StringComparison.Ordinal))
            && code.All(c => c is not (' ' or '<' or '*' or '…' or '{')));

    private static bool Exists(string path) => File.Exists(At(path)) || Directory.Exists(At(path));

    private static bool Resolves(string document, string target)
    {
        var parts = target.Split('#');
        var file = parts[0].Length == 0
            ? document
            : Relative(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(At(document))!, parts[0])));
        return Exists(file) && (parts.Length == 1 || Anchors(file).Contains(parts[1]));
    }

    /// <summary>The anchors of a document's headings, as GitHub makes them.</summary>
    private static HashSet<string> Anchors(string document) => Heading().Matches(Prose(document))
        .Select(heading => Anchor(heading.Groups["text"].Value))
        .ToHashSet(StringComparer.Ordinal);

    private static string Anchor(string heading)
    {
        var anchor = new StringBuilder();
        foreach (var letter in heading.Trim())
            if (letter is ' ') anchor.Append('-');
            else if (char.IsLetterOrDigit(letter) || letter is '-' or '_') anchor.Append(char.ToLowerInvariant(letter));
        return anchor.ToString();
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|\bsrc=""(?<target>[^""]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("`(?<text>[^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^```mermaid.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Picture();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^Follow (?<examples>[^.]+)\..*?\n\n(?<list>.+?)(?=^#)",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Followed();

    [GeneratedRegex(@"^\| (?<classes>`\w+Tests`(, `\w+Tests`)*) \| `(?<variables>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex LongForm();

    [GeneratedRegex(@"^([A-Z]\w+=\S+ )+(?=\\$|dotnet test)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex LongFormLine();

    [GeneratedRegex(@"(?<name>[A-Za-z_]+)=\S+")]
    private static partial Regex Variable();
}
