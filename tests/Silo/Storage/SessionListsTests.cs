using System.Data.Common;
using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Searches that take long. Here they wait for a table that another transaction has locked.</summary>
[Collection(Databases.Name)]
public sealed class SessionListsTests(Databases databases)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static readonly SessionQuery All = new(
        ManySessions.Business, null, null, null, null, null, null, null, null, null, null, null, 100, 0);

    private static readonly SessionQuery ByTransaction = All with { TransactionId = "0xt20" };

    [Fact]
    public async Task Some_searches_that_take_long_keep_no_other_waiting()
    {
        if (!PostgreSqlServer.IsInstalled()) return;
        using var search = new Searching(databases);
        var slow = Enumerable.Range(1, SessionLists.SearchesAtOnceMax - 1)
            .Select(_ => search.For(ByTransaction)).ToList();

        Assert.Empty(await search.For(All with { Status = PaymentStatus.Created }).WaitAsync(Soon));
        Assert.All(slow, one => Assert.False(one.IsCompleted));

        search.Unlock();
        Assert.All(await Task.WhenAll(slow).WaitAsync(Soon), found => Assert.Single(found));
    }

    [Fact]
    public async Task So_many_searches_wait_and_one_more_is_refused()
    {
        if (!PostgreSqlServer.IsInstalled()) return;
        using var search = new Searching(databases);
        var most = SessionLists.SearchesAtOnceMax + SessionLists.SearchesWaitingMax;
        var waiting = Enumerable.Range(1, most).Select(_ => search.For(ByTransaction)).ToList();

        await Assert.ThrowsAsync<UnavailableException>(() => search.For(All));
        Assert.All(waiting, one => Assert.False(one.IsCompleted));

        search.Unlock();
        Assert.All(await Task.WhenAll(waiting).WaitAsync(Soon), found => Assert.Single(found));
        Assert.Equal(100, (await search.For(All).WaitAsync(Soon)).Count);
    }

    /// <summary>Some sessions, whose payments can't be read until they are unlocked.</summary>
    private sealed class Searching : IDisposable
    {
        private readonly TestStore store;
        private readonly SessionStore sessions;
        private readonly SessionLists lists;
        private readonly DbConnection locking;
        private readonly DbTransaction locked;

        public Searching(Databases databases)
        {
            store = TestStore.On(databases, Databases.PostgreSql);
            ManySessions.Fill(store, Databases.PostgreSql, count: 200, open: 0);
            sessions = new SessionStore(store.Dialect);
            lists = new SessionLists(store.Database, sessions);
            locking = store.Database.Connect();
            locked = locking.BeginTransaction();
            using var command = locking.CreateCommand();
            command.Transaction = locked;
            command.CommandText = "lock table session_payment in access exclusive mode";
            command.ExecuteNonQuery();
        }

        public Task<IReadOnlyList<DepositSession>> For(SessionQuery query) =>
            lists.Find(new SessionSearch(query, ManySessions.CreatedAt(200), TestStore.Lifetime));

        public void Unlock() => locked.Rollback();

        public void Dispose()
        {
            locked.Dispose();
            locking.Dispose();
            lists.Dispose();
            sessions.Dispose();
            store.Dispose();
        }
    }
}
