using System.Net;
using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>What a hostile body can make the service say, and what others may keep of an answer.</summary>
[Collection(ServiceFixture.Name)]
public sealed class BoundedAnswerTests(ServiceFixture service)
{
    private const int AnswerBytesMax = 16 * 1024;

    [Fact]
    public async Task A_body_full_of_faults_is_answered_with_the_first_of_them_and_short_paths()
    {
        var widget = await service.Api.CreateWidget();
        var faults = string.Join(",", Enumerable.Repeat("\"\\u0001\"", 880));
        var body = $$"""{"{{new string('L', 8_000)}}":[{{faults}}]}""";

        var answer = await service.Api.PostRaw(widget.SessionsPath, Encoding.UTF8.GetBytes(body), widget.Secret);

        answer.MustBe(HttpStatusCode.BadRequest, "validation_failed");
        Assert.InRange(answer.Text.Length, 1, AnswerBytesMax);
    }

    [Fact]
    public async Task A_name_that_looks_like_a_field_s_path_hides_no_fault_of_the_field()
    {
        var widget = await service.Api.CreateWidget();
        var body = Encoding.UTF8.GetBytes("""{"amount.x":"\u0001"}""");

        var answer = await service.Api.PostRaw(widget.SessionsPath, body, widget.Secret);

        Assert.Equal(["is required"], answer.MustBe(HttpStatusCode.BadRequest, "validation_failed").ErrorsOf("amount"));
        Assert.NotEmpty(answer.ErrorsOf("[\"amount.x\"]"));
    }

    [Fact]
    public async Task No_cache_may_keep_an_answer()
    {
        var widget = await service.Api.CreateWidget();
        var session = (await service.Api.CreateSession(widget)).MustBeOk();
        var read = await service.Api.Get(
            $"/api/v1/widgets/deposit-sessions/{session["id"]}", session["clientSecret"]);

        Assert.All([session, read.MustBeOk()], answer => Assert.True(answer.Headers.CacheControl?.NoStore));
    }

    [Fact]
    public async Task Repeats_of_a_known_key_leave_the_creation_rate_to_new_sessions()
    {
        var body = Api.GoodWidget();
        body["maxCreationsPerSecond"] = 1;
        var widget = await service.Api.CreateWidget(body);
        (await service.Api.CreateSession(widget, idempotencyKey: "known")).MustBeOk();

        for (var repeat = 0; repeat < 50; repeat++)
            (await service.Api.CreateSession(widget, idempotencyKey: "known")).MustBeOk();
        await Eventually.Holds("a new session is opened", TimeSpan.FromSeconds(10), async () =>
        {
            (await service.Api.CreateSession(widget, idempotencyKey: "known")).MustBeOk();
            return (await service.Api.CreateSession(widget)).Status == HttpStatusCode.OK;
        });
    }

    [Theory]
    [InlineData("file://shop.example")]
    [InlineData("//shop.example")]
    [InlineData("https://user@shop.example")]
    [InlineData("https://shop.example/path")]
    [InlineData("https://evil.example#shop.example")]
    [InlineData("https://shop.example.evil.example")]
    public async Task Only_what_a_browser_sends_for_an_allowed_page_is_its_origin(string origin)
    {
        var body = Api.GoodWidget();
        body["allowedDomains"] = new System.Text.Json.Nodes.JsonArray("shop.example");
        var widget = await service.Api.CreateWidget(body);

        var answer = await service.Api.CreateSession(widget, origin: origin);

        answer.MustBe(HttpStatusCode.Forbidden, "domain_not_allowed");
    }
}
