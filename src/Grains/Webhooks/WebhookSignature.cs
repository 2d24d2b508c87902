using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bleepay.Grains.Webhooks;

/// <summary>The signatures by which a receiver verifies a request. Pure.</summary>
public static class WebhookSignature
{
    /// <summary>What every signing secret begins with; standard base64 of 32 bytes follows.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>
    /// The value of <c>X-Platform-Signature</c>: HMAC-SHA256 of the raw body, keyed by the UTF-8 bytes of the whole
    /// secret, in lower-case hexadecimal.
    /// </summary>
    public static string Platform(string secret, ReadOnlySpan<byte> body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>
    /// The value of <c>webhook-signature</c> by Standard Webhooks 1.0: for each secret, HMAC-SHA256 of id, time and
    /// body, joined by points, keyed by the bytes that stand behind the prefix. The signatures are separated by a
    /// space.
    /// </summary>
    public static string Standard(
        IReadOnlyList<string> secrets, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}.");
        byte[] signed = [.. Encoding.UTF8.GetBytes(head), .. body];
        return string.Join(' ', secrets.Select(secret =>
        {
            var key = Convert.FromBase64String(secret[SecretPrefix.Length..]);
            return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
        }));
    }
}
