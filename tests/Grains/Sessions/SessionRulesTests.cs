using Bleepay.Grains;
using Bleepay.Grains.Sessions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>
/// Every cell of the table: what a session is, times what happens to it, before and at its end.
/// </summary>
public sealed class SessionRulesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);
    private static readonly SessionTerms Terms =
        new("100", "USDC", "polygon", "", "0xShop", "a@b.example", "order-1", null);

    public static TheoryData<PaymentStatus> Final =>
        [PaymentStatus.Confirmed, PaymentStatus.Overpaid, PaymentStatus.Expired];

    public static TheoryData<PaymentStatus> Open =>
        [PaymentStatus.Created, PaymentStatus.Pending, PaymentStatus.Underpaid];

    public static TheoryData<PaymentStatus> Every => [.. Enum.GetValues<PaymentStatus>()];

    [Fact]
    public void An_opening_of_nothing_makes_a_session_with_its_first_change()
    {
        var session = SessionRules.Decide(null, Creation(Command()), Noon).Session!;

        Assert.Equal(PaymentStatus.Created, session.Status);
        Assert.Equal(Noon + Lifetime, session.ExpiresAt);
        var first = Assert.Single(session.Timeline);
        Assert.Equal(new SessionChange(1, PaymentStatus.Created, ChangeCause.Created, Noon), first);
        Assert.Equal(Terms, session.Terms);
        Assert.Equal(7, session.RequiredConfirmations);
    }

    [Fact]
    public void Times_are_kept_in_whole_milliseconds_so_that_the_end_is_exact()
    {
        var session = SessionRules.Decide(null, Creation(Command()), Noon.AddTicks(1_234_567)).Session!;

        Assert.Equal(Noon.AddMilliseconds(123), session.CreatedAt);
        Assert.Equal(session.CreatedAt + Lifetime, session.ExpiresAt);
    }

    [Fact]
    public void A_refused_opening_of_nothing_is_refused()
    {
        var refusal = new Refusal(RefusalCode.RateLimit, "Too many.");

        var decision = SessionRules.Decide(null, Creation(Command() with { Refusal = refusal, Terms = null }), Noon);

        Assert.Same(refusal, decision.Refusal);
        Assert.Null(decision.Session);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void The_same_opening_again_changes_nothing_in_any_status(PaymentStatus status)
    {
        var session = Session(status);

        Assert.Same(session, SessionRules.Decide(session, Creation(Command()), Noon).Session);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void A_known_opening_is_answered_even_where_the_widget_now_refuses(PaymentStatus status)
    {
        var session = Session(status);
        var refused = Command() with { Refusal = Refusal.Validation([new("widget", "is disabled")]), Terms = null };

        Assert.Same(session, SessionRules.Decide(session, Creation(refused), Noon).Session);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Another_body_under_the_same_key_is_a_conflict_in_any_status(PaymentStatus status)
    {
        var decision = SessionRules.Decide(Session(status), Creation(Command() with { Fingerprint = [9] }), Noon);

        Assert.Equal(RefusalCode.IdempotencyConflict, decision.Refusal!.Code);
    }

    [Fact]
    public void Of_two_reasons_to_refuse_a_bad_body_comes_before_the_key_and_the_key_before_a_limit()
    {
        var invalid = Refusal.Validation([new("amount", "must be above zero")]);
        var limited = new Refusal(RefusalCode.RateLimit, "Too many.");

        Assert.Equal(RefusalCode.ValidationFailed, RefusalOf(invalid));
        Assert.Equal(RefusalCode.IdempotencyConflict, RefusalOf(limited));

        static RefusalCode RefusalOf(Refusal widgets) => SessionRules
            .Decide(
                Session(PaymentStatus.Created), Creation(Command() with { Fingerprint = [9], Refusal = widgets }), Noon)
            .Refusal!.Code;
    }

    [Theory]
    [InlineData(PaymentStatus.Created)]
    [InlineData(PaymentStatus.Pending)]
    public void A_session_that_waits_for_its_payment_can_be_cancelled_until_its_end(PaymentStatus status)
    {
        var session = Session(status);

        var cancelled = SessionRules.Decide(session, new Cancellation(), session.ExpiresAt - Instant).Session!;

        Assert.Equal(PaymentStatus.Expired, cancelled.Status);
        Assert.Equal(ChangeCause.Cancelled, cancelled.Timeline[^1].Cause);
        Assert.Equal(session.Sequence + 1, cancelled.Sequence);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void No_session_can_be_cancelled_at_its_end(PaymentStatus status)
    {
        var session = Session(status);

        var decision = SessionRules.Decide(session, new Cancellation(), session.ExpiresAt);

        Assert.Equal(RefusalCode.CannotCancel, decision.Refusal!.Code);
    }

    [Theory]
    [InlineData(PaymentStatus.Underpaid)]
    [InlineData(PaymentStatus.Confirmed)]
    [InlineData(PaymentStatus.Overpaid)]
    [InlineData(PaymentStatus.Expired)]
    public void A_session_past_created_and_pending_can_not_be_cancelled(PaymentStatus status)
    {
        var decision = SessionRules.Decide(Session(status), new Cancellation(), Noon);

        Assert.Equal(RefusalCode.CannotCancel, decision.Refusal!.Code);
    }

    [Fact]
    public void What_was_never_opened_can_not_be_cancelled_and_has_no_deadline()
    {
        Assert.Equal(RefusalCode.NotFound, SessionRules.Decide(null, new Cancellation(), Noon).Refusal!.Code);
        Assert.Equal(Decision.Nothing, SessionRules.Decide(null, new Expiry(), Noon));
    }

    [Theory]
    [MemberData(nameof(Open))]
    public void An_open_session_expires_at_its_end_and_not_an_instant_before(PaymentStatus status)
    {
        var session = Session(status);

        Assert.Same(session, SessionRules.Decide(session, new Expiry(), session.ExpiresAt - Instant).Session);
        var expired = SessionRules.Decide(session, new Expiry(), session.ExpiresAt).Session!;

        Assert.Equal(PaymentStatus.Expired, expired.Status);
        Assert.Equal(ChangeCause.Timeout, expired.Timeline[^1].Cause);
        Assert.Equal(session.Timeline.AsEnumerable(), expired.Timeline[..^1].AsEnumerable());
    }

    [Theory]
    [MemberData(nameof(Final))]
    public void A_final_session_has_no_deadline(PaymentStatus status)
    {
        var session = Session(status);

        Assert.Same(session, SessionRules.Decide(session, new Expiry(), session.ExpiresAt + Lifetime).Session);
    }

    [Theory]
    [MemberData(nameof(Open))]
    public void No_answer_shows_an_open_session_at_its_end(PaymentStatus status)
    {
        var session = Session(status);

        Assert.Equal(status, SessionRules.View(session, session.ExpiresAt - Instant).Status);
        Assert.Equal(PaymentStatus.Expired, SessionRules.View(session, session.ExpiresAt).Status);
    }

    [Theory]
    [MemberData(nameof(Final))]
    public void A_final_session_is_always_shown_as_it_ended(PaymentStatus status)
    {
        var session = Session(status);

        Assert.Equal(status, SessionRules.View(session, session.ExpiresAt + Lifetime).Status);
    }

    [Fact]
    public void No_change_is_dated_before_the_one_that_came_first()
    {
        var session = Session(PaymentStatus.Pending);

        var cancelled = SessionRules.Decide(session, new Cancellation(), Noon.AddHours(-1)).Session!;

        Assert.Equal(session.Timeline[^1].At, cancelled.Timeline[^1].At);
    }

    [Fact]
    public void A_session_takes_a_place_only_of_the_caps_that_its_widget_has()
    {
        Assert.Equal(CappedSlots.None, SlotsOf(new(null, null), "order-1"));
        Assert.Equal(CappedSlots.Widget, SlotsOf(new(5, null), "order-1"));
        Assert.Equal(CappedSlots.Reference, SlotsOf(new(null, 5), "order-1"));
        Assert.Equal(CappedSlots.Widget | CappedSlots.Reference, SlotsOf(new(5, 5), "order-1"));
        Assert.Equal(CappedSlots.Widget, SlotsOf(new(5, 5), null));

        static CappedSlots SlotsOf(OpenSessionCaps caps, string? reference)
        {
            var command = Command() with { Caps = caps, Terms = Terms with { CustomerReference = reference } };
            return SessionRules.Decide(null, Creation(command), Noon).Session!.Slots;
        }
    }

    private static Creation Creation(CreateDepositSession command) => new("dep_1", command, Lifetime, 7);

    private static CreateDepositSession Command() => new("biz_1", "wdgt_1", Terms, "key", [1], null, default, null);

    private static DepositSession Session(PaymentStatus status)
    {
        var opened = SessionRules.Decide(null, Creation(Command()), Noon).Session!;
        return status == PaymentStatus.Created
            ? opened
            : opened with { Timeline = opened.Timeline.Add(new(2, status, ChangeCause.Timeout, Noon)) };
    }
}
