using System.Threading.Channels;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>What a session sends to its followers.</summary>
public sealed class FollowTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly SessionSecretHolder Customer = new();

    private GrainCluster cluster = null!;

    public async Task InitializeAsync() => cluster = await GrainCluster.Start();

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Fact]
    public async Task A_follower_gets_every_change_with_all_earlier_ones()
    {
        await cluster.Open("dep_followed");
        var follower = new Follower(cluster.Grains);
        Assert.Equal(1, (await follower.Follow("dep_followed")).Sequence);

        await cluster.Session("dep_followed").Cancel(Customer);

        var sent = await follower.Next();
        Assert.Equal(PaymentStatus.Expired, sent.Status);
        Assert.Equal([1, 2], sent.Timeline.Select(change => change.Sequence));
    }

    [Fact]
    public async Task A_session_that_has_moved_is_found_again_by_renewing()
    {
        await cluster.Open("dep_moved");
        var follower = new Follower(cluster.Grains);
        await follower.Follow("dep_moved");
        await cluster.Forget("dep_moved");

        Assert.Equal(1, (await follower.Follow("dep_moved")).Sequence);
        await cluster.Session("dep_moved").Cancel(Customer);

        Assert.Equal(2, (await follower.Next()).Sequence);
    }

    [Fact]
    public async Task A_change_that_was_missed_is_in_the_answer_to_a_renewal()
    {
        await cluster.Open("dep_missed");
        var follower = new Follower(cluster.Grains);
        await follower.Follow("dep_missed");
        await cluster.Forget("dep_missed");

        await cluster.Session("dep_missed").Cancel(Customer);

        Assert.Equal(2, (await follower.Follow("dep_missed")).Sequence);
    }

    [Fact]
    public async Task A_follower_that_does_not_renew_is_removed()
    {
        await cluster.Open("dep_gone");
        await cluster.Open("dep_renewed");
        var follower = new Follower(cluster.Grains);
        await follower.Follow("dep_gone");
        await follower.Follow("dep_renewed");

        cluster.Clock.Advance(SessionFollowing.ForgetAfter);
        await follower.Follow("dep_renewed");
        cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await cluster.Session("dep_gone").Cancel(Customer);
        await cluster.Session("dep_renewed").Cancel(Customer);

        Assert.Equal("dep_renewed", (await follower.Next()).Id);
    }

    [Fact]
    public async Task A_session_past_its_end_expires_by_being_asked()
    {
        await cluster.Open("dep_late");
        var follower = new Follower(cluster.Grains);
        cluster.Clock.Advance(TimeSpan.FromMinutes(30));

        var asked = await follower.Follow("dep_late");

        Assert.Equal(PaymentStatus.Expired, asked.Timeline[^1].Status);
        Assert.Equal(2, asked.Sequence);
    }

    [Fact]
    public async Task A_member_of_another_business_can_not_follow()
    {
        await cluster.Open("dep_foreign");
        var follower = new Follower(cluster.Grains);

        foreach (var id in (string[])["dep_foreign", "dep_none"])
        {
            var refused = await cluster.Session(id).Follow(new Member(["biz_other"]), follower.Reference);
            Assert.Equal(RefusalCode.NotFound, refused.Refusal!.Code);
        }
    }

    /// <summary>Keeps what it receives, in order.</summary>
    private sealed class Follower : ISessionObserver
    {
        private readonly IGrainFactory grains;
        private readonly Channel<SessionView> received = Channel.CreateUnbounded<SessionView>();

        public Follower(IGrainFactory grains)
        {
            this.grains = grains;
            Reference = grains.CreateObjectReference<ISessionObserver>(this);
        }

        public ISessionObserver Reference { get; }

        public Task Changed(SessionView session) => received.Writer.WriteAsync(session).AsTask();

        public async Task<SessionView> Follow(string id)
        {
            var followed = await grains.GetGrain<IDepositSessionGrain>(id).Follow(Customer, Reference);
            return followed.TryGet(out var session, out var refusal)
                ? session
                : throw new InvalidOperationException(refusal.Detail);
        }

        public async Task<SessionView> Next() => await received.Reader.ReadAsync().AsTask().WaitAsync(Patience);
    }
}
