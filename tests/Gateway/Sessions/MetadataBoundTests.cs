using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>
/// Metadata is measured as minified UTF-8 with only the escapes that JSON requires, and kept as sent.
/// </summary>
[Collection(ServiceFixture.Name)]
public sealed class MetadataBoundTests(ServiceFixture service)
{
    /// <summary>What <c>{"a":""}</c> leaves of 2,048 bytes.</summary>
    private const int TextBytesMax = 2048 - 8;

    /// <summary>
    /// How a text is written in the body, and the bytes that each of its characters counts.
    /// </summary>
    public static TheoryData<string, int> Spellings => new()
    {
        { "x", 1 },
        { "\\u0078", 1 },
        { "\\/", 1 },
        { "\\\"", 2 },
        { "\\\\", 2 },
        { "\\u005c", 2 },
        { "\\u0022", 2 },
        { "\u00E9", 2 },
        { "\\u00e9", 2 },
        { "\u20AC", 3 },
        { "\\u2028", 3 },
        { "\U0001F600", 4 },
        { "\\ud83d\\ude00", 4 },
    };

    public static TheoryData<string> KeptTexts =>
    [
        "{}",
        "{\"n\":1.50}",
        "{\"n\":1E5,\"m\":-0,\"k\":1e-7}",
        "{\"big\":123456789012345678901234567890.123456789012345678901234567890}",
        "{\"z\":1,\"a\":2,\"Z\":3}",
        "{\"t\":true,\"f\":false,\"n\":null,\"l\":[1,\"2\",[],{}]}",
        "{\"\":\"empty name\",\"a.b\":1,\"quote\\\"\":\"\\\\\"}",
        "{\"text\":\"\u00E9\u20AC\U0001F600<>&'\u2028\"}",
    ];

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task A_text_of_2048_bytes_passes_and_a_byte_more_does_not(string spelling, int bytes)
    {
        var widget = await service.Api.CreateWidget();
        var full = Repeat(spelling, TextBytesMax / bytes) + Repeat("x", TextBytesMax % bytes);

        (await Create(widget, $"{{\"a\":\"{full}\"}}")).MustBeOk();
        (await Create(widget, $"{{ \"a\" :\t\"{full}\" }}\r\n")).MustBeOk();
        (await Create(widget, $"{{\"a\":\"{full}x\"}}")).MustRefuse("metadata");
    }

    [Theory]
    [InlineData("{\"a\":", "}")]
    [InlineData("{\"a\":[", "]}")]
    public async Task Metadata_is_at_most_16_levels_deep(string open, string close)
    {
        var widget = await service.Api.CreateWidget();
        var levels = open.Count(character => character is '{' or '[');

        (await Create(widget, Nested(16 / levels))).MustBeOk();
        (await Create(widget, $"{{\"a\":{Nested(16 / levels)}}}")).MustRefuse("metadata");

        string Nested(int count) => $"{Repeat(open, count)}1{Repeat(close, count)}";
    }

    [Theory]
    [MemberData(nameof(KeptTexts))]
    public async Task Metadata_comes_back_as_it_was_sent(string metadata)
    {
        var widget = await service.Api.CreateWidget();
        var opened = (await Create(widget, metadata)).MustBeOk();
        var session = new TestSession(opened["id"]!, opened["clientSecret"]!, widget, opened);

        var read = await service.Api.ReadAsMember(session);

        Assert.Contains($"\"metadata\":{metadata},", read.Text, StringComparison.Ordinal);
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private Task<Answer> Create(TestWidget widget, string metadata)
    {
        var body = Api.GoodSession().With("metadata", "here").ToJsonString()
            .Replace("\"here\"", metadata, StringComparison.Ordinal);
        return service.Api.PostRaw(widget.SessionsPath, Encoding.UTF8.GetBytes(body), widget.Secret);
    }
}
