using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Gateway.Limits;
using Bleepay.Gateway.Sessions.Live;
using Bleepay.Grains;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>Following a session by Server-Sent Events.</summary>
[Collection(ServiceFixture.Name)]
public sealed class SessionEventTests(ServiceFixture service)
{
    [Fact]
    public async Task A_follower_sees_the_whole_session_at_once_and_at_every_change_and_then_the_end()
    {
        var session = await Open();
        await using var stream = await EventStream.Open(service.Host.Http, session);

        var first = (await stream.Next())!;
        Assert.Equal(("1", "session", "CREATED"), (first.Id, first.Type, first.Status));
        Assert.Equal((await Read(session)).Text, first.Session.ToJsonString());

        (await service.Api.Cancel(session)).MustBeOk();
        var second = Assert.Single(await stream.Rest());
        Assert.Equal(("2", "session", "EXPIRED"), (second.Id, second.Type, second.Status));
        Assert.Equal((await Read(session)).Text, second.Session.ToJsonString());
    }

    [Fact]
    public async Task A_member_follows_with_a_token_and_sees_what_the_customer_sees()
    {
        var session = await Open();
        (await service.Api.Cancel(session)).MustBeOk();

        await using var stream = await EventStream.Open(
            service.Host.Http, session, token: Tokens.For(session.Widget.Business));

        Assert.Equal((await Read(session)).Text, Assert.Single(await stream.Rest()).Session.ToJsonString());
    }

    [Theory]
    [InlineData(null, "2 EXPIRED")]
    [InlineData("0", "1 CREATED,2 EXPIRED")]
    [InlineData("1", "2 EXPIRED")]
    [InlineData("999", "2 EXPIRED")]
    public async Task A_follower_that_comes_back_sees_each_change_that_it_has_missed(string? seen, string expected)
    {
        var session = await Open();
        (await service.Api.Cancel(session)).MustBeOk();

        await using var stream = await EventStream.Open(service.Host.Http, session, seen);

        Assert.Equal(expected, string.Join(',', (await stream.Rest()).Select(frame => $"{frame.Id} {frame.Status}")));
    }

    [Fact]
    public async Task A_follower_that_has_missed_more_than_100_changes_gets_the_latest_100_in_order()
    {
        var session = await Open();
        var report = Api.GoodReport().With("amount", "1");

        // Changes 2 and 3 are one frame, and so are 100 and 101.
        await ReportMany(session, report.With("confirmations", 12), first: 0, count: 1);
        await ReportMany(session, report.With("confirmations", 1), first: 1, count: 96);
        await ReportMany(session, report.With("confirmations", 12), first: 97, count: 1);
        (await service.Api.Cancel(session)).MustBeOk();

        int[] latest = [.. Enumerable.Range(3, 97), 101, 102];
        Assert.Equal(latest, await IdsAfter(session, "1"));
        Assert.Equal(latest, await IdsAfter(session, "0"));
        Assert.Equal(latest.Where(id => id > 50), await IdsAfter(session, "50"));
    }

    [Fact]
    public async Task A_follower_that_has_seen_all_of_an_open_session_waits_for_the_next_change()
    {
        var session = await Open();
        await using var stream = await EventStream.Open(service.Host.Http, session, "1");

        (await service.Api.Cancel(session)).MustBeOk();

        Assert.Equal("2", Assert.Single(await stream.Rest()).Id);
    }

