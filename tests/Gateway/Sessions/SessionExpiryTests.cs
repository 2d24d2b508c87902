using System.Net;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>Sessions that expire without a request, on a service whose sessions live for five seconds.</summary>
public sealed class SessionExpiryTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private ServiceHost? host;

    private Api Api => new(host!.Http);

    public async Task InitializeAsync() => host = await ServiceHost.Start(
        folder.Path, new Dictionary<string, string?> { ["Sessions:Lifetime"] = Lifetime.ToString() });

    public async Task DisposeAsync()
    {
        await host!.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task No_answer_shows_an_open_session_past_its_end()
    {
        var widget = await Api.CreateWidget(Api.GoodWidget().With("maxOpenSessions", 1));
        var session = await Api.NewSession(widget, idempotencyKey: "key");
        var expiresAt = SessionLifeTests.Time(session.Opened["expiresAt"]);

        await Eventually.Holds("the session is EXPIRED", Deadline, async () =>
        {
            var asked = DateTimeOffset.UtcNow;
            var status = (await Api.Get(session.Path, session.Secret)).MustBeOk()["paymentStatus"];
            var again = (await Api.CreateSession(widget, idempotencyKey: "key")).MustBeOk()["paymentStatus"];
            var answered = DateTimeOffset.UtcNow;

            if (asked >= expiresAt) Assert.Equal(("EXPIRED", "EXPIRED"), (status, again));
            if (answered < expiresAt) Assert.Equal(("CREATED", "CREATED"), (status, again));
            return status == "EXPIRED";
        });

        (await Api.Cancel(session)).MustBe(HttpStatusCode.BadRequest, "cannot_cancel");
        await MustBeStoredAsExpired(session, expiresAt);
        await Eventually.Holds("its slot is free", Deadline, async () =>
            (await Api.CreateSession(widget)).Status == HttpStatusCode.OK);
    }

    private async Task MustBeStoredAsExpired(TestSession session, DateTimeOffset expiresAt)
    {
        Answer read = session.Opened;
        await Eventually.Holds("the expiry is on the timeline", Deadline, async () =>
        {
            read = await Api.ReadAsMember(session);
            return read.Body["timeline"]!.AsArray().Count == 2;
        });

        var expiry = read.Body["timeline"]![1]!;
        Assert.Equal("EXPIRED", expiry["paymentStatus"]!.GetValue<string>());
        Assert.Equal("TIMEOUT", expiry["cause"]!.GetValue<string>());
        Assert.True(SessionLifeTests.Time(expiry["at"]!.GetValue<string>()) >= expiresAt);
        Assert.Equal(Lifetime, expiresAt - SessionLifeTests.Time(read["createdAt"]));
    }
}
