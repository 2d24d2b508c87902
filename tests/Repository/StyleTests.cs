using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Repository;

/// <summary>The rules of the house that no analyser checks.</summary>
public sealed partial class StyleTests
{
    private const int ColumnsMax = 120;
    private const int LinesMax = 400;

    private static readonly string[] Folders = ["src", "tests", "bench"];

    public static TheoryData<string> Sources => [.. Folders
        .SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(SourceFolder.Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(SourceFolder.Root, path))
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "node_modules"))];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_file_is_narrow_short_and_without_stray_characters(string path)
    {
        var lines = File.ReadAllText(Path.Combine(SourceFolder.Root, path)).Split('\n');

        Assert.True(lines.Length <= LinesMax + 1, $"{lines.Length} lines; a split that has a name is due");
        for (var number = 1; number <= lines.Length; number++)
        {
            var line = lines[number - 1];
            Assert.True(line.Length <= ColumnsMax, $"line {number} has {line.Length} columns");
            Assert.True(line.TrimEnd() == line, $"line {number} ends in white space");
            Assert.False(line.Any(char.IsControl), $"line {number} holds a control character");
        }
    }

    /// <summary>Such a test passes where a tool is missing; <see cref="FactThatNeedsAttribute"/> skips it.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void No_test_returns_before_it_has_begun(string path) =>
        Assert.DoesNotMatch(EarlyReturn, File.ReadAllText(Path.Combine(SourceFolder.Root, path)));

    /// <summary>A test whose first statement is a return on a condition.</summary>
    [GeneratedRegex(
        @"\[(Fact|Theory)\w*(\([^]]*\))?\]\s+(\[[^]]*\]\s+)*public [\w ]+\([^)]*\)\s*" +
        @"\{\s*if \([^;{]*\)\s*\{?\s*return\b")]
    private static partial Regex EarlyReturn { get; }
}
