using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Silo.Storage.Sessions.SessionWriteOutcome;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>What the session store may rely on, whatever the database.</summary>
public sealed class SessionTablesTests : IDisposable
{
    private TestStore store = null!;

    [Theory]
    [OnEachDatabase]
    public void A_session_is_read_as_it_was_written(string database)
    {
        Use(database);
        var opened = Opened("dep_1", reference: "order-1");
        var bare = opened with
        {
            Id = "dep_2",
            Fingerprint = [],
            UnderpaymentTolerancePercent = null,
            Terms = opened.Terms with { CustomerEmail = null, CustomerReference = null, Metadata = null },
        };
        store.Write(First(opened), First(bare));
        store.Write(End(bare));

        var read = store.Sessions.Read(["dep_1", "dep_2"]);

        MustEqual(opened, read[0]);
        MustEqual(Closed(bare), read[1]);
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_is_read_with_its_payments_as_each_write_left_it(string database)
    {
        Use(database);
        var session = Opened("dep_1");
        store.Write(First(session), First(Opened("dep_2")));
        foreach (var (report, at) in Reports(session))
        {
            var before = session;
            session = SessionRules.Decide(before, new ReportedPayment(report), at).Session!;
            Assert.Equal([Stored], store.Write(new SessionWrite(session, before.Sequence, default)));
            MustEqual(session, store.Sessions.Read(["dep_1"])[0]);
        }

        Assert.Equal(PaymentStatus.Expired, session.Status);
        Assert.Equal(
            Enum.GetValues<PaymentStage>().ToHashSet(), session.Payments.Select(one => one.Stage).ToHashSet());
        MustEqual(Opened("dep_2"), store.Sessions.Read(["dep_1", "dep_2"])[1]);
    }

    [Theory]
    [OnEachDatabase]
    public void A_refused_write_leaves_no_payment(string database)
    {
        Use(database);
        var session = Opened("dep_1");
        var (report, at) = Reports(session)[0];
        var paid = SessionRules.Decide(session, new ReportedPayment(report), at).Session!;
        store.Write(First(session), End(session));

        Assert.Equal([Conflict], store.Write(new SessionWrite(paid, session.Sequence, default)));

        Assert.Equal(0, store.Rows.Count("select count(*) from session_payment"));
        Assert.Equal(1, Events());
    }

    [Theory]
    [OnEachDatabase]
    public void A_late_payment_does_not_give_a_slot_back_once_more(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(2, 2);
        var first = Opened("dep_1", caps: caps, reference: "a");
        var second = Opened("dep_2", caps: caps, reference: "a");
        store.Write(First(first, caps), First(second, caps), End(first));
        Assert.Equal(["/1", "a/1"], Slots());

        var ended = Closed(first);
        var late = SessionRules.Decide(ended, new ReportedPayment(Reports(first)[0].Report), ended.ExpiresAt).Session!;
        var pending = SessionRules.Decide(second, new ReportedPayment(Reports(second)[0].Report), Now).Session!;
        store.Write(
            new SessionWrite(late, ended.Sequence, default), new SessionWrite(pending, second.Sequence, default));

        Assert.Equal((PaymentStatus.Expired, PaymentStatus.Pending), (late.Status, pending.Status));
        Assert.Equal(["/1", "a/1"], Slots());
    }

    [Theory]
    [OnEachDatabase]
    public void A_second_first_write_is_refused_and_leaves_no_trace(string database)
    {
        Use(database);
        var first = Opened("dep_1");
        var other = first with { WidgetId = "wdgt_other" };

        Assert.Equal([Stored, Conflict], store.Write(First(first), First(other)));
        Assert.Equal([Conflict, Stored], store.Write(First(other), First(Opened("dep_2"))));

        MustEqual(first, store.Sessions.Read(["dep_1"])[0]);
        Assert.Equal(2, store.Rows.Count("select count(*) from deposit_session"));
    }

    [Theory]
    [OnEachDatabase]
    public void A_stale_sequence_is_refused_and_leaves_no_trace(string database)
    {
        Use(database);
        var session = Opened("dep_1");
        store.Write(First(session));

        Assert.Equal([Stored, Conflict], store.Write(End(session), End(session)));
        Assert.Equal([Conflict], store.Write(End(Opened("dep_never"))));

        MustEqual(Closed(session), store.Sessions.Read(["dep_1"])[0]);
        Assert.Equal(1, Events());
    }

    [Theory]
    [OnEachDatabase]
    public void A_commit_holds_all_of_its_rows_and_events_or_none(string database)
    {
        Use(database);
        var (first, second) = (Opened("dep_1"), Opened("dep_2"));
        store.Write(First(first), First(second), End(second));
        store.Execute("update deposit_session set sequence = 1, payment_status = 'CREATED'");

        Assert.ThrowsAny<Exception>(() => store.Write(End(first), First(Opened("dep_3")), End(second)));

        Assert.Equal(2, store.Rows.Count("select count(*) from deposit_session where payment_status = 'CREATED'"));
        Assert.Equal((2, 1), (store.Rows.Count("select count(*) from deposit_session"), Events()));
        Assert.Equal([Stored], store.Write(End(first)));
    }

    [Theory]
    [OnEachDatabase]
    public void A_widget_has_as_many_open_sessions_as_its_cap_and_a_closed_one_gives_its_slot_back(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(2, null);
        var sessions = Enumerable.Range(1, 4).Select(number => Opened($"dep_{number}", caps: caps)).ToList();

        Assert.Equal(
            [Stored, Stored, NoSlot],
            store.Write([.. sessions.Take(3).Select(session => First(session, caps))]));
        Assert.Equal([NoSlot], store.Write(First(sessions[2], caps)));
        Assert.Equal([Stored, Stored, NoSlot], store.Write(
            End(sessions[0]), First(sessions[2], caps), First(sessions[3], caps)));

        Assert.Null(store.Sessions.Read(["dep_4"])[0]);
        Assert.Equal(["/2"], Slots());
    }

    [Theory]
    [OnEachDatabase]
    public void A_reference_has_as_many_open_sessions_as_its_cap_whatever_others_have(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(null, 1);
        var first = Opened("dep_1", caps: caps, reference: "order-1");
        var second = Opened("dep_2", caps: caps, reference: "order-1");
        var other = Opened("dep_3", caps: caps, reference: "order-2");
        var none = Opened("dep_4", caps: caps);

        Assert.Equal([Stored, NoSlot, Stored, Stored], store.Write(
            First(first, caps), First(second, caps), First(other, caps), First(none, caps)));
        Assert.Equal([Stored], store.Write(End(first)));
        Assert.Equal([Stored], store.Write(First(second, caps)));

        Assert.Equal(["order-1/1", "order-2/1"], Slots());
    }

    [Theory]
    [OnEachDatabase]
    public void With_both_caps_a_refusal_by_one_takes_no_slot_of_the_other(string database)
    {
        Use(database);
        var caps = new OpenSessionCaps(2, 1);
        var sessions = Enumerable.Range(1, 3)
            .Select(number => Opened($"dep_{number}", caps: caps, reference: number == 3 ? "b" : "a"))
            .ToList();

        Assert.Equal(
            [Stored, NoSlot, Stored],
            store.Write([.. sessions.Select(session => First(session, caps))]));
        Assert.Equal(["/2", "a/1", "b/1"], Slots());

        store.Write(End(sessions[0]), End(sessions[2]));
        Assert.Equal(["/0", "a/0", "b/0"], Slots());
    }

    [Theory]
    [OnEachDatabase]
    public void A_session_without_a_cap_takes_no_slot(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1", reference: "order-1")));

        Assert.Empty(Slots());
    }

    [Theory]
    [OnEachDatabase]
    public void As_many_ids_as_are_read_together_come_in_their_order_and_unknown_ones_as_null(string database)
    {
        Use(database);
        var ids = Enumerable.Range(0, SessionStore.ReadsTogetherMax)
            .Select(number => $"dep_{number}")
            .ToList();
        store.Write([.. ids.Where((_, index) => index % 2 == 0).Select(id => First(Opened(id)))]);

        var read = store.Sessions.Read(ids);

        Assert.Equal(
            ids.Select((id, index) => index % 2 == 0 ? id : null), read.Select(session => session?.Id));
    }

    public void Dispose() => store.Dispose();

    /// <summary>Every way in which a payment is stored, in time and late.</summary>
    private static (PaymentReport Report, DateTimeOffset At)[] Reports(DepositSession session) =>
    [
        (Report("0xA", 0, "60.0", 3) with { From = "0xPayer", ObservedAt = Now }, Now.AddSeconds(1)),
        (Report("0xB", 7, "5", 1), Now.AddSeconds(2)),
        (Report("0xA", 0, "60.0", 5), Now.AddSeconds(3)),
        (Report("0xB", 7, "5", 1) with { IsRemoved = true }, Now.AddSeconds(4)),
        (Report("0xA", 0, "60.0", 12), Now.AddSeconds(5)),
        (Report("0xE", 0, "5", 1) with { IsAmbiguous = true }, Now.AddSeconds(5)),
        (Report("0xE", 0, "5", 1) with { IsRemoved = true }, Now.AddSeconds(5)),
        (Report("0xE", 0, "6.5", 1), Now.AddSeconds(5)),
        (Report("0xC", 0, "0.000000000000000000000000000001", 0), Now.AddSeconds(6)),
        (Report("0xD", 1, "99999999999999999999999999999999", 20), session.ExpiresAt),
    ];

    private static PaymentReport Report(string transactionId, int index, string amount, int confirmations) =>
        new(new PaymentKey(transactionId, index), amount, confirmations, false, null, null);

    private void Use(string database) => store = TestStore.On(database);

    private long Events() => store.Rows.Count("select count(*) from session_event");

    private IReadOnlyList<string> Slots() => store.Rows.Read(
        "select customer_reference || '/' || open_sessions from open_session_count order by 1",
        row => row.GetString(0));

    /// <summary>Records compare arrays by identity, so those are compared by what they hold.</summary>
    private static void MustEqual(DepositSession expected, DepositSession? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Timeline.ToArray(), actual.Timeline.ToArray());
        Assert.Equal(expected.Fingerprint.ToArray(), actual.Fingerprint.ToArray());
        Assert.Equal(expected.Payments.ToArray(), actual.Payments.ToArray());
        Assert.Equal(
            expected,
            actual with
            {
                Timeline = expected.Timeline,
                Fingerprint = expected.Fingerprint,
                Payments = expected.Payments,
            });
    }
}
