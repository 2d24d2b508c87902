using System.Globalization;
using System.Numerics;

namespace Bleepay.Grains.MetadataSchemas.Values;

/// <summary>
/// A JSON number held exactly, whatever its size or spelling. Its value is <c>0.DIGITS × 10^magnitude</c>,
/// where the digits neither begin nor end with a zero, so that two numbers are equal when their parts are.
/// The exponent is never expanded into digits: <c>1e100000</c> costs as little as <c>1</c>.
/// </summary>
internal sealed class JsonNumber : IEquatable<JsonNumber>, IComparable<JsonNumber>
{
    private readonly string spelling;
    private readonly int sign;
    private readonly string digits;
    private readonly BigInteger magnitude;

    private JsonNumber(string spelling, int sign, string digits, BigInteger magnitude)
    {
        this.spelling = spelling;
        this.sign = sign;
        this.digits = digits;
        this.magnitude = magnitude;
    }

    /// <summary>JSON Schema 2020-12 Core §4.2.3: 1.0 is an integer, because its fractional part is zero.</summary>
    public bool IsInteger => magnitude >= digits.Length;

    public bool IsNegative => sign < 0;

    public bool IsZero => sign == 0;

    /// <summary>Reads text that already satisfies the grammar of RFC 8259 §6.</summary>
    public static JsonNumber Parse(string spelling)
    {
        var mantissaEnd = spelling.AsSpan().IndexOfAny('e', 'E');
        var mantissa = mantissaEnd < 0 ? spelling.AsSpan() : spelling.AsSpan(0, mantissaEnd);
        var exponent = mantissaEnd < 0 ? BigInteger.Zero : ParseInteger(spelling.AsSpan(mantissaEnd + 1));
        var isNegative = mantissa[0] == '-';
        if (isNegative)
            mantissa = mantissa[1..];

        var point = mantissa.IndexOf('.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = point < 0 ? [] : mantissa[(point + 1)..];
        var allDigits = string.Concat(whole, fraction);
        var significant = allDigits.TrimStart('0');
        if (significant.Length == 0)
            return new JsonNumber(spelling, 0, "", BigInteger.Zero);

        var leadingZeros = allDigits.Length - significant.Length;
        var magnitude = exponent + whole.Length - leadingZeros;
        return new JsonNumber(spelling, isNegative ? -1 : 1, significant.TrimEnd('0'), magnitude);
    }

    /// <summary>
    /// The value as a count; null when it is negative or no integer. A count that no JSON value can reach is
    /// <see cref="int.MaxValue"/>.
    /// </summary>
    public int? ToCount()
    {
        if (IsNegative || !IsInteger)
            return null;

        const int CountDigitsMax = 9;
        return magnitude <= CountDigitsMax
            ? int.Parse(IsZero ? "0" : digits.PadRight((int)magnitude, '0'), CultureInfo.InvariantCulture)
            : int.MaxValue;
    }

    /// <summary>Whether this number divided by a positive divisor is an integer: Validation §6.2.1.</summary>
    public bool IsMultipleOf(JsonNumber divisor)
    {
        if (IsZero)
            return true;

        // With both numbers written as an integer times a power of ten, the quotient is
        // numerator / denominator × 10^shift, and the numerator does not end with a zero.
        var shift = (magnitude - digits.Length) - (divisor.magnitude - divisor.digits.Length);
        if (shift.Sign < 0)
            return false;

        var numerator = ParseInteger(digits);
        var denominator = ParseInteger(divisor.digits);
        // The denominator holds fewer twos and fewer fives than it has bits: further tens divide nothing
        // more.
        var tens = BigInteger.Min(shift, denominator.GetBitLength());
        return (numerator * BigInteger.ModPow(10, tens, denominator) % denominator).IsZero;
    }

    public int CompareTo(JsonNumber? other)
    {
        if (other is null)
            return 1;
        if (sign != other.sign)
            return sign.CompareTo(other.sign);

        var byMagnitude = magnitude.CompareTo(other.magnitude);
        // Neither ends with a zero, so the ordinal order of the digits is the order of the fractions.
        return sign * (byMagnitude != 0 ? byMagnitude : string.CompareOrdinal(digits, other.digits));
    }

    public bool Equals(JsonNumber? other) =>
        other is not null && sign == other.sign && magnitude == other.magnitude && digits == other.digits;

    public override bool Equals(object? obj) => Equals(obj as JsonNumber);

    public override int GetHashCode() => HashCode.Combine(sign, digits, magnitude);

    /// <summary>The number as its author wrote it.</summary>
    public override string ToString() => spelling;

    private static BigInteger ParseInteger(ReadOnlySpan<char> text) =>
        BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
