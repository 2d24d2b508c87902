using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http.Json;

/// <summary>What every answer in JSON has in its head.</summary>
internal static class JsonAnswer
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>
    /// An answer is for its caller only. A shared cache would keep it for others, since it ignores X-Client-Secret
    /// (RFC 9111 §3.5 covers Authorization only), and return an outdated session.
    /// </summary>
    public const string CacheControl = "no-store";
}

/// <summary>
/// A small JSON body, written in one piece with its length, so that it need not be sent in chunks.
/// </summary>
internal sealed class JsonAnswer<T>(T body, JsonTypeInfo<T> type) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext.Response, JsonAnswer.ContentType);

    public async Task Write(HttpResponse response, string contentType)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        response.ContentType = contentType;
        response.Headers.CacheControl = JsonAnswer.CacheControl;
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, response.HttpContext.RequestAborted);
    }
}
