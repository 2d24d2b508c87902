using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Bleepay.Grains;

namespace Bleepay.Gateway.Http;

/// <summary>
/// What the JSON types leave open: clean strings, names that come once, one spelling of an object.
/// </summary>
internal static class JsonText
{
    private const string NotClean = "must not hold control characters or lone surrogates";

    /// <summary>Reports every string and member name that no product should store or show.</summary>
    public static void FindUnclean(JsonElement element, string path, List<FieldError> errors)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when !IsCleanText(element):
                errors.Add(new(path, NotClean));
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray()) FindUnclean(item, $"{path}[{index++}]", errors);
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    if (IsClean(JsonMarshal.GetRawUtf8PropertyName(member)))
                        FindUnclean(member.Value, Join(path, member.Name), errors);
                    else
                        errors.Add(new(path.Length == 0 ? "body" : path, "has a member whose name " + NotClean));
                }

                break;
        }
    }

    /// <summary>True for a string that may be stored and shown.</summary>
    public static bool IsCleanText(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && IsClean(JsonMarshal.GetRawUtf8Value(element));

    /// <summary>Reports every member name that an object has more than once.</summary>
    public static void FindDuplicates(JsonElement element, string path, List<FieldError> errors)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray()) FindDuplicates(item, $"{path}[{index++}]", errors);
        }

        if (element.ValueKind != JsonValueKind.Object) return;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var name = NameOf(member);
            if (!names.Add(name)) errors.Add(new(Join(path, name), "must be given once; it is given again"));
            FindDuplicates(member.Value, Join(path, name), errors);
        }
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
        var text = new StringBuilder();
        Write(element, isSorted, text);
        return text.ToString();
    }

    /// <summary>How many objects and arrays lie within one another; 1 for a flat object.</summary>
    public static int Depth(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => 1 + element.EnumerateObject().Select(member => Depth(member.Value)).Append(0).Max(),
        JsonValueKind.Array => 1 + element.EnumerateArray().Select(Depth).Append(0).Max(),
        _ => 0,
    };

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
        IEnumerable<JsonProperty> members = element.EnumerateObject();
        if (isSorted) members = members.OrderBy(member => member.Name, StringComparer.Ordinal);

        text.Append('{');
        var isFirst = true;
        foreach (var member in members)
        {
            if (!isFirst) text.Append(',');
            isFirst = false;
            WriteString(member.Name, text);
            text.Append(':');
            Write(member.Value, isSorted, text);
        }

        text.Append('}');
    }

    /// <summary>
    /// RFC 8259 §7 requires an escape for quotes, backslashes and control characters, which are refused.
    /// </summary>
    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var character in value)
        {
            if (character is '"' or '\\') text.Append('\\');
            text.Append(character);
        }

        text.Append('"');
    }

    /// <summary>Judges a string as it stands in the body, where escapes may hide what it holds.</summary>
    private static bool IsClean(ReadOnlySpan<byte> raw)
    {
        var text = raw.IndexOf((byte)'\\') < 0 ? Encoding.UTF8.GetString(raw) : Unescape(raw);
        if (text is null) return false;
        foreach (var character in text)
            if (char.IsControl(character))
                return false;
        return true;
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

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
