using System.IO.Compression;
using Bleepay.Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// A text that is the same for everyone, held in memory with its compressed forms. A client that has it gets 304
/// without a body.
/// </summary>
/// <param name="bytes">The text in UTF-8.</param>
/// <param name="contentType">The value of <c>Content-Type</c>.</param>
internal sealed class EmbeddedAsset(byte[] bytes, string contentType)
{
    private const string Folder = "checkout/";

    private readonly Lazy<byte[]> brotli = new(() => Compress(bytes, to => new BrotliStream(
        to, new BrotliCompressionOptions { Quality = 11 })));

    private readonly Lazy<byte[]> gzip = new(() => Compress(bytes, to => new GZipStream(
        to, CompressionLevel.SmallestSize)));

    private readonly EntityTagHeaderValue tag = EntityTags.Of(bytes);

    /// <summary>The first 128 bits of the text's SHA-256 in base64url; the <c>ETag</c> without its quotes.</summary>
    public string Hash => tag.Tag.ToString().Trim('"');

    /// <summary>Size of the brotli form in bytes.</summary>
    public int CompressedSize => brotli.Value.Length;

    /// <summary>Reads a file of <c>Checkout/Assets</c>.</summary>
    /// <param name="name">Relative to that folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static byte[] Read(string name)
    {
        using var stream = typeof(EmbeddedAsset).Assembly.GetManifestResourceStream(Folder + name)
            ?? throw new FileNotFoundException($"The assembly has no file {Folder}{name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Answers a GET or HEAD request.</summary>
    /// <param name="http">The request; headers beside those of the representation are the caller's.</param>
    /// <param name="cacheControl">The value of <c>Cache-Control</c>.</param>
    public async Task Send(HttpContext http, string cacheControl)
    {
        var response = http.Response;
        response.Headers.CacheControl = cacheControl;
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        response.Headers.XContentTypeOptions = "nosniff";
        response.GetTypedHeaders().ETag = tag;
        if (response.StatusCode == StatusCodes.Status200OK && EntityTags.IsKnown(http.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (body, encoding) = Negotiate(http.Request);
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>The smallest form that the client accepts (RFC 9110 §12.5.3).</summary>
    private (byte[] Body, string? Encoding) Negotiate(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().AcceptEncoding
            .Where(value => value.Quality is null or > 0)
            .Select(value => value.Value.ToString())
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (accepted.Contains("br")) return (brotli.Value, "br");
        return accepted.Contains("gzip") ? (gzip.Value, "gzip") : (bytes, null);
    }

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> compressor)
    {
        using var compressed = new MemoryStream();
        using (var stream = compressor(compressed)) stream.Write(bytes);
        return compressed.ToArray();
    }
}
