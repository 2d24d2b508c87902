using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

public sealed partial class SettingNamesTests
{
    [Fact]
    public void Every_setting_that_is_named_to_an_operator_is_one_that_the_service_knows()
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(SourceFolder.Root, "deploy"), "*", SearchOption.AllDirectories)
            .Append(Path.Combine(SourceFolder.Root, "README.md"));

        var unknown = files.SelectMany(file => Setting().Matches(File.ReadAllText(file))
            .Select(found => found.Value)
            .Where(name => !KnownSettings.Contain(name))
            .Select(name => $"{Path.GetRelativePath(SourceFolder.Root, file)}: {name}"));

        Assert.Empty(unknown);
    }

    /// <summary>Two words or more; a name that ends in "__…" stands for a section.</summary>
    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(__\w*[A-Za-z0-9]\b)+(?!_)")]
    private static partial Regex Setting();
}
