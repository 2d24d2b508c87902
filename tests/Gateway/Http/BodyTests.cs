using System.Net;
using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>What a body may be before any of its fields is looked at.</summary>
[Collection(ServiceFixture.Name)]
public sealed class BodyTests(ServiceFixture service)
{
    private const int BytesMax = 16 * 1024;

    public static TheoryData<string> JsonTypes =>
    [
        "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"", "Application/JSON", "application/vnd.shop.v1+json",
        "application/json; profile=\"x\"",
    ];

    public static TheoryData<string?> OtherTypes =>
    [
        null, "", "text/plain", "text/html", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml", "application/jsonp", "application/json+xml", "application/octet-stream", "json",
        "application/json; charset=utf-16", "application/json; charset=iso-8859-1",
    ];

    public static TheoryData<string> Malformed =>
    [
        "", " ", "{", "}", "[]", "[{}]", "5", "true", "null", "\"{}\"", "{\"amount\"}", "{\"amount\":}",
        "{\"amount\":\"1\",}", "{'amount':'1'}", "{amount:1}", "{} {}", "{}x", "/* */{}", "{\"a\":NaN}",
        "{\"a\":01}", "{\"a\":1.}", "{\"a\":+1}", "{\"a\":\"\u0001\"}", "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"", "\uFEFF{}", "\0",
    ];

    /// <summary>Bytes that are no UTF-8, in hexadecimal, where an amount should be.</summary>
    public static TheoryData<string> NotUtf8 => ["FF", "C328", "C080", "EDA080", "F4908080", "E282", "80"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_16_KiB_is_read_and_a_byte_more_is_too_large(bool isChunked)
    {
        var widget = await service.Api.CreateWidget();
        var full = Padded(Api.GoodSession().ToJsonString(), BytesMax);
        var over = Padded(Api.GoodSession().ToJsonString(), BytesMax + 1);

        (await service.Api.PostRaw(widget.SessionsPath, full, widget.Secret, isChunked: isChunked))
            .MustBeOk();
        (await service.Api.PostRaw(widget.SessionsPath, over, widget.Secret, isChunked: isChunked))
            .MustBe(HttpStatusCode.RequestEntityTooLarge, "too_large");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_widget_has_the_same_limit(bool isChunked)
    {
        var business = Api.NewBusiness();
        var path = $"/api/v1/businesses/{business}/widgets/create-widget";
        var full = Padded(Api.GoodWidget().ToJsonString(), BytesMax);
        var over = Padded(Api.GoodWidget().ToJsonString(), BytesMax + 1);
        var token = Tokens.For(business);

        (await service.Api.PostRaw(path, full, token: token, isChunked: isChunked)).MustBeOk();
        (await service.Api.PostRaw(path, over, token: token, isChunked: isChunked))
            .MustBe(HttpStatusCode.RequestEntityTooLarge, "too_large");
    }

    [Fact]
    public async Task A_body_far_over_the_limit_is_too_large_as_well()
    {
        var widget = await service.Api.CreateWidget();
        var body = Padded(Api.GoodSession().ToJsonString(), 1024 * 1024);

        (await service.Api.PostRaw(widget.SessionsPath, body, widget.Secret, isChunked: true))
            .MustBe(HttpStatusCode.RequestEntityTooLarge, "too_large");
    }

    [Theory]
    [MemberData(nameof(JsonTypes))]
    public async Task Json_is_taken_under_each_of_its_names(string contentType)
    {
        var widget = await service.Api.CreateWidget();
        var body = Encoding.UTF8.GetBytes(Api.GoodSession().ToJsonString());

        (await service.Api.PostRaw(widget.SessionsPath, body, widget.Secret, contentType)).MustBeOk();
    }

    [Theory]
    [MemberData(nameof(OtherTypes))]
    public async Task Any_other_media_type_is_refused(string? contentType)
    {
        var widget = await service.Api.CreateWidget();
        var body = Encoding.UTF8.GetBytes(Api.GoodSession().ToJsonString());

        (await service.Api.PostRaw(widget.SessionsPath, body, widget.Secret, contentType))
            .MustBe(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_body_that_is_no_json_object_is_refused_as_a_whole(string body)
    {
        var widget = await service.Api.CreateWidget();

        var answer = await service.Api.PostRaw(
            widget.SessionsPath, Encoding.UTF8.GetBytes(body), widget.Secret);

        answer.MustRefuse("body");
    }

    [Theory]
    [MemberData(nameof(NotUtf8))]
    public async Task A_body_that_is_no_utf8_is_refused_as_a_whole(string hex)
    {
        var widget = await service.Api.CreateWidget();
        byte[] body = [.. "{\"amount\":\""u8, .. Convert.FromHexString(hex), .. "\"}"u8];

        var answer = await service.Api.PostRaw(widget.SessionsPath, body, widget.Secret);

        answer.MustRefuse("body");
    }

    [Fact]
    public async Task A_body_in_another_encoding_is_refused_as_a_whole()
    {
        var widget = await service.Api.CreateWidget();
        var body = Encoding.Unicode.GetBytes(Api.GoodSession().ToJsonString());

        (await service.Api.PostRaw(widget.SessionsPath, body, widget.Secret)).MustRefuse("body");
    }

    [Fact]
    public async Task A_body_is_at_most_64_levels_deep()
    {
        var widget = await service.Api.CreateWidget();
        var good = Api.GoodSession().ToJsonString()[..^1];
        byte[] Body(int depth) => Encoding.UTF8.GetBytes(
            $"{good},\"extra\":{new string('[', depth - 1)}{new string(']', depth - 1)}}}");

        (await service.Api.PostRaw(widget.SessionsPath, Body(64), widget.Secret)).MustBeOk();
        (await service.Api.PostRaw(widget.SessionsPath, Body(65), widget.Secret)).MustRefuse("body");
        (await service.Api.PostRaw(widget.SessionsPath, Body(7000), widget.Secret)).MustRefuse("body");
    }

    private static byte[] Padded(string json, int bytes) => Encoding.UTF8.GetBytes(json.PadRight(bytes));
}
