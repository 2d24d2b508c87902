using System.Text;
using CsCheck;

namespace Bleepay.Tests.Gateway.Http.Fuzz;

/// <summary>Bodies that are wrong somehow, or by chance are not.</summary>
internal static class FuzzedBody
{
    private const int LevelsMax = 80;
    private const int BytesMax = 20 * 1024;

    private static readonly string[] TrapNames =
    [
        "", "a.b", "a[0]", "__proto__", "Amount", "$ref", "type", "properties", "\\ud800", "e\\ud800", "\\u0000",
        "a\\u006dount", "\\udc00\\ud83d",
    ];

    /// <summary>As they stand between quotes. No host here is asked for its address.</summary>
    private static readonly string[] Texts =
    [
        "", "100", "0", "-1", "1e309", "0.1", "USDC", "polygon", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
        "a@example.com", "\\u0000", "\\ud800", "\\udc00\\ud83d", "\\ud83d\\ude00", "\\u2028", "\\\"", "\\\\",
        "\\n\\t\\r", "\\u007f", "\\u0085", "\u00e9", "\U0001F600", "\uFFFF", "\u202E", "https://1.1.1.1/",
        "http://localhost/", "*.example.com", "#00000000", "2026-06-01T12:00:00Z", "0001-01-01T00:00:00-14:00",
        "FIXED_AMOUNT", "CUSTOMER_AMOUNT", "POPUP", "deposit.created", "true", "null", "\\x", "\\u12",
        "'; drop table", "%s%n", "{{7*7}}", "<script>", "dep_a", "auto",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "1.5", "1.0", "1e0", "1e5", "1E400", "-1e-400", "2147483647", "2147483648", "-2147483649",
        "9223372036854775808", "123456789012345678901234567890123456789012345678901234567890",
        "0.1000000000000000000000000001", "01", "+1", ".5", "1.", "1e", "NaN", "Infinity", "0x10",
    ];

    private static readonly Gen<string> Text = Gen.Frequency(
        (19, Gen.OneOf(Texts).Array[1, 3].Select(parts => string.Concat(parts))),
        (1, Gen.Int[0, 5_000].Select(length => new string('x', length)))).Select(Quote);

    private static readonly Gen<string> Scalar = Gen.Frequency(
        (2, Text), (1, Gen.OneOf(Numbers)), (1, Gen.OneOf("true", "false", "null")));

    /// <summary>UTF-8 most of the time, which is the only one allowed.</summary>
    private static readonly Gen<Encoding> Encodings = Gen.Frequency(
        (30, Gen.Const<Encoding>(new UTF8Encoding(false))),
        (1, Gen.Const<Encoding>(new UTF8Encoding(true))),
        (1, Gen.OneOf(Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.Latin1, Encoding.UTF32)));

    private static readonly Gen<ByteEdit> ByteEdits = Gen.Select(
        Gen.Int[0, 4], Gen.Int[0, BytesMax], Gen.Byte, (kind, place, value) => new ByteEdit(kind, place, value));

    /// <summary>Bodies around those that have these fields; every tenth has them as they should be.</summary>
    public static Gen<byte[]> Around(IReadOnlyList<BodyField> fields)
    {
        var names = Gen.OneOf([.. fields.Select(field => field.Name), "name", "amount", "metadata", .. TrapNames])
            .Select(Quote);
        var name = Gen.Frequency((9, names), (1, Text));
        var value = Values(name);
        var json = Gen.Frequency(
            (1, Gen.Const(Written([.. fields.Where(field => field.IsRequired).Select(Member)]))),
            (1, Gen.Const(Written([.. fields.Select(Member)]))),
            (13, Spoilt(fields, name, value)),
            (1, value),
            (2, Nested(name)));
        var text = Gen.Select(json, Encodings, Encoded);
        var mutated = Gen.Select(text, ByteEdits.Array[1, 4], (bytes, edits) => edits.Aggregate(bytes, Edited));
        return Gen.Frequency((16, text), (3, mutated), (1, Gen.Byte.Array[0, 200]));
    }

