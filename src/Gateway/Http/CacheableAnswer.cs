using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bleepay.Gateway.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Http;

/// <summary>
/// A small JSON body that is the same for everyone: any cache may keep it for a minute, and a client that has it gets
/// 304 without a body.
/// </summary>
internal sealed class CacheableAnswer<T>(T body, JsonTypeInfo<T> type) : IResult
{
    public const string CacheControl = "public, max-age=60";

    private const int TagBytes = 16;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        var hash = Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, TagBytes));
        var tag = new EntityTagHeaderValue($"\"{hash}\"");
        var response = httpContext.Response;
        response.Headers.CacheControl = CacheControl;
        response.GetTypedHeaders().ETag = tag;
        if (IsKnown(httpContext.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = JsonAnswer.ContentType;
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }

    /// <summary>By the weak comparison (RFC 9110 §13.1.2), since a proxy that compresses weakens the tag.</summary>
    private static bool IsKnown(HttpRequest request, EntityTagHeaderValue tag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known =>
            known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false));
}
