using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

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
    public const int BodyLengthMax = 64;

    private const int RandomBytes = 16;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    public static bool IsWidget([NotNullWhen(true)] string? id) => Has(WidgetPrefix, id);

    public static bool IsSession([NotNullWhen(true)] string? id) => Has(SessionPrefix, id);

    public static bool IsBusiness([NotNullWhen(true)] string? id) => Has(BusinessPrefix, id);

    public static bool IsEndpoint([NotNullWhen(true)] string? id) => Has(EndpointPrefix, id);

    public static bool IsDelivery([NotNullWhen(true)] string? id) => Has(DeliveryPrefix, id);

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

    private static bool Has(string prefix, string? id) =>
        id is not null
        && id.StartsWith(prefix, StringComparison.Ordinal)
        && id.Length - prefix.Length is > 0 and <= BodyLengthMax
        && id.AsSpan(prefix.Length).IndexOfAnyExcept(Allowed) < 0;
}