    [Fact]
    public async Task A_follower_that_has_seen_the_end_gets_204_and_does_not_reconnect()
    {
        var session = await Open();
        (await service.Api.Cancel(session)).MustBeOk();

        using var request = Request(session, session.Secret);
        request.Headers.Add("Last-Event-ID", "2");

        Assert.Equal(HttpStatusCode.NoContent, (await service.Api.Send(request)).Status);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.0")]
    [InlineData("99999999999")]
    public async Task An_id_that_is_none_is_refused(string id)
    {
        var session = await Open();
        using var request = Request(session, session.Secret);
        request.Headers.TryAddWithoutValidation("Last-Event-ID", id);

        (await service.Api.Send(request)).MustRefuse("Last-Event-ID");
    }

    [Fact]
    public async Task Without_the_credential_a_stream_is_refused_and_any_page_may_read_why()
    {
        var session = await Open();
        var other = await Open();

        var answer = await service.Api.Get(session.EventsPath, other.Secret, origin: "https://shop.example");
        Assert.Equal("*", Assert.Single(answer.MustBeUnauthorized().Headers.GetValues("Access-Control-Allow-Origin")));
        (await service.Api.Get(session.EventsPath, token: Tokens.For("biz_other")))
            .MustBe(HttpStatusCode.NotFound, "not_found");
        (await service.Api.Get("/api/v1/widgets/deposit-sessions/dep_unknown/events", token: Tokens.For("biz_other")))
            .MustBe(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_page_may_send_its_headers_from_anywhere()
    {
        using var preflight = new HttpRequestMessage(
            HttpMethod.Options, "/api/v1/widgets/deposit-sessions/dep_unknown/events");
        preflight.Headers.Add("Origin", "https://shop.example");
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        preflight.Headers.Add("Access-Control-Request-Headers", "x-client-secret,last-event-id");

        var answer = await service.Api.Send(preflight);

        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains(
            "last-event-id", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Headers")),
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_silent_stream_has_a_heartbeat()
    {
        var session = await Open();
        using var request = Request(session, session.Secret);
        using var response = await service.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        string? line;
        do
        {
            line = await reader.ReadLineAsync().WaitAsync(4 * SessionEventStream.Heartbeat);
        }
        while (line is not (null or ":"));

        Assert.Equal(":", line);
    }

    [Fact]
    public async Task A_session_has_100_followers_at_most()
    {
        var session = await Open();
        var streams = new List<EventStream>();
        for (var follower = 0; follower < LiveSessions.FollowersOfSessionMax; follower++)
            streams.Add(await EventStream.Open(service.Host.Http, session));

        var refused = (await service.Api.Get(session.EventsPath, session.Secret)).MustBeRateLimited();
        Assert.Equal("\"session-streams\";q=100", Assert.Single(refused.Headers.GetValues("RateLimit-Policy")));
        Assert.Equal("\"session-streams\";r=0;t=30", Assert.Single(refused.Headers.GetValues("RateLimit")));

        (await service.Api.Cancel(session)).MustBeOk();
        foreach (var stream in streams)
        {
            Assert.Equal(["1", "2"], (await stream.Rest()).Select(frame => frame.Id));
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_node_has_a_maximum_number_of_followers()
    {
        var live = ActivatorUtilities.CreateInstance<LiveSessions>(service.Host.Services);
        var session = await Open();
        var most = service.Host.Services.GetRequiredService<IOptions<LimitOptions>>().Value.StreamsOnNode;
        var others = Enumerable.Range(0, most)
            .Select(number => live.Join($"dep_{number}", new IPAddress(number))).ToList();

        var refused = await live.Follow(session.Id, new SessionSecretHolder(), IPAddress.None, default);
        others[0].Dispose();
        var accepted = await live.Follow(session.Id, new SessionSecretHolder(), IPAddress.None, default);

        Assert.Equal(RefusalCode.Unavailable, refused.Refusal!.Code);
        Assert.NotNull(accepted.Value);
        accepted.Value.Dispose();
        foreach (var other in others.Skip(1)) other.Dispose();
    }

    private async Task<TestSession> Open() => await service.Api.NewSession(await service.Api.CreateWidget());

    private async Task ReportMany(TestSession session, JsonObject report, int first, int count)
    {
        for (var index = first; index < first + count; index++)
            (await service.Api.Report(session, report.With("index", index))).MustBeOk();
    }

    private async Task<IReadOnlyList<int>> IdsAfter(TestSession session, string lastEventId)
    {
        await using var stream = await EventStream.Open(service.Host.Http, session, lastEventId);
        return [.. (await stream.Rest()).Select(frame => int.Parse(frame.Id!, CultureInfo.InvariantCulture))];
    }

    private async Task<Answer> Read(TestSession session) =>
        (await service.Api.Get(session.Path, session.Secret)).MustBeOk();

    private static HttpRequestMessage Request(TestSession session, string secret)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, session.EventsPath);
        request.Headers.Add("X-Client-Secret", secret);
        return request;
    }
}
