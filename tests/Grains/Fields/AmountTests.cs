using System.Globalization;
using System.Numerics;
using Bleepay.Grains.Fields;

namespace Bleepay.Tests.Grains.Fields;

public sealed class AmountTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData("1")]
    [InlineData("10.50")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("0.0000000000000000000000000000001")]
    public void Digits_with_at_most_one_point_between_them_are_an_amount(string text)
    {
        Assert.True(Amount.TryParse(text, out var amount));
        Assert.Equal(text, amount.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("01")]
    [InlineData("00")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1e3")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData(" 1")]
    [InlineData("1\n")]
    [InlineData("٣")]
    [InlineData("0x1")]
    public void Anything_else_is_not_an_amount(string? text) => Assert.False(Amount.TryParse(text, out _));

    [Theory]
    [InlineData("1", "1.000")]
    [InlineData("0", "0.0")]
    [InlineData("12.5", "12.50")]
    public void Trailing_zeros_carry_no_value(string left, string right)
    {
        var (one, other) = (Parse(left), Parse(right));

        Assert.True(one == other && one <= other && one >= other && one.Equals((object)other));
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
    }

    [Theory]
    [InlineData("0.99999999999999999999999999999", "1")]
    [InlineData("9", "10")]
    [InlineData("1.09", "1.1")]
    [InlineData("1.1", "1.11")]
    [InlineData("99999999999999999999999999999998", "99999999999999999999999999999999")]
    [InlineData("1.0000000000000000000000000000001", "1.0000000000000000000000000000002")]
    public void Order_is_exact_to_the_last_of_32_digits(string less, string more)
    {
        Assert.True(Parse(less) < Parse(more));
        Assert.True(Parse(more) > Parse(less));
        Assert.True(Parse(less) != Parse(more));
    }

    [Fact]
    public void Order_agrees_with_whole_number_arithmetic()
    {
        const int seed = 20_260;
        const int scale = 12;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var (left, leftUnits) = RandomAmount(random, scale);
            var (right, rightUnits) = RandomAmount(random, scale);

            var expected = leftUnits.CompareTo(rightUnits);
            var actual = Math.Sign(Parse(left).CompareTo(Parse(right)));
            Assert.True(expected == actual, $"{left} against {right} (seed {seed}): {actual}, not {expected}");
        }
    }

    [Theory]
    [InlineData("1.50", "0.5", "2")]
    [InlineData("0", "0.0", "0")]
    [InlineData("0.05", "0.05", "0.1")]
    [InlineData("99.99", "0.01", "100")]
    [InlineData(
        "99999999999999999999999999999999", "0.000000000000000000000000000001",
        "99999999999999999999999999999999.000000000000000000000000000001")]
    [InlineData("99999999999999999999999999999999", "1", "100000000000000000000000000000000")]
    public void A_sum_is_exact_however_long_and_has_no_trailing_zeros(string left, string right, string sum)
    {
        Assert.Equal(sum, (Parse(left) + Parse(right)).ToString());
        Assert.Equal(sum, (Parse(right) + Parse(left)).ToString());
    }

    [Theory]
    [InlineData("12.50", "0.8", "10")]
    [InlineData("0.1", "0.1", "0.01")]
    [InlineData("0", "12.5", "0")]
    [InlineData("0.000000000000000000000000000001", "100", "0.0000000000000000000000000001")]
    [InlineData(
        "99999999999999999999999999999999", "99999999999999999999999999999999",
        "9999999999999999999999999999999800000000000000000000000000000001")]
    public void A_product_is_exact_however_long(string left, string right, string product) =>
        Assert.Equal(product, (Parse(left) * Parse(right)).ToString());

    /// <summary>An amount of few different digits, so that close and equal ones are met often.</summary>
    private static (string Text, BigInteger Units) RandomAmount(Random random, int scale)
    {
        var whole = random.Next(0, 12).ToString(CultureInfo.InvariantCulture);
        var fraction = string.Concat(Enumerable.Range(0, random.Next(0, scale)).Select(_ => random.Next(0, 2) * 9));
        var units = BigInteger.Parse(whole + fraction.PadRight(scale, '0'), CultureInfo.InvariantCulture);
        return (fraction.Length == 0 ? whole : $"{whole}.{fraction}", units);
    }

    private static Amount Parse(string text) =>
        Amount.TryParse(text, out var amount) ? amount : throw new FormatException(text);
}