    private static Gen<string> Values(Gen<string> name) => Gen.Recursive<string>((depth, value) => depth > 4
        ? Scalar
        : Gen.Frequency(
            (6, Scalar),
            (2, Gen.Select(name, value, (one, of) => $"{one}:{of}").Array[0, 5].Select(Written)),
            (1, value.Array[0, 5].Select(items => $"[{string.Join(',', items)}]")),
            (1, Gen.Select(Scalar, Gen.Int[0, 300], (item, times) =>
                $"[{string.Join(',', Enumerable.Repeat(item, times))}]"))));

    /// <summary>A good body with fields changed, left out, renamed, or given twice.</summary>
    private static Gen<string> Spoilt(IReadOnlyList<BodyField> fields, Gen<string> name, Gen<string> value) =>
        Gen.Select(
            Gen.Bool, Gen.Select(Gen.Int[0, 6], Gen.Int[0, 100], name, value, FieldEdit.Of).Array[1, 4],
            (isWhole, edits) =>
            {
                var members = fields.Where(field => isWhole || field.IsRequired).Select(Member).ToList();
                foreach (var edit in edits) edit.Apply(members);
                return Written([.. members]);
            });

    private static Gen<string> Nested(Gen<string> name) => Gen.Select(
        name, Gen.Int[1, LevelsMax], Gen.Bool, Gen.Bool, (outer, levels, isArray, isClosed) =>
        {
            var (open, inner, close) = isArray ? ("[", "", "]") : ("{\"a\":", "1", "}");
            var value = string.Concat(Enumerable.Repeat(open, levels)) + inner
                + string.Concat(Enumerable.Repeat(close, isClosed ? levels : levels - 1));
            return $"{{{outer}:{value}}}";
        });

    private static string Member(BodyField field) => $"{Quote(field.Name)}:{field.GoodJson}";

    private static string Written(IReadOnlyList<string> members) => $"{{{string.Join(',', members)}}}";

    private static byte[] Encoded(string text, Encoding encoding)
    {
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
        return bytes.Length > BytesMax ? bytes[..BytesMax] : bytes;
    }

    private static byte[] Edited(byte[] body, ByteEdit edit)
    {
        var place = body.Length == 0 ? 0 : edit.Place % body.Length;
        var rest = body.Length == 0 ? body : body[(place + 1)..];
        return edit.Kind switch
        {
            0 => body[..place],
            1 => [.. body[..place], edit.Value, .. body[place..]],
            2 => [.. body[..place], .. rest],
            3 => [.. body[..place], edit.Value, .. rest],

            // Half a surrogate pair, as UTF-8 would write it if it could.
            _ => [.. body[..place], 0xED, 0xA0, 0x80, .. body[place..]],
        };
    }

    private static string Quote(string escaped) => $"\"{escaped}\"";

    private readonly record struct ByteEdit(int Kind, int Place, byte Value);

    /// <param name="Name">As JSON, like <paramref name="Value"/>.</param>
    private readonly record struct FieldEdit(int Kind, int Place, string Name, string Value)
    {
        public static FieldEdit Of(int kind, int place, string name, string value) => new(kind, place, name, value);

        public void Apply(List<string> members)
        {
            if (members.Count == 0)
            {
                members.Add($"{Name}:{Value}");
                return;
            }

            var place = Place % members.Count;
            var colon = members[place].IndexOf("\":", StringComparison.Ordinal) + 1;
            if (colon == 0) return;
            var (name, value) = (members[place][..colon], members[place][(colon + 1)..]);
            switch (Kind)
            {
                case 0: members[place] = $"{name}:{Value}"; break;
                case 1: members[place] = $"{Name}:{value}"; break;
                case 2: members[place] = $"{name}:[{value}]"; break;
                case 3: members[place] = $"{name}:{Quote(value.Trim('"'))}"; break;
                case 4: members.Insert(place, $"{name}:{Value}"); break;
                case 5: members.Insert(place, $"{Name}:{Value}"); break;
                default: members.RemoveAt(place); break;
            }
        }
    }
}
