using System.Text.RegularExpressions;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The blocks of code in a document. A block of shell commands is run by a test, or a comment directly above it gives
/// the reason why not: <c>&lt;!-- not run in CI: it needs Docker --&gt;</c>. On the first line of a page,
/// <c>&lt;!-- no block of this page runs in CI: … --&gt;</c> gives it for all of them.
/// </summary>
internal static partial class ShellBlocks
{
    public static IReadOnlyList<DocumentBlock> In(string document)
    {
        var text = File.ReadAllText(Path.Combine(SourceFolder.Root, document));
        return [.. Block().Matches(text).Select(block => new DocumentBlock(
            text.AsSpan(0, block.Groups["fence"].Index).Count('\n') + 1,
            block.Groups["language"].Value,
            block.Groups["text"].Value,
            block.Groups["reason"].Success,
            Page().IsMatch(text)))];
    }

    /// <summary>How many comments give a reason, each of which must be directly above a block.</summary>
    public static int Reasons(string document) =>
        Reason().Count(File.ReadAllText(Path.Combine(SourceFolder.Root, document)));

    [GeneratedRegex(
        @"(?<reason>^<!-- not run in CI: [^\n]+ -->\n)?^(?<fence> *```)(?<language>\S*)\n(?<text>.*?)^ *```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\A<!-- no block of this page runs in CI: [^\n]+ -->\n")]
    private static partial Regex Page();

    [GeneratedRegex("^<!-- not run in CI:", RegexOptions.Multiline)]
    private static partial Regex Reason();
}

/// <summary>One block of code.</summary>
/// <param name="IsExcluded">True if a comment above it gives the reason why no test runs it.</param>
/// <param name="IsOnExcludedPage">The same for the whole page.</param>
internal sealed record DocumentBlock(
    int Line, string Language, string Text, bool IsExcluded, bool IsOnExcludedPage)
{
    public bool IsShell => Language is "sh" or "bash" or "shell" or "console";

    public bool MustRun => IsShell && !IsExcluded && !IsOnExcludedPage;
}
