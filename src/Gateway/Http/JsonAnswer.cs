using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http;

/// <summary>
/// A small JSON body, written in one piece with its length, so that it need not be sent in chunks.
/// </summary>
internal sealed class JsonAnswer<T>(T body, JsonTypeInfo<T> type) : IResult
{
    private const string ContentType = "application/json; charset=utf-8";

    public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext.Response, ContentType);

    public async Task Write(HttpResponse response, string contentType)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        response.ContentType = contentType;

        // An answer is for who asked. A shared cache would keep it for others, since it knows nothing of
        // X-Client-Secret (RFC 9111 §3.5 speaks of Authorization only), and show a session as it once was.
        response.Headers.CacheControl = "no-store";
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, response.HttpContext.RequestAborted);
    }
}
