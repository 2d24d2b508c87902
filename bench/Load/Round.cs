namespace Bleepay.Bench.Load;

/// <summary>The figures of one variant in one round; all but the first three are for each session.</summary>
/// <param name="ServiceCpuMicros">Processor time of the variant's own processes.</param>
/// <param name="DatabaseCpuMicros">Processor time of PostgreSQL; zero where it is not used.</param>
/// <param name="SqlCalls">Statements that PostgreSQL was sent.</param>
/// <param name="Commits">Transactions that wrote something.</param>
/// <param name="IdleShare">How much of one core the variants that had to wait used meanwhile.</param>
internal sealed record Round(
    double SessionsPerSecond,
    double P50Ms,
    double P99Ms,
    double ServiceCpuMicros,
    double DatabaseCpuMicros,
    double SqlCalls,
    double Commits,
    double WalBytes,
    double AllocatedBytes,
    double IdleShare);

/// <summary>Measures one variant at a time, and checks that it has done what it answered.</summary>
internal sealed class Measurement(PostgreSql server, BenchOptions options, string bodyPath)
{
    private const int AnswersExamined = 8;

    /// <summary>Lets the runtime compile what is used, and the database fill its caches.</summary>
    public Task<LoadResult> WarmUp(Subject subject, TimeSpan duration) =>
        Wrk.Run(subject.Url, subject.WidgetsPath, bodyPath, options.Connections, duration, subject.IsKeyed);

    /// <exception cref="BenchmarkException">An answer was wrong, or is not stored.</exception>
    public async Task<Round> Measure(Subject subject, IReadOnlyList<Subject> others)
    {
        await Examine(subject);
        await WarmUp(subject, options.RoundWarmUp);

        var rowsBefore = await Count(subject);
        var othersBefore = others.Sum(other => other.Cpu().TotalMicroseconds);
        var allocatedBefore = await subject.AllocatedBytes();
        var countersBefore = server.Read(subject.Database ?? "");
        var databaseBefore = server.Cpu();
        var serviceBefore = subject.Cpu();

        var load = await Wrk.Run(
            subject.Url, subject.WidgetsPath, bodyPath, options.Connections, options.Measured, subject.IsKeyed);

        var serviceCpu = subject.Cpu() - serviceBefore;
        var databaseCpu = server.Cpu() - databaseBefore;
        var counters = server.Read(subject.Database ?? "");
        var allocated = await subject.AllocatedBytes() - allocatedBefore;
        var othersCpu = others.Sum(other => other.Cpu().TotalMicroseconds) - othersBefore;
        Compare(subject, load, await Count(subject) - rowsBefore);

        var isOnServer = subject.Database is not null;
        return new Round(
            load.PerSecond, load.P50Ms, load.P99Ms, Each(serviceCpu.TotalMicroseconds),
            isOnServer ? Each(databaseCpu.TotalMicroseconds) : 0,
            isOnServer ? Each(counters.SqlCalls - countersBefore.SqlCalls) : 0,
            isOnServer ? Each(server.CommitsBetween(countersBefore.Position, counters.Position)) : 0,
            isOnServer ? Each(server.BytesBetween(countersBefore.Position, counters.Position)) : 0,
            Each(allocated), othersCpu / load.Elapsed.TotalMicroseconds);

        double Each(double total) => total / load.Answered;
    }

    private static async Task Examine(Subject subject)
    {
        using var http = new HttpClient();
        await subject.RefusesStrangers(http);
        await subject.RefusesAgainstRules(http);
        var ids = new HashSet<string>();
        for (var number = 0; number < AnswersExamined; number++)
            ids.Add(await subject.OpenOne(http, subject.Widgets[number % subject.Widgets.Count]));
        if (ids.Count < AnswersExamined) throw new BenchmarkException($"{subject.Name} answered the same id twice.");
    }

    private static async Task<long> Count(Subject subject) =>
        subject.CountRows is { } count ? await count() : 0;

    /// <summary>
    /// Those that were under way when the load or its warm-up ended may be stored and not be answered.
    /// </summary>
    private void Compare(Subject subject, LoadResult load, long stored)
    {
        if (subject.CountRows is null) return;
        if (stored < load.Answered || stored > load.Answered + (2 * options.Connections))
            throw new BenchmarkException(
                $"{subject.Name} answered {load.Answered} sessions and stored {stored}.");
    }
}
