using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>What a session promises when its store fails it.</summary>
public sealed class DepositSessionGrainTests : IAsyncLifetime
{
    private GrainCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await GrainCluster.Start();

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task A_commit_that_failed_leaves_nothing_and_may_be_tried_again()
    {
        cluster.Store.FailBeforeCommit(1);

        await MustBeUnavailable(() => cluster.Open("dep_again"));
        Assert.Equal(
            RefusalCode.NotFound,
            (await cluster.Session("dep_again").Read(new SessionSecretHolder())).Refusal!.Code);

        Assert.True((await cluster.Open("dep_again")).TryGet(out _, out _));
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_found_by_the_next_call()
    {
        cluster.Store.FailAfterCommit(1);
        await MustBeUnavailable(() => cluster.Open("dep_unknown"));
        cluster.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.True((await cluster.Open("dep_unknown")).TryGet(out var opened, out _));

        Assert.Equal(cluster.Clock.GetUtcNow() - TimeSpan.FromMinutes(1), opened.CreatedAt);
        Assert.Single(opened.Timeline);
    }

    private static async Task MustBeUnavailable(Func<Task> call) =>
        await Assert.ThrowsAsync<UnavailableException>(call);

    [Fact]
    public async Task A_session_that_another_owner_has_changed_is_read_again_and_decided_on_as_it_is_then()
    {
        const string id = "dep_two_owners";
        await cluster.Open(id);
        var stored = cluster.Store.Read([id])[0]!;
        var cancelled = SessionRules.Decide(stored, new Cancellation(), cluster.Clock.GetUtcNow()).Session!;
        var result = Assert.Single(cluster.Store.Write([new(cancelled, stored.Sequence, default)]));
        Assert.Equal(SessionWriteOutcome.Stored, result.Outcome);

        var cancelledAgain = await cluster.Session(id).Cancel(new SessionSecretHolder());

        Assert.Equal(RefusalCode.CannotCancel, cancelledAgain.Refusal!.Code);
        Assert.Equal(PaymentStatus.Expired, await cluster.StatusOf(id));
    }

    [Fact]
    public async Task A_session_is_the_same_after_it_was_deactivated()
    {
        const string id = "dep_forgotten";
        (await cluster.Open(id)).TryGet(out var opened, out _);
        await cluster.Forget(id);

        (await cluster.Session(id).Read(new SessionSecretHolder())).TryGet(out var read, out _);

        Assert.Equal(opened! with { Timeline = [] }, read! with { Timeline = [] });
        Assert.Equal(opened.Timeline.AsEnumerable(), read.Timeline.AsEnumerable());
    }

    [Fact]
    public async Task Only_members_of_its_business_and_holders_of_its_secret_see_a_session()
    {
        const string id = "dep_private";
        await cluster.Open(id);

        Assert.Null(await RefusalFor(new Member([GrainCluster.Business])));
        Assert.Null(await RefusalFor(new SessionSecretHolder()));
        Assert.Equal(RefusalCode.NotFound, await RefusalFor(new Member(["biz_other"])));
        Assert.Equal(RefusalCode.NotFound, await RefusalFor(new Member([])));
        Assert.Equal(RefusalCode.NotFound, await RefusalFor(new WidgetSecretHolder([1])));

        async Task<RefusalCode?> RefusalFor(Caller caller) =>
            (await cluster.Session(id).Read(caller)).Refusal?.Code;
    }
}
