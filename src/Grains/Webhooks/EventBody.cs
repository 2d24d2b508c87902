using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bleepay.Grains.Webhooks;

/// <summary>The body of every event: what all have in common, around the event's own data.</summary>
internal static class EventBody
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The body is JSON by its media type and never part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="at">When the event happened.</param>
    /// <param name="isTest">Marks the event as a test.</param>
    /// <param name="writeData">Writes the members of <c>data</c>.</param>
    public static string Write(
        string eventId, string eventType, DateTimeOffset at, bool isTest, Action<Utf8JsonWriter> writeData)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", eventId);
            json.WriteString("type", eventType);
            json.WriteString("createdAt", Time(at));
            if (isTest) json.WriteBoolean("test", true);
            json.WriteStartObject("data");
            writeData(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
