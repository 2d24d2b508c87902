using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Addresses of EVM chains: <c>0x</c> and 40 hexadecimal digits. In mixed case the case is a checksum (EIP-55).
/// </summary>
public static class EvmAddress
{
    public const int Length = 42;

    private const string Zero = "0x0000000000000000000000000000000000000000";

    public static bool IsWellFormed(string address) =>
        address.Length == Length && FieldRules.IsHexadecimal(address);

    /// <summary>Null for an address that money can be sent to, else what it must be, after the field's name.</summary>
    public static string? Problem(string address)
    {
        if (!IsWellFormed(address)) return "must be 0x and 40 hexadecimal digits";
        if (address == Zero) return "must not be the zero address";
        return IsMixedCase(address) && Checksum(address) != address
            ? "has a wrong EIP-55 checksum: compare each character, or write the address in lower case"
            : null;
    }

    /// <summary>True for two spellings of one address.</summary>
    public static bool AreEqual(string address, string other) =>
        string.Equals(address, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>The spelling with the checksum.</summary>
    /// <param name="address">Well-formed, in any case.</param>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase",
        Justification = "EIP-55 hashes the address in lower case.")]
    public static string Checksum(string address)
    {
        var digits = address[2..].ToLowerInvariant();
        var hash = Keccak256.Hash(Encoding.ASCII.GetBytes(digits));
        return string.Create(Length, (digits, hash), static (text, given) =>
        {
            "0x".CopyTo(text);
            for (var index = 0; index < given.digits.Length; index++)
            {
                var half = index % 2 == 0 ? given.hash[index / 2] >> 4 : given.hash[index / 2] & 0xf;
                var digit = given.digits[index];
                text[index + 2] = half >= 8 ? char.ToUpperInvariant(digit) : digit;
            }
        });
    }

    private static bool IsMixedCase(string address) =>
        address.Skip(2).Any(char.IsAsciiLetterUpper) && address.Skip(2).Any(char.IsAsciiLetterLower);
}
