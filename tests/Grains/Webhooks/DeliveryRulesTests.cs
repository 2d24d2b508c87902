using Bleepay.Grains.Webhooks;

namespace Bleepay.Tests.Grains.Webhooks;

/// <summary>What follows from an attempt, and from a streak of them.</summary>
public sealed class DeliveryRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly IReadOnlyList<TimeSpan> Schedule = new WebhookOptions().RetryDelays();
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(204, null, "delivered")]
    [InlineData(302, null, "http_other")]
    [InlineData(429, null, "http_4xx")]
    [InlineData(599, null, "http_5xx")]
    [InlineData(999, null, "http_other")]
    [InlineData(null, AttemptFault.AddressRefused, "address_refused")]
    [InlineData(null, AttemptFault.Dns, "dns")]
    public void An_outcome_is_one_of_a_few_words(int? status, AttemptFault? fault, string word)
    {
        var outcome = new AttemptOutcome(status, null, null, null, fault);

        Assert.Equal(word, outcome.Word);
        Assert.Contains(word, AttemptOutcome.Words);
    }

    [Fact]
    public void The_schedule_is_the_promised_one()
    {
        Assert.Equal(
            [30, 30, 30, 300, 900, 1800, 3600, 7200, 14400, 28800, 28800],
            Schedule.Select(delay => (int)delay.TotalSeconds));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(199, false)]
    [InlineData(300, false)]
    [InlineData(301, false)]
    [InlineData(404, false)]
    [InlineData(500, false)]
    [InlineData(null, false)]
    public void Only_2xx_counts_as_received(int? status, bool isReceived)
    {
        var result = ResultOf(new(status, "", null, null), 0);

        Assert.Equal(isReceived ? DeliveryStatus.Delivered : DeliveryStatus.Retrying, result.Status);
    }

    [Fact]
    public void Each_failure_uses_one_delay_with_ten_percent_of_chance_and_the_one_after_the_last_is_final()
    {
        for (var step = 0; step < Schedule.Count; step++)
        {
            foreach (var (chance, part) in new[] { (0, 0.9), (1, 1.1) })
            {
                var due = Now + (Schedule[step] * part);
                Assert.Equal(new AttemptResult(DeliveryStatus.Retrying, step + 1, due), ResultOf(Bad, step, chance));
            }
        }

        Assert.Equal(new AttemptResult(DeliveryStatus.Failed, Schedule.Count, null), ResultOf(Bad, Schedule.Count));
    }

    [Theory]
    [InlineData(-5, 30)]
    [InlineData(29, 30)]
    [InlineData(31, 31)]
    [InlineData(86_400, 86_400)]
    [InlineData(86_401, 86_400)]
    public void Retry_After_makes_a_delay_longer_up_to_a_day_and_never_shorter(int asked, int waits)
    {
        var result = ResultOf(new(500, "", TimeSpan.FromSeconds(asked), null), 0);

        Assert.Equal(Now.AddSeconds(waits), result.DueAt);
    }

    [Theory]
    [InlineData(429, 60)]
    [InlineData(503, 60)]
    [InlineData(500, 0)]
    [InlineData(200, 0)]
    public void An_endpoint_that_sends_Retry_After_gets_no_request_until_then(int status, int seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds),
        DeliveryRules.QuietTime(new(status, "", TimeSpan.FromSeconds(60), null)));

    [Fact]
    public void An_endpoint_is_paused_after_an_hour_of_failures_and_resumed_by_a_success()
    {
        var healthy = Endpoint();
        Assert.Same(healthy, EndpointRules.Observe(healthy, null, Now, Hour));
        Assert.Same(healthy, EndpointRules.Observe(healthy, TimeSpan.FromSeconds(59), Now.AddSeconds(59), Hour));

        var failing = EndpointRules.Observe(healthy, Minute, Now.AddMinutes(1), Hour);
        Assert.Equal((Now, null), (failing.FailingSince, failing.PausedAt));
        Assert.Same(failing, EndpointRules.Observe(failing, 59 * Minute, Now.AddMinutes(59), Hour));

        var paused = EndpointRules.Observe(failing, Hour, Now.AddHours(1), Hour);
        Assert.Equal((Now, Now.AddHours(1)), (paused.FailingSince, paused.PausedAt));
        Assert.Same(paused, EndpointRules.Observe(paused, 2 * Hour, Now.AddHours(2), Hour));

        var resumed = EndpointRules.Observe(paused, null, Now.AddHours(3), Hour);
        Assert.Equal((null, null), (resumed.FailingSince, resumed.PausedAt));
    }

    [Fact]
    public void A_streak_of_failures_is_as_long_as_it_lasted_wherever_the_wall_clock_was_set_meanwhile()
    {
        var failing = EndpointRules.Observe(Endpoint(), Minute, Now, Hour);

        Assert.Same(failing, EndpointRules.Observe(failing, 2 * Minute, Now.AddHours(5), Hour));
        Assert.Equal(Now.AddHours(-5), EndpointRules.Observe(failing, Hour, Now.AddHours(-5), Hour).PausedAt);
    }

    [Fact]
    public void A_stored_streak_continues_and_one_from_the_future_begins_again()
    {
        var failing = Endpoint() with { FailingSince = Now };

        Assert.Equal(Hour, EndpointRules.FailingFor(failing, Now.AddHours(1)));
        Assert.Equal(TimeSpan.Zero, EndpointRules.FailingFor(failing, Now.AddHours(-1)));
        Assert.Null(EndpointRules.FailingFor(Endpoint(), Now));
        Assert.Null(EndpointRules.FailingFor(null, Now));
    }

    [Fact]
    public void No_delivery_waits_longer_than_the_schedule_or_a_receiver_may_have_it_wait()
    {
        Assert.Equal(DeliveryRules.RetryAfterMax, DeliveryRules.LongestDelay(Schedule));
        Assert.Equal(TimeSpan.FromHours(33), DeliveryRules.LongestDelay([Minute, TimeSpan.FromHours(30)]));
    }

    [Fact]
    public void A_pace_allows_its_rate_and_a_tenth_of_a_second_more()
    {
        var pace = new DeliveryPace(100, Hour);
        Assert.Equal(10, Spend(Hour));
        Assert.Equal(0, Spend(Hour + TimeSpan.FromMilliseconds(9)));
        Assert.Equal(1, Spend(Hour + TimeSpan.FromMilliseconds(11)));
        Assert.Equal(10, Spend(2 * Hour));

        var sent = 0;
        for (var passed = 10; passed <= 1000; passed += 10)
            sent += Spend((2 * Hour) + TimeSpan.FromMilliseconds(passed));
        Assert.InRange(sent, 99, 100);

        int Spend(TimeSpan at)
        {
            var allowed = pace.Allowed(at);
            for (var count = 0; count < allowed; count++) pace.Spend();
            return allowed;
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(7, 1)]
    [InlineData(8, 0.5)]
    [InlineData(15, 0.5)]
    [InlineData(16, 0.25)]
    [InlineData(48, 1.0 / 64)]
    [InlineData(int.MaxValue, 1.0 / 64)]
    public void An_endpoint_that_takes_nothing_is_sent_less_and_less(int failuresInARow, double share)
    {
        Assert.Equal(share, DeliveryRules.RateShare(failuresInARow));
        var pace = new DeliveryPace(640, Hour);
        Assert.Equal(64, pace.Allowed(Hour));
        for (var count = 0; count < 64; count++) pace.Spend();
        Assert.Equal((int)Math.Max(1, 64 * share), pace.Allowed(Hour + TimeSpan.FromSeconds(0.5), share));
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("00:00:00")]
    [InlineData("-00:00:01")]
    [InlineData("00:00:01,")]
    [InlineData("8.00:00:00")]
    public void A_schedule_that_can_not_be_kept_is_refused(string schedule)
    {
        var refused = new WebhookOptionsValidator().Validate(null, new WebhookOptions { RetrySchedule = schedule });

        Assert.Contains("Webhooks__RetrySchedule", refused.FailureMessage, StringComparison.Ordinal);
    }

    private static readonly AttemptOutcome Bad = new(500, "", null, null);

    private static AttemptResult ResultOf(AttemptOutcome outcome, int step, double chance = 0.5) =>
        DeliveryRules.ResultOf(outcome, step, Schedule, chance, Now);

    private static WebhookEndpoint Endpoint() => new()
    {
        BusinessId = "biz_tests",
        Settings = new EndpointSettings("https://shop.example/", null, ["deposit.created"]),
        IsEnabled = true,
        Secret = new SealedSecret("0a1b2c3d", []),
        CreatedAt = Now,
        UpdatedAt = Now,
    };
}
