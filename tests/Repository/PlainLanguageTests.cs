using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Repository;

/// <summary>
/// Phrases that a reader has to read twice, and what is written instead of them: in documents, comments, messages and
/// names, of the sources, the tests and the files of a deployment.
/// </summary>
[Collection(ServiceFixture.Name)]
public sealed partial class PlainLanguageTests(ServiceFixture service)
{
    private static readonly Phrase[] Banned =
    [
        new(@"\b(tell|tells|telling|told)\b", "send, notify, return, report or record", "A session tells its node."),
        new(@"\bso (many|few)\b(?! as\b)", "a number or a named constant", "A session keeps so many payments."),
        new(@"\bso (long|often|soon|late)\b(?! as\b)", "a time or a named constant", "Paused after so long."),
        new(@"\bas long a while\b", "a time", "All that came in as long a while."),
        new(@"\bof (its|their|our|your) own\b", "separate, dedicated, or its", "It has tables of its own."),
        new(@"\bwhoever\b", "the thing that acts, or any host", "Whoever reaches the port is a node."),
        new(@"(?:^|[.;:] |/// |// |\* |> )(?-i:Who) (?![^.\n]*\?)", "a client that", "Who asks again gets 204."),
        new(@"\b(anybody|nobody|somebody)\b", "the thing that acts, or no client", "Nobody gains by it."),
        new(@"\bput(s|ting)? away\b", "deactivate, collect or evict", "Idle grains are put away."),
        new(@"\bwhat (becomes?|became) of\b", "the outcome of", "What became of the write."),
        new(@"\bby what became\b", "by outcome", "Reads, by what became of them."),
        new(@"\bfor ever\b", "permanently, or without a limit", "The name is for ever."),
        new(@"\bfor good\b", "permanently", "It has failed for good."),
        new(@"\banew\b", "again", "The keys are fetched anew."),
        new(@"\bany more\b", "no longer", "It is not on the chain any more."),
        new(@"\b(is|are|was|called|read) no more\b", "no longer", "The block is no more."),
        new(@"\bno more on the\b", "no longer", "It is no more on the chain."),
        new(@"\bshuts? out\b", "block or reject", "A grace of 0 shuts out the old secret."),
        new(@"\bopens? nothing\b", "is rejected, or grants nothing", "A withdrawn key opens nothing."),
        new(@"\bdoors?\b", "access", "The key opens doors."),
        new(@"\b(owes|is owed|are owed)\b", "has to receive, or send", "The frames that a follower is owed."),
        new(@"\b(lies|lie) (in|on|there|beside|built)\b", "is in", "The key lies beside the database."),
        new(@"\bsees? to it\b", "checks", "A test sees to it."),
        new(@"\bask again\b", "retry", "Ask again in a second."),
        new(@"\bhas the say\b", "decides", "The session has the say."),
        new(@"\bgo(es)? on\b", "continue", "The others go on."),
        new(@"\bin the words of\b", "as X names it", "Statuses in the words of the API."),
        new(@"\b(brought|brings?) (it )?about\b", "cause", "The payment that brought it about."),
        new(@"\bhas heard\b", "has received", "A client that has heard nothing."),
        new(@"\bbelieved\b", "trusted", "The header is believed."),
        new(@"\bwants\b", "needs, or subscribes to", "Each endpoint that wants it."),
        new(@"\b(forgets|remembers|thinks|hopes|feels)\b", "caches, or keeps", "The widget remembers it."),
        new(@"\bsays so\b", "reports it", "Where Kestrel says so."),
        new(@"\bagain and again\b", "repeatedly", "It is read again and again."),
        new(@"\btaken for (true|a)\b", "passes as", "A part is taken for a whole."),
        new(@"\bone after the other\b", "in turn", "They end one after the other."),
        new(@"\bin peace\b", "without load", "As fast as in peace."),
        new(@"\b(says|said)\b", "reports, returns or has", "The service says its time."),
        new(@"\bknows\b", "has, or finds", "A provider knows the block."),
        new(@"\bby (itself|themselves)\b", "automatically, or alone", "The claim ends by itself."),
        new(@"\b(is|are|was|be) away\b", "can't be reached", "The store is away."),
        new(@"\b(of|are|is) ours\b", "this service's", "The statements are ours."),
        new(@"\bwhom\b", "which session, or the receiver", "Decides whom a transfer pays."),
    ];

    private static readonly string[] Folders = ["src", "docs", "deploy", "bench", "tests"];

