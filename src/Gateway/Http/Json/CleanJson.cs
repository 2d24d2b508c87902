using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Bleepay.Gateway.Http.Json;

/// <summary>
/// What the JSON types leave open: whether a text may be stored and shown, and one spelling of an object.
/// </summary>
internal static class CleanJson
{
    /// <summary>True for a string that may be stored and shown.</summary>
    public static bool IsCleanText(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && IsClean(JsonMarshal.GetRawUtf8Value(element));

    /// <summary>Judges a string as it stands in the body, where escapes may hide what it holds.</summary>
    public static bool IsClean(ReadOnlySpan<byte> raw)
    {
        // Nearly all text is ASCII without escapes, and is judged where it stands.
        if (Ascii.IsValid(raw) && !raw.Contains((byte)'\\'))
            return !raw.ContainsAnyInRange((byte)0, (byte)0x1F) && !raw.Contains((byte)0x7F);

        var text = raw.IndexOf((byte)'\\') < 0 ? Encoding.UTF8.GetString(raw) : Unescape(raw);
        if (text is null) return false;
        foreach (var character in text)
            if (char.IsControl(character))
                return false;
        return true;
    }

    /// <summary>A name with half a surrogate pair has no text; it is shown as it was sent.</summary>
    public static string NameOf(JsonProperty member)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(member);
        var unescaped = raw.IndexOf((byte)'\\') < 0 ? null : Unescape(raw);
        return unescaped ?? Encoding.UTF8.GetString(raw);
    }

    /// <summary>
    /// The value without white space, its numbers as sent, and in its strings only the escapes that JSON
    /// requires.
    /// </summary>
    /// <param name="element">A value whose strings are clean.</param>
    /// <param name="isSorted">True to order members by name, so that equal objects are written alike.</param>
    public static string Minify(JsonElement element, bool isSorted = false)
    {
        var text = new StringBuilder(JsonMarshal.GetRawUtf8Value(element).Length);
        Write(element, isSorted, text);
        return text.ToString();
    }

    /// <summary>How many objects and arrays lie within one another; 1 for a flat object.</summary>
    public static int Depth(JsonElement element)
    {
        var inner = 0;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject()) inner = Math.Max(inner, Depth(member.Value));
                return inner + 1;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) inner = Math.Max(inner, Depth(item));
                return inner + 1;
            default:
                return 0;
        }
    }

    private static void Write(JsonElement element, bool isSorted, StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, isSorted, text);
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var isFirst = true;
                foreach (var item in element.EnumerateArray())
                {
                    if (!isFirst) text.Append(',');
                    isFirst = false;
                    Write(item, isSorted, text);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(element.GetString()!, text);
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void WriteObject(JsonElement element, bool isSorted, StringBuilder text)
    {
        text.Append('{');
        var start = text.Length;
        if (isSorted)
            foreach (var member in element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                WriteMember(member, isSorted, start, text);
        else
            foreach (var member in element.EnumerateObject())
                WriteMember(member, isSorted, start, text);
        text.Append('}');
    }

    /// <param name="start">Where the first member is written; every other one follows a comma.</param>
    private static void WriteMember(JsonProperty member, bool isSorted, int start, StringBuilder text)
    {
        if (text.Length > start) text.Append(',');
        WriteString(member.Name, text);
        text.Append(':');
        Write(member.Value, isSorted, text);
    }

    /// <summary>
    /// RFC 8259 §7 requires an escape for quotes, backslashes and control characters, which are refused.
    /// </summary>
    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        if (!value.AsSpan().ContainsAny('"', '\\'))
        {
            text.Append(value);
        }
        else
        {
            foreach (var character in value)
            {
                if (character is '"' or '\\') text.Append('\\');
                text.Append(character);
            }
        }

        text.Append('"');
    }

    /// <summary>Null when an escape makes half a surrogate pair, for which no text exists.</summary>
    private static string? Unescape(ReadOnlySpan<byte> raw)
    {
        ReadOnlySpan<byte> quoted = raw is [(byte)'"', ..] ? raw : [(byte)'"', .. raw, (byte)'"'];
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
