using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Bleepay.Grains;
using Bleepay.Grains.Keys;

namespace Bleepay.Gateway.Credentials;

/// <summary>
/// The secret of a session: derived from its id and a server key, so that it is the same at every repeat and
/// is stored nowhere. <c>dep_secret_&lt;key id&gt;_&lt;base64url of HMAC-SHA-256&gt;</c>.
/// </summary>
public sealed class SessionSecrets(KeyRing ring)
{
    private const string Prefix = "dep_secret_";
    private const string Purpose = "session-secret";
    private const int KeyIdLength = 8;

    private readonly FrozenDictionary<string, byte[]> keys =
        ring.All.ToFrozenDictionary(key => key.Id, key => key.DeriveFor(Purpose));

    /// <summary>Names the key that new sessions are given.</summary>
    public string CurrentKeyId { get; } = ring.Current.Id;

    /// <summary>The secret of a session that was opened under this key.</summary>
    /// <exception cref="UnavailableException">The ring lacks a key that a session names.</exception>
    public string Of(string sessionId, string keyId) => keys.TryGetValue(keyId, out var key)
        ? $"{Prefix}{keyId}_{Base64Url.EncodeToString(Sign(sessionId, key))}"
        : throw new UnavailableException(
            $"No key of the ring has the id {keyId}, which a session names. Put that key back into Secrets__Keys.");

    /// <summary>
    /// True when this is the session's secret under any key of the ring. The secret part is compared in constant time.
    /// </summary>
    public bool Verify(string secret, string sessionId)
    {
        var keyIdEnd = Prefix.Length + KeyIdLength;
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)
            || secret.Length <= keyIdEnd
            || !keys.TryGetValue(secret[Prefix.Length..keyIdEnd], out _))
            return false;

        var expected = Of(sessionId, secret[Prefix.Length..keyIdEnd]);
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(secret));
    }

    private static byte[] Sign(string sessionId, byte[] key) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(sessionId));
}
