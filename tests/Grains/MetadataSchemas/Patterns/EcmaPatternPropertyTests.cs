using Bleepay.Grains.MetadataSchemas.Patterns;
using Bleepay.Tests.Harness;
using CsCheck;

namespace Bleepay.Tests.Grains.MetadataSchemas.Patterns;

/// <summary>
/// Random patterns and texts get the answer of an independent implementation of ECMA-262. Texts are short,
/// because that one backtracks.
/// </summary>
public sealed class EcmaPatternPropertyTests
{
    private const int GroupDepthMax = 2;
    private const int TextLengthMax = 10;

    private static readonly int Cases =
        int.TryParse(Environment.GetEnvironmentVariable("PATTERN_CASES"), out var given) ? given : 4_000;

    private static readonly string[] Characters =
    [
        "a", "b", "\u00e9", "\U0001F600", ".", "[a-c]", "[^a]", "[^]", "[]", "[\\d-]", "[^\\w\u00e9]",
        "[\U0001F600-\U0001F602]",
        "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\n", "\\x61", "\\u0062", "\\u{1F600}", "\\uD83D\\uDE00",
        "\\p{L}", "\\P{Lu}", "\\p{So}", "\\p{gc=Nd}", "[\\p{Lu}\\p{Nd}]", "\\p{ASCII}",
    ];

    private static readonly string[] Quantifiers =
        ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{0}", "{0,2}", "{1,}", "{2,3}", "{2,}?"];

    /// <summary>What patterns are made of, and what makes them invalid in every way.</summary>
    private static readonly string[] Tokens =
    [
        .. Characters, "(", "(?:", "(?<n>", "(?<m>", "(?", "(?=", ")", ")", "[", "[^", "]", "-", "^", "$", "|",
        "*", "+", "?", "{", "}", "{1,2}", "{2,1}", ",", "0", "1", "\\", "\\b", "\\1", "\\k<n>", "\\u", "\\-", "\\/",
        "\\c", "\\cJ", "\\_",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
            "a", "a", "b", "c", "A", "1", "_", "-", " ", "\n", "\u2028", "\u0085", "\u00e9", "\u0663", "\U0001F600",
            "\U0001F603")
        .Array[0, TextLengthMax].Select(string.Concat);

    private static readonly string[] TooLarge = ["spells out more", "is longer than"];

    private static readonly string[] Unsupported =
        ["not supported", "only general categories", "names two groups", .. TooLarge];

    [FactThatNeeds(Tool.NodeTools)]
    public void A_random_pattern_matches_a_random_text_when_it_does_in_Node()
    {
        using var node = new NodeRegExp();
        Gen.Select(Disjunctions(GroupDepthMax), Texts).Sample(
            (pattern, text) =>
            {
                if (!EcmaPattern.TryCreate(pattern, out var compiled, out var problem))
                    Assert.Contains(TooLarge, reason => problem.Contains(reason, StringComparison.Ordinal));
                else
                    Assert.Equal(node.Matches(pattern, text), compiled.Matches(text, new(int.MaxValue)));
            },
            iter: Cases,
            threads: 1);
    }

    [FactThatNeeds(Tool.NodeTools)]
    public void A_random_row_of_tokens_is_refused_when_Node_does_or_with_what_is_not_supported()
    {
        using var node = new NodeRegExp();
        Gen.Select(Gen.OneOf(Tokens).Array[1, 8].Select(string.Concat), Texts).Sample(
            (pattern, text) =>
            {
                var expected = node.Matches(pattern, text);
                if (EcmaPattern.TryCreate(pattern, out var compiled, out var problem))
                    Assert.Equal(expected, compiled.Matches(text, new(int.MaxValue)));
                else if (expected is not null)
                    Assert.Contains(Unsupported, reason => problem.Contains(reason, StringComparison.Ordinal));
            },
            iter: Cases,
            threads: 1);
    }

    private static Gen<string> Disjunctions(int depth) =>
        Sequences(depth).Array[1, 2].Select(alternatives => string.Join('|', alternatives));

    private static Gen<string> Sequences(int depth)
    {
        var quantified = Gen.Select(Atoms(depth), Gen.OneOf(Quantifiers), string.Concat);
        var assertions = Gen.OneOf("^", "$");
        return Gen.Frequency((5, quantified), (1, assertions)).Array[0, 4].Select(string.Concat);
    }

    private static Gen<string> Atoms(int depth)
    {
        var characters = Gen.OneOf(Characters);
        if (depth == 0) return characters;

        var groups = Gen.Select(Gen.OneOf("(", "(?:"), Disjunctions(depth - 1), (open, inner) => $"{open}{inner})");
        return Gen.Frequency((2, characters), (1, groups));
    }
}
