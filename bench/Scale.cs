using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Bench.Load;
using Bleepay.Bench.Report;
using Npgsql;

namespace Bleepay.Bench;

/// <summary>What the product's figures do as something grows. Each part stands alone and runs on PostgreSQL.</summary>
internal sealed class Scale(PostgreSql server, BenchOptions options, string bodyPath, Subjects subjects)
{
    public const int Widgets = 1_000;
    private const int MillionSessions = 1_000_000;
    private const int DueSessions = 50_000;
    private const int SustainedMinutes = 5;

    /// <summary>Longer than two refreshes of the reminder service, so that what is due was loaded before.</summary>
    private static readonly TimeSpan DueIn = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan DueLead = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DueLoad = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan DueDeadline = TimeSpan.FromMinutes(2);

    private static readonly Seeding Usual = new(Widgets, 20_000, 10);

    private readonly Measurement measurement = new(server, options, bodyPath);

    /// <summary>Runs the parts that the command line names, or all; the last one not when in a hurry.</summary>
    public static async Task<JsonObject> Run(PostgreSql server, BenchOptions options, string folder)
    {
        var bodyPath = Path.Combine(folder, "body.json");
        await File.WriteAllTextAsync(bodyPath, BenchWidget.SessionBody.ToJsonString());
        var subjects = new Subjects(server, folder);
        var scale = new Scale(server, options, bodyPath, subjects);
        var parts = new (string Name, Func<Task<JsonObject>> Measure)[]
        {
            ("hot-widget", () => scale.HotWidget(folder)),
            ("million", scale.MillionOpen),
            ("memory", scale.Memory),
            ("due", scale.ManyDue),
            ("silos", () => new SiloScale(options, bodyPath, subjects).Run(folder)),
            ("sustained", scale.Sustained),
        };
        if (options.Only.Except(parts.Select(part => part.Name)).Any())
            throw new ArgumentException($"The parts are {string.Join(", ", parts.Select(part => part.Name))}.");

        var report = new JsonObject();
        foreach (var (name, measure) in parts)
        {
            var isTooLong = name == "sustained" && options.IsQuick && options.Only.Count == 0;
            if (isTooLong || !options.Includes(name)) continue;
            var figures = await measure();
            Console.WriteLine($"{name}: {figures.ToJsonString()}");
            report[name] = figures;
        }

        return new JsonObject { ["scale"] = report };
    }

    /// <summary>All requests to one widget, against the same spread over a thousand.</summary>
    private async Task<JsonObject> HotWidget(string folder)
    {
        await using var many = await subjects.Start("ours-widgets", Usual);
        var path = Path.Combine(folder, "hot.load");
        BenchWidget.WriteForLoad(path, [many.Widgets[0]]);
        var (hot, spread) = await Compare(many with { WidgetsPath = path }, many);
        return Ratio("hotWidget", hot, "thousandWidgets", spread);
    }

    /// <summary>A million open sessions in the store, against an empty one.</summary>
    private async Task<JsonObject> MillionOpen()
    {
        await using var empty = await subjects.Start("ours-empty", new(Widgets, 0, 100));
        await using var full = await subjects.Start("ours-million", new(Widgets, MillionSessions, 100));
        var (million, none) = await Compare(full, empty);
        return Ratio("millionOpen", million, "emptyStore", none);
    }

    /// <summary>What a session holds in memory from its creation until it is deactivated after two minutes.</summary>
    private async Task<JsonObject> Memory()
    {
        await using var subject = await subjects.Start("ours-memory", Usual);
        await measurement.WarmUp(subject, TimeSpan.FromSeconds(3));
        var service = subject.Services[0];
        var before = await service.Probe(collect: true);
        var residentBefore = service.ResidentBytes();
        var load = await measurement.WarmUp(subject, TimeSpan.FromSeconds(12));
        var after = await service.Probe(collect: true);
        return new JsonObject
        {
            ["sessions"] = load.Answered,
            ["heapBytesPerSession"] = Math.Round((double)(after.HeapBytes - before.HeapBytes) / load.Answered),
            ["residentBytesPerSession"] =
                Math.Round((double)(service.ResidentBytes() - residentBefore) / load.Answered),
        };
    }

