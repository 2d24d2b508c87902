using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Gateway.Webhooks;
using Bleepay.Tests.Harness;
using CsCheck;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Money;

/// <summary>
/// Random histories of many sessions at once over HTTP, on a real process that is replaced in the middle of them,
/// against a model of the contract that shares nothing with the service.
/// </summary>
public sealed class MoneyHistoryTests(ITestOutputHelper output)
{
    private static readonly int Histories = Setting("MONEY_HISTORIES", 40);
    private static readonly int Rounds = Setting("MONEY_ROUNDS", 1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Delivered = TimeSpan.FromMinutes(2);

    private static readonly string[] Events =
    [
        "deposit.created", "deposit.pending", "deposit.confirmed", "deposit.expired", "deposit.underpaid",
        "deposit.overpaid", "deposit.paid_late",
    ];

    private static readonly Gen<Round> AllRounds =
        from histories in MoneyHistory.All.Array[Histories]
        from isKilled in Gen.Frequency((2, Gen.Const(true)), (1, Gen.Const(false)))
        from replaceAfter in Gen.Int[10, 60]
        select new Round(histories, isKilled, replaceAfter);

    [Theory]
    [OnEachDatabase]
    public async Task Sums_states_events_and_webhooks_follow_the_contract_whatever_happens(string database)
    {
        var server = database == Databases.PostgreSql ? PostgreSqlServer.Shared : null;
        await using var service = await MoneyService.Start(server, Lifetime);
        try
        {
            await AllRounds.SampleAsync(
                round => MustComeOut(service, round), iter: Rounds, threads: 1, print: round => round.ToString());
        }
        catch (CsCheckException failure)
        {
            throw new InvalidOperationException(
                $"{failure.Message}{Environment.NewLine}Play it again: CsCheck_Seed=<that seed> " +
                $"MONEY_HISTORIES={Histories} dotnet test tests --filter \"FullyQualifiedName~MoneyHistoryTests\"",
                failure);
        }
    }

    private async Task MustComeOut(MoneyService service, Round round)
    {
        await using var inbox = await Inbox.Open();
        var business = Api.NewBusiness();
        var endpoint = await new WebhookApi(service.Api, business).CreateEndpoint(inbox.Url, Events);
        var widgets = new Dictionary<string, TestWidget>();
        foreach (var tolerance in MoneyHistory.AllTolerances)
            widgets[tolerance ?? ""] = await service.Api.CreateWidget(
                Api.GoodWidget().With("underpaymentTolerancePercent", tolerance), business);

        var players = round.Histories
            .Select(history => new MoneyPlayer(history, service, widgets[history.Tolerance ?? ""])).ToList();
        var before = service.Answers;
        var steps = round.Histories.Sum(history => history.Before.Length + 1);
        var playing = Task.WhenAll(players.Select(player => player.Play()));
        await Eventually.True(
            () => playing.IsCompleted || service.Answers - before >= steps * round.ReplaceAfterPercent / 100,
            TimeSpan.FromMinutes(2), () => "the histories have stopped");
        await service.Replace(round.IsKilled);
        await playing;
        await MustBeDelivered(inbox, endpoint, players);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{players.Count} histories, {service.Answers - before} answers, {inbox.Received.Count} deliveries of " +
            $"{inbox.FirstArrivals.Count} events, {(round.IsKilled ? "killed" : "stopped")}"));
    }

    /// <summary>Each event once, in order, as the model has it; a replaced process may have sent one twice.</summary>
    private static async Task MustBeDelivered(Inbox inbox, TestEndpoint endpoint, IReadOnlyList<MoneyPlayer> players)
    {
        var expected = players.Sum(player => player.Outcome.Changes.Count(change => change.Event is not null));
        await Eventually.True(
            () => inbox.FirstArrivals.Count >= expected, Delivered,
            () => $"{inbox.FirstArrivals.Count} of {expected} events have arrived");

        Assert.All(inbox.Received, webhook => MustBeSigned(endpoint, webhook));
        Assert.All(inbox.Received.GroupBy(webhook => webhook.EventId), event_ =>
            Assert.Single(event_.Select(webhook => webhook.Text).Distinct()));
        var bySession = inbox.FirstArrivals.ToLookup(webhook => webhook.SessionId);
        foreach (var player in players)
        {
            var events = player.Outcome.Changes.Where(change => change.Event is not null);
            Assert.Equal(events.Select(Line), bySession[player.SessionId].Select(Line));
        }

        Assert.Equal(expected, inbox.FirstArrivals.Count);
    }

    private static void MustBeSigned(TestEndpoint endpoint, Received webhook)
    {
        var body = Encoding.UTF8.GetBytes(webhook.Text);
        Assert.Equal(webhook.EventId, webhook.Header("webhook-id"));
        Assert.True(Webhook.IsGenuine(
            endpoint.Secret, webhook.EventId, webhook.Header("webhook-timestamp"),
            webhook.Header("webhook-signature"), body));
        Assert.Equal(
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(endpoint.Secret), body)),
            webhook.Header("X-Platform-Signature"));
    }

    private static string Line(ModelChange change)
    {
        var late = change.Cause == "PAYMENT_LATE" ? change.Payment : null;
        var reason = change.Cause is "TIMEOUT" ? "timeout" : change.Cause is "CANCELLED" ? "cancelled" : "";
        return $"{change.Event} {change.Sequence} {change.Status} {MoneyModel.Text(change.Received)} " +
            $"{late?.TxId ?? change.TxId} {reason} {(late is null ? "" : MoneyModel.Text(late.Units))}";
    }

    private static string Line(Received webhook)
    {
        var data = webhook.Body["data"]!;
        var late = (data["lateAmount"] as JsonValue)?.GetValue<string>() ?? "";
        if (late.Contains('.', StringComparison.Ordinal)) late = late.TrimEnd('0').TrimEnd('.');
        return $"{webhook.Type} {data["sequence"]} {data["status"]} {data["receivedAmount"]} {data["txHash"]} " +
            $"{data["reason"]} {late}";
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out var given) ? given : otherwise;

    /// <summary>Histories of one round, and how the process is replaced in the middle of them.</summary>
    private sealed record Round(MoneyHistory[] Histories, bool IsKilled, int ReplaceAfterPercent)
    {
        public override string ToString() =>
            $"{Histories.Length} histories, {(IsKilled ? "kill -9" : "SIGTERM")} after {ReplaceAfterPercent} % of " +
            "their requests";
    }
}
