using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Bleepay.Grains.Fields;

/// <summary>
/// An exact, non-negative decimal of any length, in the grammar of the API:
/// <c>(0|[1-9][0-9]*)(\.[0-9]+)?</c>. Compared digit by digit and added up in whole numbers, so that no amount is
/// ever rounded.
/// </summary>
public readonly struct Amount : IComparable<Amount>, IEquatable<Amount>
{
    private readonly string text;
    private readonly int wholeLength;

    private Amount(string text, int wholeLength)
    {
        this.text = text;
        this.wholeLength = wholeLength;
    }

    public static Amount Zero { get; } = new("0", 1);

    /// <summary>True for every spelling of zero, such as <c>0.000</c>.</summary>
    public bool IsZero => Whole is "0" && Fraction.IsEmpty;

    /// <summary>The number of digits behind the point as written, trailing zeros included.</summary>
    public int FractionLength => wholeLength == text.Length ? 0 : text.Length - wholeLength - 1;

    /// <summary>The number of digits behind the point, without trailing zeros.</summary>
    public int Scale => Fraction.Length;

    private ReadOnlySpan<char> Whole => text.AsSpan(0, wholeLength);

    /// <summary>The digits behind the point without trailing zeros, which carry no value.</summary>
    private ReadOnlySpan<char> Fraction =>
        wholeLength == text.Length ? [] : text.AsSpan(wholeLength + 1).TrimEnd('0');

    /// <summary>
    /// Reads an amount; false for anything outside the grammar, signs and exponents among it.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Amount amount)
    {
        amount = default;
        if (string.IsNullOrEmpty(text)) return false;

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var wholeLength = point < 0 ? text.Length : point;
        var whole = text.AsSpan(0, wholeLength);
        if (!IsDigits(whole) || (whole.Length > 1 && whole[0] == '0')) return false;
        if (point >= 0 && !IsDigits(text.AsSpan(point + 1))) return false;

        amount = new Amount(text, wholeLength);
        return true;
    }

    /// <summary>Reads an amount that was checked before.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Amount Parse(string text) =>
        TryParse(text, out var amount) ? amount : throw new FormatException($"'{text}' is no amount.");

    /// <summary>Exact order: without leading zeros, the longer whole part is the greater.</summary>
    public int CompareTo(Amount other)
    {
        if (wholeLength != other.wholeLength) return wholeLength.CompareTo(other.wholeLength);
        var byWhole = Whole.SequenceCompareTo(other.Whole);
        return byWhole != 0 ? byWhole : Fraction.SequenceCompareTo(other.Fraction);
    }

    /// <summary>Equal in value, however many trailing zeros either is written with.</summary>
    public bool Equals(Amount other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is Amount other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(string.GetHashCode(Whole), string.GetHashCode(Fraction));

    public override string ToString() => text;

    public static bool operator ==(Amount left, Amount right) => left.Equals(right);

    public static bool operator !=(Amount left, Amount right) => !left.Equals(right);

    public static bool operator <(Amount left, Amount right) => left.CompareTo(right) < 0;

    public static bool operator >(Amount left, Amount right) => left.CompareTo(right) > 0;

    public static bool operator <=(Amount left, Amount right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Amount left, Amount right) => left.CompareTo(right) >= 0;

    /// <summary>The exact sum, however long, without trailing zeros.</summary>
    public static Amount operator +(Amount left, Amount right)
    {
        var scale = Math.Max(left.Fraction.Length, right.Fraction.Length);
        return Of(left.Units(scale) + right.Units(scale), scale);
    }

    /// <summary>The exact sum of any number of amounts, without trailing zeros; zero of none.</summary>
    public static Amount Sum(IEnumerable<Amount> amounts)
    {
        var (units, scale) = (BigInteger.Zero, 0);
        foreach (var amount in amounts)
        {
            if (amount.Fraction.Length > scale)
            {
                units *= BigInteger.Pow(10, amount.Fraction.Length - scale);
                scale = amount.Fraction.Length;
            }

            units += amount.Units(scale);
        }

        return Of(units, scale);
    }

    /// <summary>The exact product, however long, without trailing zeros.</summary>
    public static Amount operator *(Amount left, Amount right)
    {
        var (leftScale, rightScale) = (left.Fraction.Length, right.Fraction.Length);
        return Of(left.Units(leftScale) * right.Units(rightScale), leftScale + rightScale);
    }

    /// <summary>The value counted in units of 10⁻ˢᶜᵃˡᵉ.</summary>
    /// <param name="scale">At least <see cref="Scale"/>.</param>
    public BigInteger Units(int scale) =>
        BigInteger.Parse(string.Concat(Whole, Fraction), CultureInfo.InvariantCulture)
        * BigInteger.Pow(10, scale - Fraction.Length);

    /// <summary>The amount of this many units of 10⁻ˢᶜᵃˡᵉ, without trailing zeros.</summary>
    /// <param name="units">0 or more.</param>
    /// <param name="scale">0 or more.</param>
    public static Amount Of(BigInteger units, int scale)
    {
        var digits = units.ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var fraction = digits.AsSpan(digits.Length - scale).TrimEnd('0');
        var whole = digits[..^scale];
        return new(fraction.IsEmpty ? whole : $"{whole}.{fraction}", whole.Length);
    }

    private static bool IsDigits(ReadOnlySpan<char> span) =>
        !span.IsEmpty && span.IndexOfAnyExceptInRange('0', '9') < 0;
}
