using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bleepay.Grains.MetadataSchemas.Values;

/// <summary>
/// A JSON value that does not depend on the document it was read from. Equality is that of JSON Schema 2020-12
/// Core §4.2.2: numbers by value, strings exactly, objects regardless of the order of their members.
/// <c>ToString</c> returns JSON.
/// </summary>
internal abstract record JsonValue
{
    private JsonValue()
    {
    }

    internal sealed record Null : JsonValue
    {
        public override string ToString() => "null";
    }

    internal sealed record Boolean(bool Value) : JsonValue
    {
        public override string ToString() => Value ? "true" : "false";
    }

    internal sealed record Number(JsonNumber Value) : JsonValue
    {
        public override string ToString() => Value.ToString();
    }

    internal sealed record String(string Value) : JsonValue
    {
        public override string ToString() => Quote(Value);
    }

    internal sealed record Array(IReadOnlyList<JsonValue> Items) : JsonValue
    {
        public bool Equals(Array? other) => other is not null && Items.SequenceEqual(other.Items);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var item in Items)
                hash.Add(item);
            return hash.ToHashCode();
        }

        public override string ToString() => $"[{string.Join(',', Items)}]";
    }

    internal sealed record Object(OrderedDictionary<string, JsonValue> Members) : JsonValue
    {
        /// <summary>
        /// The names of the members as values. Always the same objects, so that a result of an evaluation,
        /// which is cached by the identity of the value, is found again.
        /// </summary>
        public IReadOnlyList<String> Names => field ??= [.. Members.Keys.Select(name => new String(name))];

        public bool Equals(Object? other) =>
            other is not null
            && Members.Count == other.Members.Count
            && Members.All(member =>
                other.Members.TryGetValue(member.Key, out var value) && member.Value.Equals(value));

        /// <summary>Independent of the order of the members, as equality is.</summary>
        public override int GetHashCode() =>
            Members.Aggregate(
                Members.Count,
                (hash, member) => hash ^ HashCode.Combine(member.Key, member.Value));

        public override string ToString() =>
            $"{{{string.Join(',', Members.Select(member => $"{Quote(member.Key)}:{member.Value}"))}}}";
    }

    /// <summary>
    /// The text as a JSON string. It is never embedded in HTML, so an é is not escaped.
    /// </summary>
    internal static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
