using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Orleans.Storage;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>What a session's grain can rely on, whatever the database.</summary>
public sealed class SessionStoreTests : IDisposable
{
    private TestStore store = null!;
    private SessionStore sessions = null!;

    [Theory]
    [OnEachDatabase]
    public async Task A_session_is_read_with_its_sequence(string database)
    {
        Use(database);
        var unknown = await sessions.Read("dep_1");
        store.Write(First(Opened("dep_1")));
        var opened = await sessions.Read("dep_1");
        store.Write(End(Opened("dep_1")));
        var closed = await sessions.Read("dep_1");

        Assert.Null(unknown);
        Assert.Equal(1, opened?.Sequence);
        Assert.Equal((2, PaymentStatus.Expired), (closed!.Sequence, closed.Status));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_write_moves_the_sequence_on_and_the_loser_of_two_writers_is_refused(string database)
    {
        Use(database);
        var opened = Opened("dep_1");

        Assert.True((await sessions.Write(opened, 0, default)).IsStored);
        await Assert.ThrowsAsync<InconsistentStateException>(() => sessions.Write(opened, 0, default));

        var closed = Closed(opened);
        Assert.True((await sessions.Write(closed, opened.Sequence, default)).IsStored);
        Assert.Equal(2, (await sessions.Read("dep_1"))!.Sequence);
        await Assert.ThrowsAsync<InconsistentStateException>(() => sessions.Write(closed, opened.Sequence, default));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_cap_without_a_slot_is_a_value_and_nothing_is_stored(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(1, null);
        store.Write(First(Opened("dep_other", caps: caps), caps));

        var commit = await sessions.Write(Opened("dep_1", caps: caps), 0, caps);

        Assert.False(commit.IsStored);
        Assert.Empty(commit.QueuedEndpoints);
        Assert.Null(await sessions.Read("dep_1"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_that_was_never_read_and_is_stored_already_is_refused_by_the_write(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1")));

        await Assert.ThrowsAsync<InconsistentStateException>(() => sessions.Write(Opened("dep_1"), 0, default));
    }

    public void Dispose()
    {
        sessions.Dispose();
        store.Dispose();
    }

    private void Use(string database)
    {
        store = TestStore.On(database);
        sessions = store.OpenStore();
    }
}
