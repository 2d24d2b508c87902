using System.Text.Json;
using System.Text.RegularExpressions;
using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>The built files of the checkout, which the assembly holds.</summary>
public sealed partial class CheckoutAssetTests
{
    private const int PageBytesMax = 16 * 1024;

    private static readonly string Folder = Path.Combine(SourceFolder.Root, "src", "Gateway", "Checkout");

    [FactThatNeeds(Tool.NodeTools)]
    public async Task They_are_what_their_sources_build()
    {
        using var built = new TemporaryFolder();
        var web = Path.Combine(Folder, "Web");
        var compiler = Path.Combine(web, "node_modules", "typescript", "bin", "tsc");
        var types = await NodeTools.RunToEnd("node", [compiler, "--noEmit", "--project", web]);
        Assert.True(types.ExitCode == 0, types.Output);

        var build = await NodeTools.RunToEnd("node", [Path.Combine(web, "build.mjs"), built.Path]);

        Assert.True(build.ExitCode == 0, build.Output);
        var committed = FilesIn(Path.Combine(Folder, "Assets"));
        Assert.Equal(committed.Keys, FilesIn(built.Path).Keys);
        foreach (var (name, bytes) in FilesIn(built.Path))
            Assert.True(bytes.SequenceEqual(committed[name]), $"{name} is not what npm run build makes.");
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_pages_pure_functions_are_right()
    {
        var run = await NodeTools.RunScript("checkout.mjs", Path.Combine(Folder, "Web"));

        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Fact]
    public void Every_language_has_the_same_words_with_the_same_places()
    {
        var english = WordsOf(PageLanguage.Default);
        Assert.Equal(
            PageLanguage.All.Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(Folder, "Web", "text")).Select(Path.GetFileNameWithoutExtension)
                .Order(StringComparer.Ordinal));
        foreach (var language in PageLanguage.All)
        {
            var words = WordsOf(language);
            Assert.Equal(english.Keys, words.Keys);
            foreach (var (key, text) in words) Assert.True(
                PlacesOf(text).SetEquals(PlacesOf(english[key])), $"{language}, {key}: {text}");
        }
    }

    [Fact]
    public void The_page_stays_small()
    {
        var size = new CheckoutPage().In(PageLanguage.Default).CompressedSize;

        Assert.InRange(size, 1, PageBytesMax);
    }

    private static SortedDictionary<string, byte[]> FilesIn(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllBytes),
        StringComparer.Ordinal);

    private static Dictionary<string, string> WordsOf(string language) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(EmbeddedAsset.Read($"text/{language}.json"))!;

    private static HashSet<string> PlacesOf(string text) =>
        [.. Place().Matches(text).Select(place => place.Value)];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Place();
}
