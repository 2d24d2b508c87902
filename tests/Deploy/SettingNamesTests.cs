using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

public sealed partial class SettingNamesTests
{
    [Fact]
    public void Every_setting_that_the_documents_name_is_a_setting_of_the_service()
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(SourceFolder.Root, "deploy"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(SourceFolder.Root, "docs"), "*.md"))
            .Append(Path.Combine(SourceFolder.Root, "README.md"));

        var unknown = files.SelectMany(file => Setting().Matches(File.ReadAllText(file))
            .Select(found => found.Value)
            .Where(name => !KnownSettings.Contain(name) && !KnownSettings.Contain($"Chains__Default__{name}"))
            .Select(name => $"{Path.GetRelativePath(SourceFolder.Root, file)}: {name}"));

        Assert.Empty(unknown);
    }

    /// <summary>
    /// The settings of a chain are in docs/chains.md, all others in the table of docs/operations.md.
    /// </summary>
    [Fact]
    public void Every_setting_of_the_service_is_in_the_documents()
    {
        var operations = File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "operations.md"));
        var chains = File.ReadAllText(Path.Combine(SourceFolder.Root, "docs", "chains.md"));

        var missing = KnownSettings.All.Where(
            name => !operations.Contains(name, StringComparison.Ordinal)
                && !chains.Contains(name, StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    /// <summary>Two words or more; a name that ends in "__…" is a section.</summary>
    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(__\w*[A-Za-z0-9]\b)+(?!_)")]
    private static partial Regex Setting();
}
