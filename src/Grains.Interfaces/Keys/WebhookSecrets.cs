using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Bleepay.Grains.Webhooks;

namespace Bleepay.Grains.Keys;

/// <summary>
/// The signing secret of a webhook endpoint: 256 random bits, shown once. It signs, so it is kept, sealed by
/// AES-256-GCM under a key of the ring; the endpoint's id is associated data, so that none can be given another's.
/// </summary>
public sealed class WebhookSecrets(KeyRing ring)
{
    private const string Prefix = "whsec_";
    private const string Purpose = "webhook-secret";
    private const int SecretBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly FrozenDictionary<string, byte[]> keys =
        ring.All.ToFrozenDictionary(key => key.Id, key => key.DeriveFor(Purpose));

    /// <summary>A new secret, <c>whsec_</c> and standard base64 of 32 bytes, and what is kept of it.</summary>
    public (string Secret, SealedSecret Sealed) New(string endpointId)
    {
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        var kept = new byte[NonceBytes + SecretBytes + TagBytes];
        var nonce = kept.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(keys[ring.Current.Id], TagBytes);
        cipher.Encrypt(
            nonce, secret, kept.AsSpan(NonceBytes, SecretBytes), kept.AsSpan(NonceBytes + SecretBytes),
            Encoding.UTF8.GetBytes(endpointId));
        return (Prefix + Convert.ToBase64String(secret), new SealedSecret(ring.Current.Id, [.. kept]));
    }

    /// <summary>The secret, or null when its key is no longer in the ring.</summary>
    /// <exception cref="CryptographicException">It was sealed for another endpoint, or is damaged.</exception>
    public string? Open(SealedSecret kept, string endpointId)
    {
        if (!keys.TryGetValue(kept.KeyId, out var key)) return null;
        var bytes = kept.Bytes.AsSpan();
        Span<byte> secret = stackalloc byte[SecretBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(
            bytes[..NonceBytes], bytes.Slice(NonceBytes, SecretBytes), bytes[(NonceBytes + SecretBytes)..], secret,
            Encoding.UTF8.GetBytes(endpointId));
        return Prefix + Convert.ToBase64String(secret);
    }
}
