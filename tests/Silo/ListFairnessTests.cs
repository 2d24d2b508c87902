using System.Diagnostics;
using System.Globalization;
using System.Net;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// One business reads deep lists over many connections, and another its first page. DEEP_LIST_SESSIONS sets how many
/// sessions there are, DEEP_LIST_CONNECTIONS over how many connections they are read; with 500,000 and more the time is
/// judged, and below it what a busy machine does not move.
/// </summary>
public sealed class ListFairnessTests(ITestOutputHelper output)
{
    private const string Other = "biz_other";
    private const string DeepList =
        $"/api/v1/businesses/{ManySessions.Business}/deposit-sessions?limit=1&network=polygon&offset=";

    private const string FirstPage = $"/api/v1/businesses/{Other}/deposit-sessions?limit=1";
    private const int JudgedFrom = 500_000;
    private const int SlowdownMax = 4;
    private const int Repeats = 51;
    private const int OffsetMax = 10_000;

    private static readonly int Sessions = Setting("DEEP_LIST_SESSIONS", 5_000);
    private static readonly int Connections = Setting("DEEP_LIST_CONNECTIONS", 210);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Deep_lists_of_one_business_do_not_hold_up_the_lists_of_another()
    {
        using var folder = new TemporaryFolder();
        var settings = Databases.SettingsOf(PostgreSqlServer.Shared);
        await using var host = await ServiceHost.Start(folder.Path, settings);
        var rows = StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!);
        ManySessions.Fill(rows.Execute, Databases.PostgreSql, 1, Sessions, settled: Sessions);
        rows.Execute("vacuum analyze");
        var api = new Api(host.Http);
        await api.NewSession(await api.CreateWidget(business: Other));
        var reads = host.Services.GetRequiredService<ListReads>();
        await Median(api);
        var peace = await Median(api);

        using var end = new CancellationTokenSource();
        var answers = new Dictionary<HttpStatusCode, int>();
        var readers = Enumerable.Range(0, Connections).Select(_ => ReadDeep(api, answers, end.Token)).ToList();
        await Eventually.True(
            () => reads.Waiting >= ListReads.Bounds.WaitingOfOwner - ListReads.Bounds.AtOnce,
            TimeSpan.FromSeconds(60), () => "the business's line is full");
        var beside = await Median(api);
        await end.CancelAsync();
        await Task.WhenAll(readers);

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Sessions} sessions, {Connections} connections: median {peace.TotalMilliseconds:F1} ms without load, " +
            $"{beside.TotalMilliseconds:F1} ms beside {string.Join(", ", answers)}"));
        Assert.All(answers.Keys, status => Assert.True(
            status is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, $"{status}"));
        Assert.NotEqual(0, answers.GetValueOrDefault(HttpStatusCode.OK));
        if (Sessions >= JudgedFrom) Assert.InRange(beside / peace, 0, SlowdownMax);
    }

    /// <summary>A refused client waits for the second that the answer asks for.</summary>
    private static async Task ReadDeep(Api api, Dictionary<HttpStatusCode, int> answers, CancellationToken end)
    {
        var path = DeepList + Math.Min(OffsetMax, Sessions / 2);
        var token = Tokens.For(ManySessions.Business);
        while (!end.IsCancellationRequested)
        {
            var answer = await api.Get(path, token: token);
            lock (answers) answers[answer.Status] = answers.GetValueOrDefault(answer.Status) + 1;
            if (answer.Status != HttpStatusCode.TooManyRequests) continue;
            answer.MustBeRateLimited();
            try
            {
                await Task.Delay(answer.Headers.RetryAfter!.Delta!.Value, end);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Of a list that is never refused, whatever the other business does.</summary>
    private static async Task<TimeSpan> Median(Api api)
    {
        var times = new List<TimeSpan>();
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var elapsed = Stopwatch.StartNew();
            (await api.Get(FirstPage, token: Tokens.For(Other))).MustBeOk();
            times.Add(elapsed.Elapsed);
        }

        return times.Order().ElementAt(Repeats / 2);
    }

    private static int Setting(string name, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? $"{otherwise}", CultureInfo.InvariantCulture);
}
