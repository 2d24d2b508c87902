using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Http.Json;

/// <summary>Reads a request's body as one JSON object, or returns why it can't.</summary>
internal static class JsonBody
{
    public const int BytesMax = 16 * 1024;
    public const int DepthMax = 64;

    private const string BodyPath = "body";

    /// <summary>Names that come twice are left for <see cref="JsonFields"/>.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = DepthMax };

    /// <returns>The object, which the caller disposes; or <c>TooLarge</c>, <c>UnsupportedMediaType</c> or
    /// <c>ValidationFailed</c>, in this order. A body that breaks off is <c>ValidationFailed</c>, or <c>TooLarge</c>
    /// where Kestrel reports that.</returns>
    public static ValueTask<(JsonDocument? Document, Refusal? Unreadable)> Read(HttpRequest request) =>
        Read(request, isOptional: false);

    /// <summary>As <see cref="Read(HttpRequest)"/>; without a body, both are null.</summary>
    public static ValueTask<(JsonDocument? Document, Refusal? Unreadable)> ReadIfAny(HttpRequest request) =>
        Read(request, isOptional: true);

    internal static (JsonDocument? Document, Refusal? Unreadable) Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return Malformed("must be a JSON object; it is empty");
        if (!Utf8.IsValid(body.Span)) return Malformed("must be valid UTF-8");

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Options);
        }
        catch (JsonException malformed)
        {
            var line = (malformed.LineNumber + 1)?.ToString(CultureInfo.InvariantCulture) ?? "?";
            var column = (malformed.BytePositionInLine + 1)?.ToString(CultureInfo.InvariantCulture) ?? "?";
            return Malformed(
                $"must be valid JSON, at most {DepthMax} deep; the error is at line {line}, byte {column}");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object) return (document, null);
        document.Dispose();
        return Malformed("must be a JSON object");
    }

    private static async ValueTask<(JsonDocument? Document, Refusal? Unreadable)> Read(
        HttpRequest request, bool isOptional)
    {
        if (request.ContentLength > BytesMax) return (null, Refusals.TooLarge);

        var buffer = ArrayPool<byte>.Shared.Rent(BytesMax + 1);
        try
        {
            var length = await request.Body.ReadAtLeastAsync(
                buffer.AsMemory(0, BytesMax + 1), BytesMax + 1, throwOnEndOfStream: false,
                request.HttpContext.RequestAborted);
            if (length > BytesMax) return (null, Refusals.TooLarge);
            if (length == 0 && isOptional) return (null, null);
            if (!IsJson(request)) return (null, Refusals.NotJson);

            // The document outlives the buffer.
            return Parse(buffer.AsSpan(0, length).ToArray());
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, Refusals.TooLarge);
        }
        catch (IOException)
        {
            // Chunks or bytes that are not as announced, or a client that has left. Kestrel throws plain IOException
            // for some of the former ("Bad chunk size data"), so the type does not distinguish them.
            return Malformed("ended early or is not as its headers announce");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static (JsonDocument? Document, Refusal? Unreadable) Malformed(string problem) =>
        (null, Refusal.Validation([new FieldError(BodyPath, problem)]));

    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
                && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset)
            .Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
