using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Bleepay.Grains.Fields;

/// <summary>
/// The rules that a field obeys whatever the widget allows. Each check answers null, or what the field must
/// be in words that follow its name. The bounds are public because the API description states them.
/// </summary>
public static partial class FieldRules
{
    public const int AmountLengthMax = 32;
    public const int CurrencyLengthMin = 2;
    public const int CurrencyLengthMax = 8;
    public const int NetworkLengthMin = 4;
    public const int NetworkLengthMax = 66;
    public const int CurrencyAddressLengthMax = 66;
    public const int DepositAddressLengthMax = 128;
    public const int CustomerEmailLengthMax = 128;
    public const int CustomerReferenceLengthMax = 128;
    public const int MetadataBytesMax = 2048;
    public const int MetadataDepthMax = 16;
    public const int IdempotencyKeyLengthMax = 255;
    public const int TransactionIdLengthMax = 128;

    public const string AmountPattern = @"^(0|[1-9][0-9]*)(\.[0-9]+)?$";
    public const string CurrencyPattern = "^[A-Z0-9]+$";
    public const string AddressPattern = "^[!-~]*$";
    public const string TransactionIdPattern = "^[ -~]+$";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// The HTML standard's valid e-mail address (html.spec.whatwg.org, "Email state"). It ends in <c>\z</c>
    /// because .NET's <c>$</c> also matches before a final line feed.
    /// </summary>
    private const string EmailPattern =
        @"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?" +
        @"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\z";

    /// <summary>Decimal string, above zero.</summary>
    public static string? Amount(string value, out Amount amount)
    {
        var problem = AmountOrZero(value, out amount);
        return problem ?? (amount.IsZero ? "must be above zero" : null);
    }

    /// <summary>Decimal string, zero allowed: the bounds of a widget.</summary>
    public static string? AmountOrZero(string value, out Amount amount)
    {
        amount = default;
        if (value.Length is 0 or > AmountLengthMax) return $"must be 1–{AmountLengthMax} characters long";
        return Fields.Amount.TryParse(value, out amount)
            ? null
            : "must be a decimal number in digits, such as \"12.50\", without sign, exponent or leading zeros";
    }

    public static string? Currency(string value) =>
        value.Length is < CurrencyLengthMin or > CurrencyLengthMax || !value.All(IsUpperOrDigit)
            ? $"must be {CurrencyLengthMin}–{CurrencyLengthMax} of the characters A–Z and 0–9"
            : null;

    public static string? Network(string value) => Visible(value, NetworkLengthMin, NetworkLengthMax);

    /// <summary>Empty stands for the network's own coin.</summary>
    public static string? CurrencyAddress(string value) => Visible(value, 0, CurrencyAddressLengthMax);

    public static string? DepositAddress(string value) => Visible(value, 1, DepositAddressLengthMax);

    public static string? CustomerEmail(string value) =>
        value.Length is 0 or > CustomerEmailLengthMax || !Email().IsMatch(value)
            ? $"must be one e-mail address of at most {CustomerEmailLengthMax} characters"
            : null;

    public static string? CustomerReference(string value) => Characters(value, 1, CustomerReferenceLengthMax);

    /// <summary>The retry key of a request header.</summary>
    public static string? IdempotencyKey(string value) => Printable(value, IdempotencyKeyLengthMax);

    public static string? TransactionId(string value) => Printable(value, TransactionIdLengthMax);

    /// <summary>A text whose length is bounded in Unicode code points.</summary>
    public static string? Characters(string value, int min, int max)
    {
        var count = 0;
        foreach (var _ in value.EnumerateRunes()) count++;
        return count < min || count > max ? $"must be {min}–{max} characters long" : null;
    }

    /// <summary>
    /// The spelling under which two addresses are the same: <c>0x…</c> hexadecimal addresses without case,
    /// all others exactly.
    /// </summary>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase",
        Justification = "Hexadecimal addresses are written in lower case; nothing else reaches this line.")]
    public static string NormalAddress(string address) =>
        IsHexadecimal(address) ? address.ToLowerInvariant() : address;

    /// <summary>True for <c>0x…</c> addresses, which compare without case.</summary>
    public static bool IsHexadecimal(string address) =>
        address.StartsWith("0x", StringComparison.Ordinal) && address.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0;

    private static string? Visible(string value, int min, int max) =>
        value.Length < min || value.Length > max || value.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? $"must be {min}–{max} printable ASCII characters without spaces"
            : null;

    private static string? Printable(string value, int max) =>
        value.Length == 0 || value.Length > max || value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? $"must be 1–{max} printable ASCII characters"
            : null;

    private static bool IsUpperOrDigit(char character) =>
        char.IsAsciiLetterUpper(character) || char.IsAsciiDigit(character);

    [GeneratedRegex(EmailPattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Email();
}