    /// <summary>This number is due within one second while sessions are created.</summary>
    private async Task<JsonObject> ManyDue()
    {
        await using var subject = await subjects.Start("ours-due", Usual);
        await measurement.WarmUp(subject, options.WarmUp);
        var usual = await measurement.Measure(subject, []);

        await using var source = server.Open(subject.Database!);
        using var http = new HttpClient();
        var due = DateTimeOffset.UtcNow + DueIn;
        var dueText = due.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var template = await subject.OpenOne(http, subject.Widgets[0]);
        await Seeds.Fill(
            source, template, DueSessions, 100,
            $"timestamptz '{dueText}' + abs(seed.hash % 1000) * interval '1 millisecond'");
        if (DateTimeOffset.UtcNow > due - DueLead) throw new BenchmarkException("Seeding took longer than planned.");

        await Task.Delay(due - DueLead - DateTimeOffset.UtcNow);
        await measurement.WarmUp(subject, DueLoad);
        var isDue = $"expires_at between '{dueText}' and timestamptz '{dueText}' + interval '1 second'";
        await Until(source, $"select count(*) from deposit_session where payment_status = 'CREATED' and {isDue}");

        var last = PostgreSql.Scalar<DateTime>(source,
            "select max(occurred_at) from session_event join deposit_session on id = session_id " +
            $"where session_event.payment_status = 'EXPIRED' and {isDue}");
        var took = last - due.UtcDateTime;
        var created = PostgreSql.Scalar<long>(source,
            "select count(*) from deposit_session where created_at between " +
            $"'{dueText}' and timestamptz '{dueText}' + interval '{(long)took.TotalMilliseconds} milliseconds'");
        return new JsonObject
        {
            ["sessionsDue"] = DueSessions,
            ["allExpiredAfterSeconds"] = Math.Round(took.TotalSeconds, 1),
            ["creationsPerSecondUsual"] = Math.Round(usual.SessionsPerSecond),
            ["creationsPerSecondMeanwhile"] = Math.Round(created / took.TotalSeconds),
            ["ratio"] = Math.Round(created / took.TotalSeconds / usual.SessionsPerSecond, 2),
        };
    }

    private static async Task Until(NpgsqlDataSource source, string countOfOthers)
    {
        var waited = Stopwatch.StartNew();
        while (PostgreSql.Scalar<long>(source, countOfOthers) > 0)
        {
            if (waited.Elapsed > DueDeadline) throw new BenchmarkException("Sessions that are due do not expire.");
            await Task.Delay(250);
        }
    }

    /// <summary>Minutes on end: the sessions of two minutes ago are deactivated while new ones are created.</summary>
    private async Task<JsonObject> Sustained()
    {
        await using var subject = await subjects.Start("ours-sustained", Usual);
        await measurement.WarmUp(subject, options.WarmUp);
        var minutes = new JsonArray();
        for (var minute = 1; minute <= SustainedMinutes; minute++)
        {
            var load = await measurement.WarmUp(subject, TimeSpan.FromMinutes(1));
            minutes.Add(new JsonObject
            {
                ["minute"] = minute,
                ["sessionsPerSecond"] = Math.Round(load.PerSecond),
                ["p99Ms"] = load.P99Ms,
                ["residentMegabytes"] = subject.Services[0].ResidentBytes() / (1024 * 1024),
            });
        }

        return new JsonObject { ["minutes"] = minutes };
    }

    private async Task<(Spread First, Spread Second)> Compare(Subject first, Subject second)
    {
        await measurement.WarmUp(first, options.WarmUp);
        await measurement.WarmUp(second, options.WarmUp);
        var rounds = new Dictionary<Subject, List<double>> { [first] = [], [second] = [] };
        for (var number = 1; number <= options.Rounds; number++)
        {
            foreach (var subject in number % 2 == 1 ? new[] { first, second } : [second, first])
                rounds[subject].Add((await measurement.Measure(subject, [])).SessionsPerSecond);
        }

        return (Spread.Of(rounds[first]), Spread.Of(rounds[second]));
    }

    private static JsonObject Ratio(string firstName, Spread first, string secondName, Spread second) => new()
    {
        [firstName] = first.ToJson(),
        [secondName] = second.ToJson(),
        ["ratio"] = Math.Round(first.Median / second.Median, 3),
    };
}
