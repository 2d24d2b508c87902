using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Sessions;

/// <summary>
/// Any account can send dust to a deposit address. The customer's payment is still recorded, and the session's answer
/// stays small.
/// </summary>
[Collection(Databases.Name)]
public sealed class ManyPaymentsTests(Databases databases)
{
    private const int DustPayments = 1_000;
    private const int AnswerBytesMax = 64 * 1024;

    [Theory]
    [OnEachDatabase]
    public async Task After_1000_dust_payments_the_customer_s_own_is_recorded_and_reaches_the_merchant(string provider)
    {
        var api = new Api((await databases.Host(provider)).Http);
        await using var inbox = await Inbox.Open();
        var session = await OpenFor(api, inbox);
        await Parallel.ForAsync(
            0, DustPayments, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (index, _) => (await api.Report(session, Dust(index))).MustBeOk());

        var refused = (await api.Report(session, Dust(DustPayments))).MustBe(
            System.Net.HttpStatusCode.BadRequest, "too_many_payments");
        Assert.Null(refused.Body["errors"]);
        var paid = (await api.Report(session, Api.GoodReport())).MustBeOk();

        Assert.Equal(("OVERPAID", "100.001"), (paid["paymentStatus"], paid["receivedAmount"]));
        Assert.InRange(paid.Text.Length, 1, AnswerBytesMax);
        MustBeTruncated(paid, last: "0x5e1f");
        Assert.Equal(paid.Text, (await api.ReadAsMember(session)).Text);
        await MustReach(inbox, session, paid);
    }

    /// <summary>An endpoint that is sent OVERPAID alone: dust makes two thousand events.</summary>
    private static async Task<TestSession> OpenFor(Api api, Inbox inbox)
    {
        var business = Api.NewBusiness();
        await new WebhookApi(api, business).CreateEndpoint(inbox.Url, "deposit.overpaid");
        return await api.NewSession(await api.CreateWidget(business: business));
    }

    private static JsonObject Dust(int index) => new()
    {
        ["txId"] = "0xd057",
        ["index"] = index,
        ["amount"] = "0.000001",
        ["confirmations"] = 12,
    };

    private static void MustBeTruncated(Answer session, string last)
    {
        var (transactions, timeline) = (session.Body["transactions"]!.AsArray(), session.Body["timeline"]!.AsArray());
        Assert.Equal((100, 100), (transactions.Count, timeline.Count));
        Assert.Equal(("true", "true"), (session["transactionsTruncated"], session["timelineTruncated"]));
        Assert.Equal(last, transactions[^1]!["txId"]!.GetValue<string>());
        var sequence = (1 + (2 * DustPayments)) + 2;
        Assert.Equal(
            Enumerable.Range(sequence - 99, 100), timeline.Select(change => change!["sequence"]!.GetValue<int>()));
    }

    private static async Task MustReach(Inbox inbox, TestSession session, Answer paid)
    {
        await inbox.Holds(1);
        var webhook = Assert.Single(inbox.Received);
        var data = webhook.Body["data"]!;
        Assert.Equal((session.Id, "deposit.overpaid"), (webhook.SessionId, webhook.Type));
        Assert.Equal("100.001", data["receivedAmount"]!.GetValue<string>());
        Assert.Equal(paid["sequence"], data["sequence"]!.ToJsonString());
    }
}
