using Bleepay.Gateway.Http;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>Sessions whose clock is set: EXPIRED is never undone.</summary>
public sealed class SessionClockTests : IAsyncLifetime
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(31);
    private static readonly SessionSecretHolder Customer = new();

    private GrainCluster cluster = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Theory]
    [OnEachDatabase("read")]
    [OnEachDatabase("follow")]
    [OnEachDatabase("open")]
    public async Task What_an_answer_has_shown_as_expired_stays_so_when_the_clock_is_set_back(
        string database, string question)
    {
        var id = await OpenUntilTooLate(database, question);

        var shown = await Ask(id, question);
        await SetBack(id);

        Assert.True(shown.TryGet(out var session, out var refusal), refusal?.Detail);
        Assert.Equal(PaymentStatus.Expired, session.Status);
        Assert.Equal([ChangeCause.Created, ChangeCause.Timeout], session.Timeline.Select(change => change.Cause));
        Assert.Equal(PaymentStatus.Expired, await cluster.StatusOf(id));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_whose_cancellation_came_after_its_end_stays_ended(string database)
    {
        var id = await OpenUntilTooLate(database, "cancel");

        var refused = await cluster.Session(id).Cancel(Customer);
        await SetBack(id);

        Assert.Equal(RefusalCode.CannotCancel, refused.Refusal!.Code);
        Assert.Equal(PaymentStatus.Expired, await cluster.StatusOf(id));
    }

    [Theory]
    [OnEachDatabase]
    public async Task An_expiry_that_can_not_be_stored_is_not_shown(string database)
    {
        var id = await OpenUntilTooLate(database, "unstored");
        cluster.Store.FailBeforeCommit(1);

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => cluster.Session(id).Read(Customer));

        Assert.True(ProblemResponses.IsPassing(failure), failure.ToString());
        Assert.Equal(PaymentStatus.Expired, await cluster.StatusOf(id));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_read_of_an_open_session_stores_nothing(string database)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        await cluster.Open("dep_open");
        cluster.Store.FailBeforeCommit(int.MaxValue);

        Assert.Equal(PaymentStatus.Created, await cluster.StatusOf("dep_open"));
    }

    /// <summary>Only the grain's clock moves: its reminder is late.</summary>
    private async Task<string> OpenUntilTooLate(string database, string name)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        var id = $"dep_{name}";
        await cluster.Open(id);
        cluster.Clock.Advance(TooLong);
        return id;
    }

    private Task<Result<SessionView>> Ask(string id, string question) => question switch
    {
        "read" => cluster.Session(id).Read(Customer),
        "follow" => cluster.Session(id).Follow(
            Customer, cluster.Grains.CreateObjectReference<ISessionObserver>(new Deaf())),
        _ => cluster.Open(id),
    };

    /// <summary>And what is only in memory is gone.</summary>
    private async Task SetBack(string id)
    {
        cluster.Clock.AdjustTime(cluster.Clock.GetUtcNow() - TooLong);
        await cluster.Forget(id);
    }

    private sealed class Deaf : ISessionObserver
    {
        public Task Changed(SessionView session) => Task.CompletedTask;
    }
}
