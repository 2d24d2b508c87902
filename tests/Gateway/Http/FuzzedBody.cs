using System.Text;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>
/// A body that is wrong somehow, or by chance is not. The same random numbers make the same body.
/// </summary>
internal sealed class FuzzedBody(Random random)
{
    private const int DepthMax = 80;
    private const int BytesMax = 12 * 1024;

    private static readonly string[] Names =
    [
        "amount", "currency", "network", "currencyAddress", "depositAddress", "customerEmail",
        "customerReference", "metadata", "name", "mode", "minAmount", "maxAmount", "allowedNetworks",
        "allowedDomains", "allowedMethods", "maxOpenSessions", "underpaymentTolerancePercent", "successUrl",
        "defaultCurrency", "metadataSchema", "renderMode", "color", "emoji", "txId", "index",
        "confirmations", "removed", "from", "observedAt", "", "a.b", "a[0]", "__proto__",
        "Amount", "$ref", "type", "properties",
    ];

    private static readonly string[] Texts =
    [
        "", "100", "0", "-1", "1e309", "0.1", "USDC", "polygon", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359",
        "a@example.com", "\\u0000", "\\ud800", "\\udc00\\ud83d", "\\ud83d\\ude00", "\\u2028", "\\\"", "\\\\",
        "\\n\\t\\r", "\\u007f", "\\u0085", "\u00e9", "\U0001F600", "\uFFFF", "\u202E", "https://a.example",
        "*.example.com", "#00000000", "2026-06-01T12:00:00Z", "FIXED_AMOUNT", "CUSTOMER_AMOUNT", "POPUP", "\\x",
        "\\u12", "'; drop table", "%s%n", "{{7*7}}", "<script>",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "1.5", "1e5", "1E400", "-1e-400", "2147483648", "9223372036854775808",
        "123456789012345678901234567890123456789012345678901234567890", "0.1000000000000000000000000001",
        "01", "+1", ".5", "1.", "1e", "NaN", "Infinity", "0x10",
    ];

    public byte[] Of(JsonObject good)
    {
        var text = random.Next(5) switch
        {
            0 => Value(random.Next(6)),
            1 => Members(3 + random.Next(20), 3),
            2 => Nested(),
            _ => Spoilt(good),
        };
        var body = Encoding.UTF8.GetBytes(text);
        if (body.Length > BytesMax) body = body[..BytesMax];
        for (var times = random.Next(4) == 0 ? random.Next(1, 5) : 0; times > 0 && body.Length > 0; times--)
            body = Mutated(body);
        return body;
    }

    /// <summary>A good body with some of its fields set to something, and some fields given twice.</summary>
    private string Spoilt(JsonObject good)
    {
        var members = good.Select(field => $"{Quote(field.Key)}:{field.Value!.ToJsonString()}").ToList();
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            var value = Value(3);
            var known = good.ElementAt(random.Next(good.Count)).Key;
            var member = $"{Quote(random.Next(2) == 0 ? known : Names[random.Next(Names.Length)])}:{value}";
            var place = random.Next(members.Count);
            if (random.Next(3) == 0) members.Insert(place, member);
            else if (random.Next(2) == 0) members[place] = member;
            else members.RemoveAt(place);
            if (members.Count == 0) break;
        }

        return $"{{{string.Join(',', members)}}}";
    }

    private string Value(int depth) => random.Next(depth > 0 ? 9 : 5) switch
    {
        0 => Text(),
        1 => Numbers[random.Next(Numbers.Length)],
        2 => random.Next(2) == 0 ? "true" : "false",
        3 => "null",
        4 => Text(),
        5 or 6 => Members(random.Next(6), depth - 1),
        7 => $"[{string.Join(',', Enumerable.Range(0, random.Next(6)).Select(_ => Value(depth - 1)))}]",
        _ => $"[{string.Join(',', Enumerable.Repeat(Value(0), random.Next(300)))}]",
    };

    private string Members(int count, int depth) =>
        $"{{{string.Join(',', Enumerable.Range(0, count).Select(_ => $"{Name()}:{Value(depth)}"))}}}";

    private string Nested()
    {
        var depth = random.Next(1, DepthMax);
        var isArray = random.Next(2) == 0;
        var value = isArray
            ? new string('[', depth) + new string(']', depth - random.Next(2))
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        return $"{{{Name()}:{value}}}";
    }

    private string Name() => random.Next(4) == 0 ? Text() : Quote(Names[random.Next(Names.Length)]);

    private string Text()
    {
        var text = new StringBuilder();
        for (var parts = random.Next(1, 4); parts > 0; parts--) text.Append(Texts[random.Next(Texts.Length)]);
        return Quote(random.Next(20) == 0 ? new string('x', random.Next(3000)) : text.ToString());
    }

    private byte[] Mutated(byte[] body)
    {
        var place = random.Next(body.Length);
        return random.Next(5) switch
        {
            0 => body[..place],
            1 => [.. body[..place], (byte)random.Next(256), .. body[place..]],
            2 => [.. body[..place], .. body[(place + 1)..]],
            3 => [.. body[..place], (byte)random.Next(256), .. body[(place + 1)..]],
            _ => [.. body[..place], 0xED, 0xA0, 0x80, .. body[place..]],
        };
    }

    private static string Quote(string escaped) => $"\"{escaped}\"";
}
