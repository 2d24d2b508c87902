using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bleepay.Gateway.Http.Json;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http;

/// <summary>
/// A small JSON body that is the same for everyone: any cache may keep it for a minute, and a client that has it gets
/// 304 without a body.
/// </summary>
internal sealed class CacheableAnswer<T>(T body, JsonTypeInfo<T> type) : IResult
{
    public const string CacheControl = "public, max-age=60";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        var tag = EntityTags.Of(bytes);
        var response = httpContext.Response;
        response.Headers.CacheControl = CacheControl;
        response.GetTypedHeaders().ETag = tag;
        if (EntityTags.IsKnown(httpContext.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = JsonAnswer.ContentType;
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }
}
