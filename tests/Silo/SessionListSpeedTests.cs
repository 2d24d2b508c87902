using System.Diagnostics;
using System.Globalization;
using Bleepay.Tests.Harness;
using Npgsql;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo;

/// <summary>
/// How fast the pages of long lists are. LIST_TEST_SESSIONS sets how many sessions there are; from a million on the
/// figures are judged.
/// </summary>
public sealed class SessionListSpeedTests(ITestOutputHelper output)
{
    private const string List = $"/api/v1/businesses/{ManySessions.Business}/deposit-sessions";
    private const int JudgedFrom = 1_000_000;
    private const int PagesMax = 10_000;
    private const int Repeats = 31;
    private const int Chunk = 200_000;

    private static readonly TimeSpan PageMax = TimeSpan.FromMilliseconds(50);

    /// <summary>Each filter that the API has, and some with a status.</summary>
    private static readonly string[] Filters =
    [
        "paymentStatus=EXPIRED", "paymentStatus=CONFIRMED", "paymentStatus=PENDING", "widgetId=wdgt_2",
        "widgetId=wdgt_2&paymentStatus=CONFIRMED", "widgetId=wdgt_2&paymentStatus=PENDING",
        "widgetId=wdgt_2&paymentStatus=OVERPAID", "network=polygon", "currency=USDC", "depositAddress=0xA7",
        "customerReference=order-77", "customerEmail=c77@example.com", "txId=0xt20",
    ];

    private static readonly int Sessions = int.Parse(
        Environment.GetEnvironmentVariable("LIST_TEST_SESSIONS") ?? "5000", CultureInfo.InvariantCulture);

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Every_page_of_every_list_is_fast()
    {
        using var folder = new TemporaryFolder();
        var settings = Databases.SettingsOf(PostgreSqlServer.Shared);
        await using var host = await ServiceHost.Start(folder.Path, settings);
        Fill(settings["ConnectionStrings:Bleepay"]!);
        var api = new Api(host.Http);
        var token = Tokens.For(ManySessions.Business);

        var (path, seen, pages) = (List, 0, 0);
        for (var next = $"{List}?limit=100"; next is not null && pages < PagesMax; pages++)
        {
            path = next;
            var page = (await api.Get(path, token: token)).MustBeOk();
            seen += page.Body.AsArray().Count;
            next = page.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal(Math.Min(Sessions, 100 * PagesMax), seen);
        output.WriteLine($"{Sessions} sessions, medians of {Repeats}:");
        await MustBeFast($"page {pages}", path);
        var middle = ManySessions.CreatedAt(Sessions / 2).ToUnixTimeMilliseconds();
        foreach (var filter in Filters.Prepend("limit=100"))
        {
            await MustBeFast($"{filter}, page 1", $"{List}?{filter}");
            await MustBeFast($"{filter}, from the middle", $"{List}?{filter}&until={middle}");
        }

        async Task MustBeFast(string what, string page)
        {
            var median = await Median(api, page, token);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{median.TotalMilliseconds,8:F1} ms  {what}"));
            if (Sessions >= JudgedFrom) Assert.True(median < PageMax, $"{what} took {median}.");
        }
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
