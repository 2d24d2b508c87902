using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Bleepay.Gateway.Credentials;

/// <summary>The client secret of a widget: 256 random bits, shown once and kept as a hash.</summary>
public static class WidgetSecrets
{
    private const string Prefix = "wdgt_secret_";
    private const int Bytes = 32;

    public static string New()
    {
        Span<byte> random = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(random);
        return From(random);
    }

    /// <summary>The secret that 32 given bytes stand for.</summary>
    public static string From(ReadOnlySpan<byte> bytes) => Prefix + Base64Url.EncodeToString(bytes[..Bytes]);

    /// <summary>A plain SHA-256 is enough, since 256 random bits can't be guessed from it.</summary>
    public static ImmutableArray<byte> Hash(string secret) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(secret))];
}
