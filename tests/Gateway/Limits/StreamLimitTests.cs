using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Limits;

/// <summary>How many event streams one client address and one widget may hold on a node.</summary>
public sealed class StreamLimitTests : IDisposable
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Limits:StreamsPerAddress"] = "2",
        ["Limits:StreamsPerWidget"] = "3",
        ["Limits:TrustedForwarders"] = "127.0.0.1, ::1",
    };

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_address_holds_two_streams_of_any_sessions_and_another_address_is_still_served()
    {
        await using var host = await ServiceHost.Start(folder.Path, Settings);
        var api = new Api(host.Http);
        var (first, second) = (await Open(api), await Open(api));
        using var one = await Follow(host, first, "192.0.2.1");
        using var two = await Follow(host, second, "192.0.2.1");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, two.StatusCode));

        var refused = await Refused(host, first, "192.0.2.1");
        using var other = await Follow(host, first, "192.0.2.2");

        Assert.Equal("\"address-streams\";q=2", Header(refused, "RateLimit-Policy"));
        Assert.Equal("\"address-streams\";r=0;t=30", Header(refused, "RateLimit"));
        Assert.Equal("*", Header(refused, "Access-Control-Allow-Origin"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        one.Dispose();
        await Eventually.Holds("the address may follow again", Deadline, async () =>
        {
            using var again = await Follow(host, first, "192.0.2.1");
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task The_sessions_of_one_widget_hold_three_streams_and_those_of_another_are_still_served()
    {
        await using var host = await ServiceHost.Start(folder.Path, Settings);
        var api = new Api(host.Http);
        var widget = await api.CreateWidget();
        var streams = new List<HttpResponseMessage>();
        for (var number = 1; number <= 3; number++)
            streams.Add(await Follow(host, await api.NewSession(widget), $"192.0.2.{number}"));
        Assert.All(streams, stream => Assert.Equal(HttpStatusCode.OK, stream.StatusCode));

        var session = await api.NewSession(widget);
        var refused = await Refused(host, session, "192.0.2.4");
        using var other = await Follow(host, await Open(api), "192.0.2.4");

        Assert.Equal("\"widget-streams\";q=3", Header(refused, "RateLimit-Policy"));
        Assert.Equal("\"widget-streams\";r=0;t=30", Header(refused, "RateLimit"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        foreach (var stream in streams) stream.Dispose();
        await Eventually.Holds("the widget's sessions may be followed again", Deadline, async () =>
        {
            using var again = await Follow(host, session, "192.0.2.4");
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    private static async Task<TestSession> Open(Api api) => await api.NewSession(await api.CreateWidget());

    /// <summary>The answer as soon as it begins; a stream is open until it is disposed of.</summary>
    private static Task<HttpResponseMessage> Follow(ServiceHost host, TestSession session, string address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, session.EventsPath);
        request.Headers.Add("X-Client-Secret", session.Secret);
        request.Headers.Add("X-Forwarded-For", address);
        request.Headers.Add("Origin", "https://shop.example");
        return host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<Answer> Refused(ServiceHost host, TestSession session, string address)
    {
        using var response = await Follow(host, session, address);
        return (await Answer.Of(response)).MustBeRateLimited();
    }

    private static string Header(Answer answer, string name) => Assert.Single(answer.Headers.GetValues(name));
}
