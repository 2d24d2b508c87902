using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Bleepay.Grains.Fields;

/// <summary>
/// Opaque ids: a prefix that names the kind, then 1–64 of <c>A–Za–z0–9_-</c>. Anything else is unknown
/// without a look-up.
/// </summary>
public static class Identifiers
{
    public const string BusinessPrefix = "biz_";
    public const string WidgetPrefix = "wdgt_";
    public const string SessionPrefix = "dep_";
    public const string EventPrefix = "evt_";
    public const string EndpointPrefix = "wh_";
    public const string DeliveryPrefix = "dly_";
    public const string TestEventPrefix = "tst_";
    public const string UnmatchedPaymentPrefix = "ump_";
    public const int BodyLengthMax = 64;

    private const int RandomBytes = 16;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    public static bool IsWidget([NotNullWhen(true)] string? id) => Has(WidgetPrefix, id);

    public static bool IsSession([NotNullWhen(true)] string? id) => Has(SessionPrefix, id);

    public static bool IsBusiness([NotNullWhen(true)] string? id) => Has(BusinessPrefix, id);

    public static bool IsEndpoint([NotNullWhen(true)] string? id) => Has(EndpointPrefix, id);

    public static bool IsDelivery([NotNullWhen(true)] string? id) => Has(DeliveryPrefix, id);

    public static bool IsUnmatchedPayment([NotNullWhen(true)] string? id) => Has(UnmatchedPaymentPrefix, id);

    /// <summary>A new id of 128 random bits.</summary>
    public static string New(string prefix)
    {
        Span<byte> random = stackalloc byte[RandomBytes];
        RandomNumberGenerator.Fill(random);
        return From(prefix, random);
    }

    /// <summary>
    /// A new id of a UUID version 7 (RFC 9562): the millisecond and 74 random bits. Ids of one time begin alike, so an
    /// index of them grows in one place instead of all over.
    /// </summary>
    public static string New(string prefix, DateTimeOffset now) =>
        From(prefix, Guid.CreateVersion7(now).ToByteArray(bigEndian: true));

    /// <summary>The id that 16 given bytes stand for.</summary>
    public static string From(string prefix, ReadOnlySpan<byte> bits) =>
        prefix + Base64Url.EncodeToString(bits[..RandomBytes]);

    /// <summary>
    /// The id that some texts stand for: the first 128 bits of their SHA-256, each text behind its length, so that no
    /// two lists run together.
    /// </summary>
    public static string Of(string prefix, params ReadOnlySpan<string?> texts) => From(prefix, Hash(texts));

    /// <summary>SHA-256 over texts, each after its length; the length of null is −1.</summary>
    public static byte[] Hash(params ReadOnlySpan<string?> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var text in texts)
        {
            var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32BigEndian(length, text is null ? -1 : bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return hash.GetHashAndReset();
    }

    private static bool Has(string prefix, string? id) =>
        id is not null
        && id.StartsWith(prefix, StringComparison.Ordinal)
        && id.Length - prefix.Length is > 0 and <= BodyLengthMax
        && id.AsSpan(prefix.Length).IndexOfAnyExcept(Allowed) < 0;
}
