using Bleepay.Grains.MetadataSchemas.Patterns;

namespace Bleepay.Tests.Grains.MetadataSchemas.Patterns;

public sealed class EcmaPatternTests
{
    private static PatternBudget Budget => new(int.MaxValue);

    [Theory]
    [InlineData("b", "abc", true)]
    [InlineData("^b", "abc", false)]
    [InlineData("^a$", "a\n", false)]
    [InlineData("^a$", "b\na\nb", false)]
    [InlineData("(?:ab|c){2}?d", "abcd", true)]
    [InlineData("^(?<year>[0-9]{4})$", "2026", true)]
    [InlineData("^a{2,3}$", "aaaa", false)]
    [InlineData("^a{2,}$", "aaaa", true)]
    [InlineData("", "", true)]
    [InlineData("[]", "a", false)]
    [InlineData("^[^]$", "\n", true)]
    [InlineData("^[a\\-z]$", "m", false)]
    [InlineData("^[\\d-]$", "-", true)]
    [InlineData("^[\\b]$", "\b", true)]
    [InlineData("^\\x41\\u0042\\u{43}\\cJ\\0\\/\\$$", "ABC\n\0/$", true)]
    [InlineData("^i$", "I", false)]
    public void The_grammar_has_the_meaning_of_ECMA_262(string pattern, string text, bool isMatch) =>
        Assert.Equal(isMatch, Compile(pattern).Matches(text, Budget));

    [Theory]
    [InlineData("\\d", "7", true)]
    [InlineData("\\d", "\u0663", false)]
    [InlineData("\\D", "\u0663", true)]
    [InlineData("\\w", "_", true)]
    [InlineData("\\w", "\u00e9", false)]
    [InlineData("\\s", "\uFEFF", true)]
    [InlineData("\\s", "\u3000", true)]
    [InlineData("\\s", "\u0085", false)]
    [InlineData("\\S", "\u0085", true)]
    [InlineData(".", "\u0085", true)]
    [InlineData(".", "\n", false)]
    [InlineData(".", "\r", false)]
    [InlineData(".", "\u2028", false)]
    [InlineData(".", "\u2029", false)]
    public void A_class_escape_has_the_characters_of_ECMA_262(string escape, string character, bool isMatch) =>
        Assert.Equal(isMatch, Compile($"^{escape}$").Matches(character, Budget));

    [Theory]
    [InlineData(".", true)]
    [InlineData("[^a]", true)]
    [InlineData("\\D", true)]
    [InlineData("\U0001F600", true)]
    [InlineData("\\u{1F600}", true)]
    [InlineData("\\uD83D\\uDE00", true)]
    [InlineData("[\U0001F600-\U0001F602]", true)]
    [InlineData("[^\U0001F600]", false)]
    [InlineData("..", false)]
    [InlineData("\\uD83D.", false)]
    [InlineData("\\p{So}", true)]
    [InlineData("\\P{So}", false)]
    public void A_character_outside_the_basic_plane_is_one_character(string pattern, bool isMatch) =>
        Assert.Equal(isMatch, Compile($"^{pattern}$").Matches("\U0001F600", Budget));

    [Theory]
    [InlineData("\\p{L}", "\u00e9", true)]
    [InlineData("\\p{Letter}", "\U00020000", true)]
    [InlineData("\\p{gc=Lu}", "a", false)]
    [InlineData("\\p{General_Category=Uppercase_Letter}", "A", true)]
    [InlineData("\\p{LC}", "a", true)]
    [InlineData("\\P{L}", "1", true)]
    [InlineData("[\\p{L}\\p{Nd}]", "\u0663", true)]
    [InlineData("\\p{ASCII}", "\u00e9", false)]
    [InlineData("\\p{Any}", "\n", true)]
    [InlineData("\\p{Assigned}", "\u0378", false)]
    public void A_general_category_has_a_short_and_a_long_name(string pattern, string text, bool isMatch) =>
        Assert.Equal(isMatch, Compile($"^{pattern}$").Matches(text, Budget));

    [Theory]
    [InlineData("(?=a)", "looks ahead")]
    [InlineData("(?!a)", "looks ahead")]
    [InlineData("(?<=a)", "looks ahead or behind")]
    [InlineData("(?<!a)", "looks ahead or behind")]
    [InlineData("(?i:a)", "begins with '?'")]
    [InlineData("(?>a)", "begins with '?'")]
    [InlineData("(a)\\1", "refers back")]
    [InlineData("(?<n>a)\\k<n>", "refers back")]
    [InlineData("\\bword\\b", "word boundary")]
    [InlineData("\\p{Script=Greek}", "\\p{Script=Greek}")]
    [InlineData("\\p{Alphabetic}", "only general categories")]
    [InlineData("\\p", "only general categories")]
    [InlineData("\\A", "escape")]
    [InlineData("\\_", "escape")]
    [InlineData("\\x4", "escape")]
    [InlineData("\\u{110000}", "escape")]
    [InlineData("\\01", "escape")]
    [InlineData("a\\", "escape")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "not opened")]
    [InlineData("[a", "not closed")]
    [InlineData("a]", "without a partner")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("a**", "nothing to repeat")]
    [InlineData("a{,2}", "repetition")]
    [InlineData("a{2,1}", "repetition")]
    [InlineData("[b-a]", "range")]
    [InlineData("[a-\\d]", "range")]
    [InlineData("(?<1>a)", "names a group")]
    [InlineData("(?<a>a)(?<a>b)", "two groups")]
    public void What_cannot_be_translated_faithfully_is_refused(string pattern, string reason)
    {
        Assert.False(EcmaPattern.TryCreate(pattern, out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_may_be_as_long_as_the_limit_and_no_longer()
    {
        var longest = "[" + new string('a', EcmaPattern.LengthMax - 2) + "]";

        Assert.True(EcmaPattern.TryCreate(longest, out _, out _));
        Assert.False(EcmaPattern.TryCreate(longest + "a", out _, out var problem));
        Assert.Contains("longer than", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("^a{128}$", "^a{129}$")]
    [InlineData("(?:a{32}){4}", "(?:a{33}){4}")]
    [InlineData("a{127}b", "a{127}bc")]
    [InlineData("a{64,}|b{64}", "a{100000}")]
    [InlineData("(?:){128}", "(?:(?:(?:){99999}){99999}){99999999999999999999}")]
    public void A_pattern_may_be_as_large_as_the_limit_and_no_larger(string largest, string larger)
    {
        Assert.True(EcmaPattern.TryCreate(largest, out _, out _));
        Assert.False(EcmaPattern.TryCreate(larger, out _, out var problem));
        Assert.Contains("repeat less", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deeply_nested_groups_are_matched()
    {
        const int Depth = EcmaPattern.LengthMax / 2 - 1;
        var pattern = Compile($"{new string('(', Depth)}a{new string(')', Depth)}");

        Assert.True(pattern.Matches("a", Budget));
    }

    private static EcmaPattern Compile(string source)
    {
        Assert.True(EcmaPattern.TryCreate(source, out var pattern, out var problem), problem);
        return pattern;
    }
}