    private static readonly string[] Skipped = ["obj", "bin", "node_modules", "Assets"];

    /// <summary>Those with sentences; a script or a Dockerfile has no ending.</summary>
    private static readonly string[] Kinds =
    [
        ".cs", ".ts", ".js", ".mjs", ".css", ".html", ".sql", ".lua", ".c", ".sh", ".md", ".yml", ".yaml", ".env",
        ".example", ".service", "",
    ];

    /// <summary>This list, and what others wrote or an earlier release sent.</summary>
    private static readonly string[] FilesSkipped =
    [
        "tests/Repository/PlainLanguageTests.cs", "src/Gateway/Checkout/Web/npm/LICENSE",
        "tests/Gateway/Checkout/Previous/pay.html", "tests/Gateway/Checkout/Previous/widget.js",
    ];

    /// <summary>
    /// Texts that have a phrase and stay, each with the file that it comes from: a test quotes what the checkout shows.
    /// Add one only if a file outside of the tests needs exactly these words.
    /// </summary>
    private static readonly Dictionary<string, string> Quoted = new()
    {
        ["Do not send any more to this address."] = "src/Gateway/Checkout/Web/text/en.json",
        [" and do not send any more."] = "src/Gateway/Checkout/Web/text/en.json",
        ["Wants=network-online.target"] = "deploy/bleepay-sessions.service",
    };

    [Fact]
    public void Sources_and_documents_have_none_of_them() => Assert.Empty(Texts().SelectMany(file =>
        Found(Prose(file)).Select(found => $"{Path.GetRelativePath(SourceFolder.Root, file)}:{found}")));

    [Fact]
    public async Task The_description_of_the_API_has_none_of_them()
    {
        var document = (await service.Api.Get("/openapi/v1.json")).MustBeOk().Body;

        Assert.Empty(Values(document).SelectMany(Found));
    }

    /// <summary>An expression that finds nothing would ban nothing.</summary>
    [Fact]
    public void Each_is_found_in_its_example() => Assert.All(
        Banned, phrase => Assert.NotEmpty(phrase.In(phrase.Example)));

    [Fact]
    public void Each_quoted_text_is_in_its_file() => Assert.All(Quoted, quoted => Assert.Contains(
        quoted.Key, File.ReadAllText(Path.Combine(SourceFolder.Root, quoted.Value)), StringComparison.Ordinal));

    /// <summary>A test's name is a sentence, with underscores for its spaces.</summary>
    [Fact]
    public void The_words_of_a_name_are_read() => Assert.Single(Found(Words("public void A_node_tells_another()")));

    private static IEnumerable<string> Texts() => Folders
        .SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(SourceFolder.Root, folder), "*", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles(SourceFolder.Root, "*.md"))
        .Where(file => IsRead(Path.GetRelativePath(SourceFolder.Root, file).Split(Path.DirectorySeparatorChar)));

    private static bool IsRead(string[] path) =>
        !path.Intersect(Skipped, StringComparer.Ordinal).Any()
        && !FilesSkipped.Contains(string.Join('/', path), StringComparer.Ordinal)
        && (path[^1] == "appsettings.json" || Kinds.Contains(Path.GetExtension(path[^1]), StringComparer.Ordinal));

    /// <summary>The file without quoted texts, each phrase on its line.</summary>
    private static string Prose(string file) => Quoted.Keys.Aggregate(
        Path.GetExtension(file) == ".cs" ? Words(File.ReadAllText(file)) : File.ReadAllText(file),
        (text, quoted) => text.Replace(quoted, "", StringComparison.Ordinal));

    private static string Words(string code) => Underscore().Replace(code, " ");

    private static IEnumerable<string> Found(string text) => Banned.SelectMany(phrase => phrase.In(text).Select(
        found => $"{text.AsSpan(0, found.Index).Count('\n') + 1}: '{found.Value.Trim()}': {phrase.Instead}"));

    private static IEnumerable<string> Values(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Values(member.Value)),
        JsonArray items => items.SelectMany(Values),
        JsonValue value when value.TryGetValue(out string? text) => [text],
        _ => [],
    };

    [GeneratedRegex(@"(?<=\w)_(?=\w)")]
    private static partial Regex Underscore();

    private sealed record Phrase(string Pattern, string Instead, string Example)
    {
        private readonly Regex expression = new(Pattern, RegexOptions.IgnoreCase | RegexOptions.Multiline);

        public MatchCollection In(string text) => expression.Matches(text);
    }
}
