using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Gateway.Webhooks;

/// <summary>
/// The webhooks that a merchant gets about payments. Smaller changes, such as confirmations, send none.
/// </summary>
[Collection(WebhookFixture.Name)]
public sealed class PaymentEventTests(WebhookFixture service)
{
    private static readonly string[] AllTypes =
    [
        "deposit.created", "deposit.pending", "deposit.confirmed", "deposit.expired", "deposit.underpaid",
        "deposit.overpaid", "deposit.paid_late", "deposit.failed",
    ];

    [Fact]
    public Task A_payment_that_is_final_at_first_sight_is_pending_and_then_confirmed() => Sends(
        ["deposit.created 0", "deposit.pending 0 0xa", "deposit.confirmed 100 0xa"],
        session => Report(session, "0xa", "100", 12));

    [Fact]
    public Task The_event_is_sent_when_there_are_enough_confirmations() => Sends(
        ["deposit.created 0", "deposit.pending 0 0xa", "deposit.confirmed 100 0xa"],
        async session =>
        {
            await Report(session, "0xa", "100", 0);
            await Report(session, "0xa", "100", 5);
            await Report(session, "0xa", "100", 12);
        });

    [Fact]
    public Task More_than_was_asked_is_overpaid() => Sends(
        ["deposit.created 0", "deposit.pending 0 0xa", "deposit.overpaid 100.5 0xa"],
        session => Report(session, "0xa", "100.50", 12));

    [Fact]
    public Task Less_is_underpaid_until_it_is_topped_up() => Sends(
        [
            "deposit.created 0", "deposit.pending 0 0xa", "deposit.underpaid 60 0xa", "deposit.pending 60 0xa",
            "deposit.confirmed 100 0xa",
        ],
        async session =>
        {
            await Report(session, "0xa", "60", 12);
            await Report(session, "0xb", "40", 12);
        });

    [Fact]
    public Task A_payment_that_vanishes_leaves_what_is_final() => Sends(
        [
            "deposit.created 0", "deposit.pending 0 0xa", "deposit.underpaid 60 0xa", "deposit.pending 60 0xa",
            "deposit.underpaid 60 0xa",
        ],
        async session =>
        {
            await Report(session, "0xa", "60", 12);
            await Report(session, "0xb", "40", 1);
            await Report(session, "0xb", "40", 0, isRemoved: true);
        });

    [Fact]
    public async Task Late_money_is_sent_with_its_amount()
    {
        var sent = await Sends(
            ["deposit.created 0", "deposit.expired 0", "deposit.paid_late 0 0xc"],
            async session =>
            {
                (await service.Api.Cancel(session)).MustBeOk();
                await Report(session, "0xc", "99.0", 12);
            });

        var data = sent[^1].Body["data"]!;
        Assert.Equal("99.0", data["lateAmount"]!.GetValue<string>());
        Assert.True(data["observedInTime"]!.GetValue<bool>());
        Assert.Equal("EXPIRED", data["status"]!.GetValue<string>());
        Assert.Null(sent[0].Body["data"]!["observedInTime"]);
    }

    [Fact]
    public Task Money_after_a_complete_payment_is_sent_as_late() => Sends(
        ["deposit.created 0", "deposit.pending 0 0xa", "deposit.confirmed 100 0xa", "deposit.paid_late 100 0xb"],
        async session =>
        {
            await Report(session, "0xa", "100", 12);
            await Report(session, "0xb", "1", 12);
        });

    [Fact]
    public async Task A_payment_that_may_be_another_customer_s_is_sent_as_ambiguous()
    {
        var sent = await Sends(
            [
                "deposit.created 0", "deposit.pending 0 0xa", "deposit.confirmed 100 0xa", "deposit.paid_late 100 0xb",
                "deposit.paid_late 100 0xc",
            ],
            async session =>
            {
                await Report(session, "0xa", "100", 12, isAmbiguous: true);
                await Report(session, "0xb", "100", 12);
                await Report(session, "0xc", "100", 12, isAmbiguous: true);
            });

        Assert.Equal(
            [null, null, true, false, true],
            sent.Select(one => one.Body["data"]!["ambiguous"]?.GetValue<bool>()));
    }

    /// <param name="expected">Type, received amount and transaction of each event, in order.</param>
    private async Task<IReadOnlyList<Received>> Sends(string[] expected, Func<TestSession, Task> happens)
    {
        await using var inbox = await Inbox.Open();
        var (webhooks, widget) = await service.NewBusiness();
        await webhooks.CreateEndpoint(inbox.Url, AllTypes);

        var session = await service.Api.NewSession(widget);
        await happens(session);
        await inbox.Holds(expected.Length);

        var sent = inbox.FirstArrivals;
        Assert.Equal(expected, sent.Select(one => string.Join(' ', new[]
        {
            one.Type, Text(one, "receivedAmount"), Text(one, "txHash"),
        }.OfType<string>())));
        Assert.Equal(sent.Select(one => one.Sequence).Order(), sent.Select(one => one.Sequence));
        var read = await service.Api.ReadAsMember(session);
        Assert.Equal(read["paymentStatus"], Text(sent[^1], "status"));
        return sent;
    }

    private async Task Report(
        TestSession session, string transactionId, string amount, int confirmations, bool isRemoved = false,
        bool isAmbiguous = false)
    {
        var grain = service.Host.Services.GetRequiredService<IGrainFactory>()
            .GetGrain<IDepositSessionGrain>(session.Id);
        var reported = await grain.ReportPayment(new ReportPayment(
            new Bleepay.Grains.PaymentReporter(null),
            new PaymentReport(
                new PaymentKey(transactionId, 0), amount, confirmations, isRemoved, null, null, isAmbiguous),
            null));
        Assert.Null(reported.Refusal);
    }

    private static string? Text(Received one, string field) => one.Body["data"]![field]?.GetValue<string>();
}
