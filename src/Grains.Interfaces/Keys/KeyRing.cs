using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Keys;

/// <summary>One key of the ring. A separate key is derived from it for each purpose.</summary>
public sealed class ServerKey
{
    public const int BytesMin = 32;

    private const int IdLength = 8;

    private readonly byte[] key;

    internal ServerKey(byte[] key)
    {
        this.key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key))[..IdLength];
    }

    /// <summary>8 hex digits of the key's SHA-256. It names the key wherever it stands in the ring.</summary>
    public string Id { get; }

    /// <summary>
    /// 32 bytes for one purpose, by HKDF-SHA-256 (RFC 5869) with the purpose as <c>info</c>.
    /// </summary>
    public byte[] DeriveFor(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: Encoding.UTF8.GetBytes(purpose));

    internal static bool TryDecode(string base64, out byte[] key)
    {
        var buffer = new byte[base64.Length];
        var isBase64 = Convert.TryFromBase64String(base64, buffer, out var length);
        key = buffer[..length];
        return isBase64 && length >= BytesMin;
    }
}

/// <summary>The keys in their order: the first signs, all verify.</summary>
public sealed class KeyRing
{
    private readonly Dictionary<string, ServerKey> byId;

    public KeyRing(IOptions<SecretOptions> options)
    {
        var keys = options.Value.Keys
            .Select(text => ServerKey.TryDecode(text, out var key) ? new ServerKey(key) : null)
            .OfType<ServerKey>()
            .ToList();
        Current = keys[0];
        byId = keys.DistinctBy(key => key.Id).ToDictionary(key => key.Id);
    }

    public ServerKey Current { get; }

    public IEnumerable<ServerKey> All => byId.Values;
}
