using System.Diagnostics;
using System.Globalization;
using Bleepay.Tests.Harness;
using Npgsql;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// How fast a page of a long list is. LIST_TEST_SESSIONS sets how many sessions there are; from a million on the
/// figures are judged.
/// </summary>
[Collection(Databases.Name)]
public sealed class SessionListSpeedTests(Databases databases, ITestOutputHelper output)
{
    private const int JudgedFrom = 1_000_000;
    private const int PagesMax = 10_000;
    private const int Repeats = 31;
    private const int Chunk = 200_000;

    private static readonly TimeSpan PageMax = TimeSpan.FromMilliseconds(50);

    private static readonly int Sessions = int.Parse(
        Environment.GetEnvironmentVariable("LIST_TEST_SESSIONS") ?? "5000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_page_deep_in_a_list_is_as_fast_as_the_first()
    {
        if (!PostgreSqlServer.IsInstalled()) return;
        using var folder = new TemporaryFolder();
        var settings = Databases.SettingsOf(databases.Server);
        await using var host = await ServiceHost.Start(folder.Path, settings);
        Fill(settings["ConnectionStrings:Bleepay"]!);
        var api = new Api(host.Http);
        var token = Tokens.For(ManySessions.Business);

        var first = $"/api/v1/businesses/{ManySessions.Business}/deposit-sessions?limit=100";
        var (path, seen, pages) = (first, 0, 0);
        for (var next = first; next is not null && pages < PagesMax; pages++)
        {
            path = next;
            var page = (await api.Get(path, token: token)).MustBeOk();
            seen += page.Body.AsArray().Count;
            next = page.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal(Math.Min(Sessions, 100 * PagesMax), seen);
        var (atFirst, atLast) = (await Median(api, first, token), await Median(api, path, token));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Sessions} sessions: page 1 in {atFirst.TotalMilliseconds:F1} ms, page {pages} in " +
            $"{atLast.TotalMilliseconds:F1} ms (medians of {Repeats})"));
        if (Sessions < JudgedFrom) return;
        Assert.InRange(atFirst, TimeSpan.Zero, PageMax);
        Assert.InRange(atLast, TimeSpan.Zero, PageMax);
    }

    private static void Fill(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();

        // An index is made of a full table in a fraction of the time that it takes to grow with it.
        var indexes = Indexes();
        foreach (var name in indexes.Keys) Execute($"drop index {name}");
        for (var from = 1; from <= Sessions; from += Chunk)
            ManySessions.Fill(
                Execute, Databases.PostgreSql, from, Math.Min(from + Chunk - 1, Sessions), settled: Sessions);
        foreach (var definition in indexes.Values) Execute(definition);
        Execute("vacuum analyze");

        Dictionary<string, string> Indexes()
        {
            using var command = new NpgsqlCommand(
                "select indexname, indexdef from pg_indexes " +
                "where tablename = 'deposit_session' and indexname <> 'deposit_session_pkey'", connection);
            using var row = command.ExecuteReader();
            var definitions = new Dictionary<string, string>();
            while (row.Read()) definitions.Add(row.GetString(0), row.GetString(1));
            return definitions;
        }

        void Execute(string sql)
        {
#pragma warning disable CA2100 // The tests' own text.
            using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
    }

    private static async Task<TimeSpan> Median(Api api, string path, string token)
    {
        var times = new List<TimeSpan>();
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var elapsed = Stopwatch.StartNew();
            (await api.Get(path, token: token)).MustBeOk();
            times.Add(elapsed.Elapsed);
        }

        return times.Order().ElementAt(Repeats / 2);
    }
}
