using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bleepay.Grains.Widgets.Metadata;

/// <summary>
/// A JSON value, read once and independent of the document it came from. Two are equal as JSON Schema 2020-12
/// Core §4.2.2 says: numbers by value, strings exactly, objects irrespective of the order of their members.
/// <c>ToString</c> writes it back as JSON.
/// </summary>
internal abstract record Datum
{
    private Datum()
    {
    }

    internal sealed record Null : Datum
    {
        public override string ToString() => "null";
    }

    internal sealed record Truth(bool Value) : Datum
    {
        public override string ToString() => Value ? "true" : "false";
    }

    internal sealed record Number(JsonNumber Value) : Datum
    {
        public override string ToString() => Value.ToString();
    }

    internal sealed record Text(string Value) : Datum
    {
        public override string ToString() => Quote(Value);
    }

    internal sealed record List(IReadOnlyList<Datum> Items) : Datum
    {
        public bool Equals(List? other) => other is not null && Items.SequenceEqual(other.Items);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var item in Items)
                hash.Add(item);
            return hash.ToHashCode();
        }

        public override string ToString() => $"[{string.Join(',', Items)}]";
    }

    internal sealed record Map(OrderedDictionary<string, Datum> Members) : Datum
    {
        public bool Equals(Map? other) =>
            other is not null
            && Members.Count == other.Members.Count
            && Members.All(member =>
                other.Members.TryGetValue(member.Key, out var value) && member.Value.Equals(value));

        /// <summary>Does not depend on the order of the members, as equality does not.</summary>
        public override int GetHashCode() =>
            Members.Aggregate(
                Members.Count,
                (hash, member) => hash ^ HashCode.Combine(member.Key, member.Value));

        public override string ToString() =>
            $"{{{string.Join(',', Members.Select(member => $"{Quote(member.Key)}:{member.Value}"))}}}";
    }

    /// <summary>
    /// The text as a JSON string; what it is quoted into is JSON, never HTML, so an é stays an é.
    /// </summary>
    internal static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
