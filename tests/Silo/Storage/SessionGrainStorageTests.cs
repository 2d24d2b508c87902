using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Tests.Harness;
using Orleans.Storage;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

[Collection(Databases.Name)]
public sealed class SessionGrainStorageTests(Databases databases) : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create(DepositSessionGrain.GrainTypeName, "dep_1");

    private TestStore store = null!;
    private SessionStore sessions = null!;
    private SessionGrainStorage storage = null!;

    [Theory]
    [OnEachDatabase]
    public async Task A_session_is_read_with_its_sequence_as_its_ETag(string database)
    {
        Use(database);
        var unknown = await Read();
        store.Write(First(Opened("dep_1")));
        var opened = await Read();
        store.Write(End(Opened("dep_1")));
        var closed = await Read();

        Assert.Equal((false, null), (unknown.RecordExists, unknown.ETag));
        Assert.Null(unknown.State!.Session);
        Assert.Equal((true, "1"), (opened.RecordExists, opened.ETag));
        Assert.Equal((true, "2"), (closed.RecordExists, closed.ETag));
        Assert.Equal(PaymentStatus.Expired, closed.State!.Session!.Status);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_write_moves_the_ETag_on_and_the_loser_of_two_writers_is_refused(string database)
    {
        Use(database);
        var winner = await Read();
        var loser = await Read();

        await Write(winner, Opened("dep_1"));
        Assert.Equal((true, "1"), (winner.RecordExists, winner.ETag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(loser, Opened("dep_1")));

        var late = await Read();
        await Write(winner, Closed(Opened("dep_1")));
        Assert.Equal("2", winner.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(late, Closed(Opened("dep_1"))));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_cap_without_a_place_is_told_in_the_state_and_nothing_is_stored(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(1, null);
        store.Write(First(Opened("dep_other", caps: caps), caps));
        var state = await Read();
        state.State!.Caps = caps;

        await Write(state, Opened("dep_1", caps: caps));

        Assert.True(state.State!.HasNoPlace);
        Assert.False(state.RecordExists);
        Assert.Null((await Read()).State!.Session);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Who_believes_that_a_session_is_new_and_is_wrong_is_refused_by_the_write(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1")));
        var unread = new GrainState<SessionState>(new SessionState());

        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(unread, Opened("dep_1")));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_is_never_cleared(string database)
    {
        Use(database);
        var state = await Read();

        await Assert.ThrowsAsync<NotSupportedException>(() => storage.ClearStateAsync("any", Grain, state));
    }

    public void Dispose()
    {
        sessions.Dispose();
        store.Dispose();
    }

    private void Use(string database)
    {
        store = TestStore.On(databases, database);
        sessions = new SessionStore(store.Dialect);
        storage = new SessionGrainStorage(sessions);
    }

    private async Task<GrainState<SessionState>> Read(string id = "dep_1")
    {
        var state = new GrainState<SessionState>(new SessionState());
        await storage.ReadStateAsync("any", GrainId.Create(DepositSessionGrain.GrainTypeName, id), state);
        return state;
    }

    private Task Write(GrainState<SessionState> state, DepositSession session)
    {
        state.State!.Session = session;
        return storage.WriteStateAsync("any", Grain, state);
    }
}
