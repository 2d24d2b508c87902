using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Repository;

/// <summary>The rules of the house that no analyser knows.</summary>
public sealed class StyleTests
{
    private const int ColumnsMax = 120;
    private const int LinesMax = 400;

    private static readonly string[] Folders = ["src", "tests", "bench"];

    public static TheoryData<string> Sources => [.. Folders
        .SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(Checkout.Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Checkout.Root, path))
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "node_modules"))];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_file_is_narrow_short_and_without_stray_characters(string path)
    {
        var lines = File.ReadAllText(Path.Combine(Checkout.Root, path)).Split('\n');

        Assert.True(lines.Length <= LinesMax + 1, $"{lines.Length} lines; a split that has a name is due");
        for (var number = 1; number <= lines.Length; number++)
        {
            var line = lines[number - 1];
            Assert.True(line.Length <= ColumnsMax, $"line {number} has {line.Length} columns");
            Assert.True(line.TrimEnd() == line, $"line {number} ends in white space");
            Assert.False(line.Any(char.IsControl), $"line {number} holds a control character");
        }
    }
}
