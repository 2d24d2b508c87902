using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>
/// A report that was answered is durable, and one that was not may be sent again: the process is killed in the middle
/// of thousands of them.
/// </summary>
public sealed class PaymentCrashTests : IDisposable
{
    private const int Sessions = 300;

    /// <summary>In parts, each seen before it is final; together they are the amount.</summary>
    private static readonly (string TxId, string Amount, int Confirmations)[] Reports =
        [("a", "60.5", 1), ("b", "39.5", 0), ("a", "60.5", 7), ("a", "60.5", 12), ("b", "39.5", 12)];

    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentDictionary<string, int> acknowledged = new();

    [Fact]
    public async Task After_kill_9_every_answered_report_is_there_and_all_of_them_again_change_nothing_twice()
    {
        var sessions = await RunUntilKilled();
        Assert.InRange(acknowledged.Values.Sum(), 1, (Sessions * Reports.Length) - 1);

        await using var service = await ServiceProcess.Start(folder.Path);
        await ForEach(sessions, async session => MustHold(
            await service.Api.ReadAsMember(session), acknowledged.GetValueOrDefault(session.Id)));
        await ForEach(sessions, async session =>
        {
            foreach (var report in Reports) (await Report(service.Api, session, report)).MustBeOk();
        });
        await ForEach(sessions, async session => MustBePaid(await service.Api.ReadAsMember(session)));
        MustBeStored(new StoredRows(ServiceProcess.DatabaseIn(folder.Path)));
    }

    public void Dispose() => folder.Dispose();

    private async Task<IReadOnlyCollection<TestSession>> RunUntilKilled()
    {
        await using var service = await ServiceProcess.Start(folder.Path);
        var widget = await service.Api.CreateWidget();
        var sessions = new ConcurrentBag<TestSession>();
        await ForEach(
            Enumerable.Range(0, Sessions), async _ => sessions.Add(await service.Api.NewSession(widget)));

        var answered = 0;
        try
        {
            await ForEach(sessions, async session =>
            {
                for (var index = 0; index < Reports.Length; index++)
                {
                    (await Report(service.Api, session, Reports[index])).MustBeOk();
                    acknowledged[session.Id] = index + 1;
                    if (Interlocked.Increment(ref answered) == Sessions * Reports.Length / 2) service.Kill();
                }
            });
        }
        catch (HttpRequestException)
        {
            // The service is gone, as it should be.
        }

        return sessions;
    }

    private static Task<Answer> Report(
        Api api, TestSession session, (string TxId, string Amount, int Confirmations) report) => api.Report(
            session,
            new JsonObject
            {
                ["txId"] = report.TxId,
                ["amount"] = report.Amount,
                ["confirmations"] = report.Confirmations,
            });

    /// <summary>At least what was answered; what was under way when the process died may be there as well.</summary>
    private static void MustHold(Answer session, int reports)
    {
        foreach (var reported in Reports.Take(reports))
        {
            var stored = session.Body["transactions"]!.AsArray()
                .Single(transaction => transaction!["txId"]!.GetValue<string>() == reported.TxId)!;
            Assert.True(stored["confirmations"]!.GetValue<int>() >= reported.Confirmations, session.Text);
        }
    }

    private static void MustBePaid(Answer session)
    {
        Assert.Equal("CONFIRMED", session["paymentStatus"]);
        Assert.Equal(("100", "0"), (session["receivedAmount"], session["lateAmount"]));
        Assert.Equal(2, session.Body["transactions"]!.AsArray().Count);
        var causes = session.Body["timeline"]!.AsArray().Select(change => change!["cause"]!.GetValue<string>());
        Assert.Equal(
            [
                "CREATED", "PAYMENT_SEEN", "PAYMENT_ADDED", "PAYMENT_CONFIRMING", "PAYMENT_SETTLED", "PAYMENT_SETTLED",
            ],
            causes);
    }

    private static void MustBeStored(StoredRows rows)
    {
        Assert.Equal(
            [string.Create(CultureInfo.InvariantCulture, $"CONFIRMED 6 {Sessions}")],
            rows.Read(
                """
                select payment_status || ' ' || sequence || ' ' || count(*) from deposit_session
                group by payment_status, sequence
                """,
                row => row.GetString(0)));
        Assert.Equal(2 * Sessions, rows.Count("select count(*) from session_payment where stage = 'SETTLED'"));
        Assert.Equal(5 * Sessions, rows.Count("select count(*) from session_event"));
    }

    private static Task ForEach<T>(IEnumerable<T> items, Func<T, Task> body) => Parallel.ForEachAsync(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = ServiceProcess.ConnectionsMax },
        async (item, _) => await body(item));
}
