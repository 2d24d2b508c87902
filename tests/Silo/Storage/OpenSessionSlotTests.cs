using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Silo.Storage.Sessions.SessionWriteOutcome;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>When a session takes a slot of its widget's cap, when it gives it back, and when neither.</summary>
public sealed class OpenSessionSlotTests
{
    private static readonly OpenSessionCaps OneOfAWidget = new(1, null);

    [Theory]
    [OnEachDatabase]
    public void A_session_that_is_stored_already_is_a_conflict_though_the_cap_is_reached(string database)
    {
        using var store = TestStore.On(database);
        var (known, next) = (Opened("dep_1", caps: OneOfAWidget), Opened("dep_2", caps: OneOfAWidget));
        store.Write(First(known, OneOfAWidget));

        Assert.Equal(
            [Conflict, NoSlot], store.Write(First(known, OneOfAWidget), First(next, OneOfAWidget)));
        Assert.Equal([Stored], store.Write(End(known)));
        Assert.Equal(
            [Conflict, Stored], store.Write(First(known, OneOfAWidget), First(next, OneOfAWidget)));

        Assert.Equal(1, Counted(store));
    }

    [Theory]
    [OnEachDatabase]
    public void A_counter_that_is_too_low_keeps_no_session_from_ending_and_stays_at_zero(string database)
    {
        using var store = TestStore.On(database);
        var caps = new OpenSessionCaps(5, null);
        var sessions = Enumerable.Range(1, 3).Select(number => Opened($"dep_{number}", caps: caps)).ToList();
        store.Write([.. sessions.Select(session => First(session, caps))]);
        store.Execute("update open_session_count set open_sessions = 0");

        Assert.Equal([Stored, Stored], store.Write(End(sessions[0]), End(sessions[1])));
        Assert.Equal(0, Counted(store));

        var next = Opened("dep_4", caps: caps);
        Assert.Equal([Stored, Stored], store.Write(End(sessions[2]), First(next, caps)));
        Assert.Equal(1, Counted(store));
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_that_ends_together_with_others_of_its_widget_gives_one_slot_back(string database)
    {
        using var store = TestStore.On(database);
        var caps = new OpenSessionCaps(5, 2);
        var first = Opened("dep_1", caps: caps, reference: "a");
        var second = Opened("dep_2", caps: caps, reference: "a");
        store.Write(First(first, caps), First(second, caps));

        Assert.Equal([Stored, Conflict], store.Write(End(first), End(first)));
        Assert.Equal([Conflict], store.Write(End(first)));

        Assert.Equal(["/1", "a/1"], Counters(store));
    }

    [Fact]
    public void The_embedded_service_counts_its_open_sessions_again_at_each_start()
    {
        using var store = TestStore.On(Databases.Sqlite);
        var caps = new OpenSessionCaps(5, 5);
        store.Write(
            First(Opened("dep_1", caps: caps, reference: "a"), caps), First(Opened("dep_2", caps: caps), caps),
            First(Opened("dep_3", caps: new(null, 5), reference: "b"), caps), First(Opened("dep_4", reference: "c")),
            First(Opened("dep_5", caps: caps, reference: "d"), caps));
        store.Write(End(Opened("dep_5", caps: caps, reference: "d")));
        var before = Counters(store).Where(counter => !counter.EndsWith("/0", StringComparison.Ordinal)).ToList();
        store.Execute("update open_session_count set open_sessions = 4");
        store.Execute("delete from open_session_count where customer_reference = 'a'");

        store.Migrate();

        Assert.Equal(["/2", "a/1", "b/1"], before);
        Assert.Equal(before, Counters(store));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_counter_that_stays_locked_refuses_its_own_sessions_only()
    {
        using var store = TestStore.On(Databases.PostgreSql);
        using var sessions = store.OpenStore();
        var caps = new OpenSessionCaps(100, null);
        DepositSession Session(string widget, int number) =>
            Opened($"dep_{widget}_{number}", caps: caps) with { WidgetId = widget };
        async Task<bool> IsStored(SessionWrite write) =>
            (await sessions.Write(write.Session, write.StoredSequence, write.Caps)).IsStored;
        await IsStored(First(Session("locked", 0), caps));

        await using (var holder = ((PostgreSqlDatabase)store.Database).Open())
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await using var command = holder.CreateCommand();
            command.CommandText = "select 1 from open_session_count where widget_id = 'locked' for update";
            await command.ExecuteScalarAsync();

            // A connection as the service opens it would be closed after a while with its transaction open.
            await using var keepOpen = holder.CreateCommand();
            keepOpen.CommandText = "set idle_in_transaction_session_timeout = 0";
            await keepOpen.ExecuteNonQueryAsync();

            var refused = Enumerable.Range(1, 20)
                .Select(number => IsStored(First(Session("locked", number), caps)))
                .Append(IsStored(End(Session("locked", 0))))
                .ToList();
            for (var number = 0; number < 20; number++)
            {
                Assert.True(await IsStored(First(Session("free", number), caps)));
                Assert.True(await IsStored(First(Opened($"dep_{number}"))));
            }

            foreach (var one in refused) await Assert.ThrowsAsync<Bleepay.Grains.UnavailableException>(() => one);
        }

        Assert.True(await IsStored(First(Session("locked", 99), caps)));
        Assert.True(await IsStored(End(Session("locked", 0))));
        Assert.Equal(1, store.Rows.Count("select open_sessions from open_session_count where widget_id = 'locked'"));
        Assert.Equal(20, store.Rows.Count("select open_sessions from open_session_count where widget_id = 'free'"));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public void Connections_give_up_on_locks_and_open_transactions_unless_the_operator_sets_other_times()
    {
        using var store = TestStore.On(Databases.PostgreSql);
        using var own = new Bleepay.Silo.Storage.PostgreSql.PostgreSqlDatabase(
            store.Database.ConnectionString + ";Options=-c lock_timeout=7000 -c work_mem=5MB");

        Assert.Equal("2s", store.Ask("show lock_timeout"));
        Assert.Equal("5s", store.Ask("show idle_in_transaction_session_timeout"));
        Assert.Equal(("7s", "5s", "5MB"), (
            Ask(own, "lock_timeout"), Ask(own, "idle_in_transaction_session_timeout"), Ask(own, "work_mem")));
    }

    private static object? Ask(Bleepay.Silo.Storage.PostgreSql.PostgreSqlDatabase database, string setting)
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
        command.CommandText = $"show {setting}";
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    private static long Counted(TestStore store) =>
        store.Rows.Count("select open_sessions from open_session_count where customer_reference = ''");

    private static IReadOnlyList<string> Counters(TestStore store) => store.Rows.Read(
        "select customer_reference || '/' || open_sessions from open_session_count order by 1",
        row => row.GetString(0));
}
