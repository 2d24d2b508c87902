using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Http.Json;

/// <summary>A JSON array, written item by item: no more than a few items are in memory as JSON at a time.</summary>
/// <typeparam name="TSource">What an item is made of, at the moment it is written.</typeparam>
/// <typeparam name="TItem">An item as it is written.</typeparam>
internal sealed class JsonListAnswer<TSource, TItem>(
    IReadOnlyList<TSource> sources, Func<TSource, TItem> item, JsonTypeInfo<TItem> type) : IResult
{
    /// <summary>How many bytes are written before they are sent, and before a slow reader is waited for.</summary>
    private const int SentTogether = 16 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = ApiJson.Types.Options.Encoder,
        SkipValidation = true,
    };

    /// <summary>
    /// How many items, from the first on, fit into <paramref name="bytesMax"/> bytes; at least one if there is any.
    /// </summary>
    public int CountWithin(int bytesMax)
    {
        var bytes = new CountedBytes();
        using var json = new Utf8JsonWriter(bytes, Options);
        json.WriteStartArray();
        for (var count = 0; count < sources.Count; count++)
        {
            JsonSerializer.Serialize(json, item(sources[count]), type);
            json.Flush();

            // The bracket at the end is one byte more.
            if (bytes.Count + 1 > bytesMax) return Math.Max(count, 1);
        }

        return sources.Count;
    }

    /// <summary>The same answer with its first <paramref name="count"/> items.</summary>
    public JsonListAnswer<TSource, TItem> First(int count) => new([.. sources.Take(count)], item, type);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = JsonAnswer.ContentType;
        response.Headers.CacheControl = JsonAnswer.CacheControl;

        await using var json = new Utf8JsonWriter(response.BodyWriter, Options);
        json.WriteStartArray();
        foreach (var source in sources)
        {
            JsonSerializer.Serialize(json, item(source), type);
            if (json.BytesPending < SentTogether) continue;
            json.Flush();
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }

        json.WriteEndArray();
        json.Flush();
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }

    /// <summary>Counts what is written and keeps nothing of it.</summary>
    private sealed class CountedBytes : IBufferWriter<byte>
    {
        private byte[] buffer = new byte[SentTogether];

        public long Count { get; private set; }

        public void Advance(int count) => Count += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (buffer.Length < sizeHint) buffer = new byte[sizeHint];
            return buffer;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
