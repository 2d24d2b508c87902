using System.Collections.Immutable;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Silo.Storage.Sessions.SessionWriteOutcome;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>The commit that stores a new session chooses its deposit address.</summary>
public sealed class DepositAddressTests : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(30);

    private static readonly ImmutableArray<string> Ten =
        [.. Enumerable.Range(0, 10).Select(number => $"0xAB{number:x38}")];

    private TestStore store = null!;

    [Theory]
    [OnEachDatabase]
    public void Each_session_of_a_commit_gets_a_different_address_and_the_rest_none(string database)
    {
        Use(database);

        var results = store.Sessions.Write([.. Enumerable.Range(0, 12).Select(number => New($"dep_{number:d2}", Ten))]);

        Assert.Equal(
            [.. Enumerable.Repeat(Stored, 10), NoAddress, NoAddress], results.Select(result => result.Outcome));
        Assert.Equal(Ten, results.Take(10).Select(result => result.DepositAddress));
        var read = store.Sessions.Read(["dep_03", "dep_11"]);
        Assert.Equal((Ten[3], true), (read[0]!.Terms.DepositAddress, read[0]!.HasAssignedAddress));
        Assert.Null(read[1]);
    }

    [Theory]
    [OnEachDatabase]
    public void An_address_rests_after_a_session_up_to_the_limit(string database)
    {
        Use(database);
        var pool = Ten[..1];
        Assert.Equal(Stored, Open("dep_first", pool, Now).Outcome);
        var endedAt = Now.AddSeconds(1);
        store.Write(End(Opened("dep_first")));

        Assert.Equal(NoAddress, Open("dep_early", pool, endedAt + Rest - TimeSpan.FromMilliseconds(1)).Outcome);
        Assert.Equal(Stored, Open("dep_free", pool, endedAt + Rest).Outcome);
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_that_is_overdue_holds_its_address_until_the_rest_is_over(string database)
    {
        Use(database);
        var pool = Ten[..1];
        Assert.Equal(Stored, Open("dep_overdue", pool, Now).Outcome);

        Assert.Equal(
            NoAddress, Open("dep_early", pool, Now + Lifetime + Rest - TimeSpan.FromMilliseconds(1)).Outcome);
        Assert.Equal(Conflict, Open("dep_overdue", pool, Now).Outcome);
    }

    [Theory]
    [OnEachDatabase]
    public void An_address_that_was_never_used_comes_first_and_then_the_one_that_has_rested_longest(string database)
    {
        Use(database);
        var (one, two, three) = (Ten[0], Ten[1], Ten[2]);
        Assert.Equal(two, Open("dep_1", [two], Now).DepositAddress);
        Assert.Equal(one, Open("dep_2", [one], Now.AddSeconds(9)).DepositAddress);
        store.Write(End(Opened("dep_1")), End(Opened("dep_2", Now.AddSeconds(9) + Lifetime)));
        var later = Now.AddHours(2);

        Assert.Equal(
            [three, two, one],
            Enumerable.Range(3, 3).Select(number => Open($"dep_{number}", [one, two, three], later).DepositAddress));
        Assert.Equal(NoAddress, Open("dep_6", [one, two, three], later).Outcome);
    }

    [Theory]
    [OnEachDatabase]
    public void Sessions_of_another_business_network_or_token_do_not_count_and_a_fixed_address_does(string database)
    {
        Use(database);
        var pool = Ten[..1];
        var fixedOne = New("dep_fixed", pool);
        fixedOne = fixedOne with
        {
            Addresses = null,
            Session = fixedOne.Session.At(pool[0].ToLowerInvariant()) with { HasAssignedAddress = false },
        };
        var other = New("dep_business", pool);
        other = other with { Session = other.Session with { BusinessId = "biz_other" } };
        var terms = other.Session.Terms;

        Assert.Equal(
            [Stored, Stored, Stored, Stored],
            store.Write(
                fixedOne,
                other,
                New("dep_network", pool, terms: terms with { Network = "ethereum" }),
                New("dep_token", pool, terms: terms with { CurrencyAddress = "" })));
        Assert.Equal(NoAddress, Open("dep_taken", pool, Now).Outcome);
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_without_an_address_takes_no_slot_and_one_without_a_slot_stores_none(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(2, null);

        var results = store.Write(
            New("dep_1", Ten[..1], caps: caps), New("dep_2", Ten[..1], caps: caps), New("dep_3", Ten[1..5], caps: caps),
            New("dep_4", Ten[1..5], caps: caps));

        Assert.Equal([Stored, NoAddress, Stored, NoSlot], results);
        Assert.Equal(2, store.Rows.Count("select sum(open_sessions) from open_session_count"));
        Assert.Equal(2, store.Rows.Count("select count(*) from deposit_session"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task Of_64_sessions_that_two_nodes_store_at_once_ten_get_the_ten_addresses(string database)
    {
        Use(database);
        using var node = database == Databases.PostgreSql
            ? new Bleepay.Silo.Storage.PostgreSql.PostgreSqlDatabase(store.Database.ConnectionString)
            : null;
        var second = node?.Sessions() ?? store.Sessions;
        using var together = new Barrier(8);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Factory.StartNew(
            () =>
            {
                var sessions = writer % 2 == 0 ? store.Sessions : second;
                var batch = Enumerable.Range(0, 8).Select(number => New($"dep_{writer}_{number}", Ten)).ToList();
                together.SignalAndWait();
                var answers = sessions.Write(batch);
                var busy = batch.Where((_, index) => answers[index].Outcome == Busy).ToList();
                return answers.Where(answer => answer.Outcome != Busy)
                    .Concat(busy.Count > 0 ? sessions.WriteContended(busy) : [])
                    .ToList();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        var all = results.SelectMany(answers => answers).ToList();
        Assert.Equal(64, all.Count);
        Assert.Equal(54, all.Count(answer => answer.Outcome == NoAddress));
        Assert.Equal(
            Ten.Order(), all.Where(answer => answer.Outcome == Stored).Select(answer => answer.DepositAddress).Order());
        Assert.Equal(10, store.Rows.Count("select count(distinct deposit_address) from deposit_session"));
    }

    public void Dispose() => store.Dispose();

    private void Use(string database) => store = TestStore.On(database);

    private SessionWriteResult Open(string id, ImmutableArray<string> pool, DateTimeOffset now) =>
        Assert.Single(store.Sessions.Write([New(id, pool, now)]));

    private static SessionWrite New(
        string id, ImmutableArray<string> pool, DateTimeOffset? now = null, OpenSessionCaps caps = default,
        SessionTerms? terms = null)
    {
        var opened = Opened(id, (now ?? Now) + Lifetime, caps);
        var session = opened with
        {
            HasAssignedAddress = true,
            Terms = (terms ?? opened.Terms) with { DepositAddress = AddressPool.Auto },
        };
        return new SessionWrite(session, 0, caps, new AddressPool(pool, Rest));
    }
}
