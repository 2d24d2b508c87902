using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Http;

/// <summary>Tags by which a client validates its copy (RFC 9110 §8.8.3).</summary>
internal static class EntityTags
{
    private const int TagBytes = 16;

    /// <summary>The tag of these bytes.</summary>
    public static EntityTagHeaderValue Of(ReadOnlySpan<byte> bytes) =>
        new($"\"{Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, TagBytes))}\"");

    /// <summary>
    /// True if the client has the tagged copy, by the weak comparison (RFC 9110 §13.1.2), since a proxy that compresses
    /// weakens the tag.
    /// </summary>
    public static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known =>
            known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false));
}
