using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Bleepay.Grains.Fields;

namespace Bleepay.Gateway.Sessions;

/// <summary>
/// Idempotency as identity: the same widget and key lead to the same session, on any node and after any
/// crash. No server key takes part, so that none can be rotated into a second session.
/// </summary>
internal static class SessionIdentity
{
    private const string Purpose = "dep/v1";

    /// <summary>A session that no request has named before.</summary>
    public static string New(DateTimeOffset now) => Identifiers.New(Identifiers.SessionPrefix, now);

    /// <summary>
    /// The session of this key: the first 128 bits of SHA-256 over purpose, widget and key.
    /// </summary>
    public static string Of(string widgetId, string idempotencyKey) =>
        Identifiers.From(Identifiers.SessionPrefix, Hash(Purpose, widgetId, idempotencyKey));

    /// <summary>
    /// Equal for bodies whose known fields are equal, whatever their order and white space.
    /// </summary>
    public static ImmutableArray<byte> Fingerprint(params ReadOnlySpan<string?> fields) => [.. Hash(fields)];

    /// <summary>
    /// Each text behind its length, so that no two lists run together; null has a length of its own.
    /// </summary>
    private static byte[] Hash(params ReadOnlySpan<string?> texts)
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
}
