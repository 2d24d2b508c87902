using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Retention;

/// <summary>Old sessions are deleted while new ones are created.</summary>
public sealed class RetentionLoadTests(ITestOutputHelper output) : IDisposable
{
    private const int Clients = 8;
    private const int ShortForm = 20_000;

    private static readonly int Sessions = int.Parse(
        Environment.GetEnvironmentVariable("RETENTION_SESSIONS") ?? $"{ShortForm}", CultureInfo.InvariantCulture);

    private static readonly bool IsLong = Sessions > ShortForm;

    /// <summary>
    /// A node keeps a session for two minutes, so its memory, and with it the p99, grows until then. A short form
    /// compares nothing.
    /// </summary>
    private static readonly TimeSpan UntilSteady = TimeSpan.FromSeconds(IsLong ? 150 : 0);

    /// <summary>Time before the deletions and after them, for a p99 to compare with.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(IsLong ? 60 : 2);

    /// <summary>Upper bound of the p99 of creations while sessions are deleted ÷ that before and after.</summary>
    private const double RatioMax = 1.2;

    private readonly TemporaryFolder folder = new();

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Old_sessions_are_deleted_and_no_creation_fails()
    {
        using var server = IsLong ? PostgreSqlServer.Start(isTuned: true) : null;
        var settings = Databases.SettingsOf(server ?? PostgreSqlServer.Shared);
        settings["Retention:Sessions"] = "31.00:00:00";
        settings["Retention:Interval"] = "1.00:00:00";
        settings["Ops:Socket"] = Path.Combine(folder.Path, "ops");
        await using var service = await ServiceProcess.Start(folder.Path, settings);
        var rows = StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!);
        ManySessions.Fill(rows.Execute, Databases.PostgreSql, 1, Sessions, Sessions);
        rows.Execute("vacuum analyze");
        var widget = await service.Api.CreateWidget();
        using var end = new CancellationTokenSource();
        var created = new ConcurrentQueue<(TimeSpan At, TimeSpan Took)>();
        var clock = Stopwatch.StartNew();
        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Create(service.Api, widget)));

        // The first requests compile the service.
        await Eventually.True(() => created.Count > 500, TimeSpan.FromSeconds(60), () => "the service is warm");
        await Eventually.Past(DateTimeOffset.UtcNow + UntilSteady);
        var before = clock.Elapsed;
        await Eventually.Past(DateTimeOffset.UtcNow + Usual);
        var called = clock.Elapsed;
        var command = ServiceProcess.Command(folder.Path, settings, "ops", "prune", "--json");

        // The start of the command's own process takes the processors for seconds, and is not what is compared.
        await Eventually.True(
            () => rows.Count("select n_tup_del from pg_stat_user_tables where relname = 'deposit_session'") > 0,
            TimeSpan.FromSeconds(60), () => "the first sessions are deleted");
        var began = clock.Elapsed;
        var pruned = await command;
        var ended = clock.Elapsed;
        await Eventually.Past(DateTimeOffset.UtcNow + Usual);
        var after = clock.Elapsed;
        await end.CancelAsync();
        await clients;

        Assert.True(pruned.Code == 0, pruned.Errors);
        Assert.Equal(Sessions, JsonNode.Parse(pruned.Console)!["deleted"]!.GetValue<int>());
        Assert.Equal(created.Count, rows.Count("select count(*) from deposit_session"));
        Assert.Equal(0, rows.Count("select count(*) from session_event"));
        Assert.Equal(0, rows.Count("select count(*) from session_payment"));
        var meanwhile = P99(began, ended);
        var ratio = meanwhile / ((P99(before, called) + P99(ended, after)) / 2);
        output.WriteLine(
            $"{Sessions} sessions deleted in {(ended - began).TotalSeconds:F1} s; p99 of creations before " +
            $"{P99(before, called).TotalMilliseconds:F1} ms, meanwhile {meanwhile.TotalMilliseconds:F1} ms, after " +
            $"{P99(ended, after).TotalMilliseconds:F1} ms: ratio {ratio:F2}");
        if (IsLong) Assert.InRange(ratio, 0, RatioMax);

        async Task Create(Api api, TestWidget one)
        {
            while (!end.IsCancellationRequested)
            {
                var at = clock.Elapsed;
                (await api.CreateSession(one)).MustBeOk();
                created.Enqueue((at, clock.Elapsed - at));
            }
        }

        TimeSpan P99(TimeSpan from, TimeSpan to)
        {
            var took = created.Where(one => one.At >= from && one.At < to).Select(one => one.Took).Order().ToList();
            return took[took.Count * 99 / 100];
        }
    }

    public void Dispose() => folder.Dispose();
}
