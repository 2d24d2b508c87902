using System.Globalization;
using System.Text;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Silo.Storage.Webhooks;
using Bleepay.Tests.Harness;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>What an erasure leaves of a customer's data in the database: nothing.</summary>
public sealed class ErasureTests
{
    private const string Endpoint = "wh_AAAAAAAAAAAAAAAAAAAAAA";
    private const string SessionId = "dep_BBBBBBBBBBBBBBBBBBBBBB";
    private const string OtherId = "dep_CCCCCCCCCCCCCCCCCCCCCC";
    private const string Reference = "order-of-ann";

    /// <summary>Of the session: its e-mail address, its reference, and what the receiver has echoed.</summary>
    private static readonly string[] Personal = ["ann@example.com", Reference, "echoed by the receiver", "cart"];

    [Theory]
    [OnEachDatabase]
    public void No_table_has_any_of_it_afterwards(string database)
    {
        using var store = On(database);
        using var webhooks = Delivered(store, out var session);
        Assert.All(Personal, text => Assert.NotEmpty(RowsWith(store, database, text)));

        var erased = Erase(session);
        Assert.Equal([SessionWriteOutcome.Stored], Erase(store, erased, session.Sequence));

        Assert.All(Personal, text => Assert.Empty(RowsWith(store, database, text)));
        var read = store.Sessions.Read([SessionId])[0]!;
        Assert.Equal(erased.Terms, read.Terms);
        Assert.Equal(erased.Timeline.ToArray(), read.Timeline.ToArray());
        Assert.Equal((erased.ErasedAt, 0), (read.ErasedAt, read.Fingerprint.Length));
        Assert.Equal(
            DepositEvent.Bodies(erased).Select(entry => entry.Body),
            store.Rows.Read("select request_body from webhook_delivery order by sequence", row => row.GetString(0)));
    }

    [Theory]
    [OnEachDatabase]
    public void An_attempt_that_began_before_does_not_bring_it_back(string database)
    {
        using var store = On(database);
        using var webhooks = Delivered(store, out var session);

        Erase(store, Erase(session), session.Sequence);
        webhooks.Queue.Record([Attempt(session, 2, DeliveryStatus.Retrying)]);

        Assert.All(Personal, text => Assert.Empty(RowsWith(store, database, text)));
        Assert.Equal(1, store.Rows.Count("select attempts from webhook_delivery where sequence = 2"));
        var waiting = Assert.Single(webhooks.Queue.Claim([new(Endpoint, Now.AddDays(1), Now.AddDays(2), 10)])[0]);
        Assert.Contains(
            "\"customerEmail\":null", Assert.Single(waiting.Deliveries).RequestBody!, StringComparison.Ordinal);
    }

    [Theory]
    [OnEachDatabase]
    public void Another_session_keeps_its_own(string database)
    {
        using var store = On(database);
        using var webhooks = Delivered(store, out var session);
        store.Write(First(Opened(OtherId, reference: Reference)));

        Erase(store, Erase(session), session.Sequence);

        Assert.Equal(Reference, store.Sessions.Read([OtherId])[0]!.Terms.CustomerReference);
        Assert.Equal(0, store.Rows.Count(
            $"select count(*) from webhook_delivery where subject_id = '{OtherId}' and request_body is not null"));
    }

    [Theory]
    [OnEachDatabase]
    public void A_stale_sequence_is_refused_and_erases_nothing(string database)
    {
        using var store = On(database);
        using var webhooks = Delivered(store, out var session);

        Assert.Equal([SessionWriteOutcome.Conflict], Erase(store, Erase(session), session.Sequence - 1));

        Assert.All(Personal, text => Assert.NotEmpty(RowsWith(store, database, text)));
    }

    [Theory]
    [OnEachDatabase]
    public void The_counter_of_the_reference_goes_unless_it_counts_another_session(string database)
    {
        using var store = On(database);
        var caps = new OpenSessionCaps(5, 5);
        var first = Opened("dep_1", caps: caps, reference: "a");
        var second = Opened("dep_2", caps: caps, reference: "a");
        store.Write(First(first, caps), First(second, caps));
        store.Write(End(first));

        Erase(store, Erase(Closed(first)), Closed(first).Sequence);
        Assert.Equal(1, store.Rows.Count(
            "select open_sessions from open_session_count where customer_reference = 'a'"));

        store.Write(End(second));
        Erase(store, Erase(Closed(second)), Closed(second).Sequence);
        Assert.Equal(0, store.Rows.Count("select count(*) from open_session_count where customer_reference = 'a'"));
        Assert.Equal(1, store.Rows.Count("select count(*) from open_session_count where customer_reference = ''"));
    }

    [Fact]
    public void The_file_of_SQLite_has_none_of_it_after_a_vacuum()
    {
        using var store = On(Databases.Sqlite);
        using (Delivered(store, out var session)) Erase(store, Erase(session), session.Sequence);
        store.Execute("vacuum");
        store.Execute("pragma wal_checkpoint(truncate)");

        var path = ((SqliteDatabase)store.Database).Path;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var text = reader.ReadToEnd();
            Assert.All(Personal, one => Assert.DoesNotContain(one, text, StringComparison.Ordinal));
        }
    }

    /// <summary>A session with one webhook that was answered, and one that waits.</summary>
    private static WebhookTables Delivered(TestStore store, out DepositSession session)
    {
        var webhooks = store.Database.Webhooks();
        WebhookTablesTests.Make(webhooks, Endpoint, ["deposit.created", "deposit.expired"]);
        var opened = Opened(SessionId, reference: Reference);
        store.Write(First(opened));
        store.Write(End(opened));
        session = Closed(opened);
        var claimed = Assert.Single(webhooks.Queue.Claim([new(Endpoint, Now, Now.AddSeconds(30), 10)])[0]);
        Assert.Equal(2, claimed.Deliveries.Length);
        webhooks.Queue.Record([Attempt(session, 1, DeliveryStatus.Delivered)]);
        return webhooks;
    }

    private static AttemptRecord Attempt(DepositSession session, int sequence, DeliveryStatus status) => new(
        new DeliveryKey(Endpoint, session.Id, sequence), status, 1, Now, "https://shop.example/",
        DepositEvent.Bodies(session).Single(entry => entry.Change.Sequence == sequence).Body,
        200, "echoed by the receiver", null, status == DeliveryStatus.Retrying ? Now.AddHours(1) : null, null);

    private static DepositSession Erase(DepositSession session) =>
        SessionRules.Decide(session, new Erasure(), Now.AddDays(1)).Session!;

    private static IReadOnlyList<SessionWriteOutcome> Erase(TestStore store, DepositSession erased, int sequence) =>
        [.. store.Sessions.Erase([new SessionWrite(erased, sequence, default)]).Select(result => result.Outcome)];

    /// <summary>The tables that have this text in any row, in any column.</summary>
    private static IReadOnlyList<string> RowsWith(TestStore store, string database, string text) =>
        [.. Tables(store, database).Where(table => store.Rows
            .Read(
                $"select * from {table}",
                row => string.Join('\n', Enumerable.Range(0, row.FieldCount)
                    .Select(column => Convert.ToString(row.GetValue(column), CultureInfo.InvariantCulture))))
            .Any(row => row.Contains(text, StringComparison.Ordinal)))];

    private static IReadOnlyList<string> Tables(TestStore store, string database) => store.Rows.Read(
        database == Databases.PostgreSql
            ? "select tablename from pg_tables where schemaname = 'public'"
            : "select name from sqlite_master where type = 'table'",
        row => row.GetString(0));
}
