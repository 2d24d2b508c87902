using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Bleepay.Tests.Harness;
using Npgsql;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>
/// A busy chain and many open sessions on PostgreSQL. The long form is a million sessions and blocks of 5,000
/// transfers each two seconds, and compares the service with itself while it does not watch.
/// </summary>
public sealed class ChainScaleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int PaymentsOfBlock = 50;
    private const int Clients = 8;
    private const double StepMax = 1;

    /// <summary>A poll each second, and the longest step.</summary>
    private const double ReadSecondsMax = 1 + StepMax;

    private const double PendingSecondsMax = 5;
    private const double ProcessorShareMax = 0.1;
    private const double RateRatioMin = 0.9;
    private const double SlowestRatioMax = 1.15;
    private const long MemoryMax = 50 * 1024 * 1024;

    private static readonly Size Run = Environment.GetEnvironmentVariable("CHAIN_SCALE") == "long"
        ? new(true, 1_000_000, 50, 5_000, TimeSpan.FromSeconds(2), 5_000, 40)
        : new(false, 20_000, 4, 500, TimeSpan.FromSeconds(1), 500, 5);

    private readonly ConcurrentQueue<double> steps = new();
    private readonly MeterListener listener = new();
    private readonly List<string> missed = [];
    private PostgreSqlServer? server;
    private Anvil? chain;
    private int paid;

    /// <param name="IsLong">The figures are compared with their limits.</param>
    /// <param name="Sessions">That are open.</param>
    /// <param name="Blocks">Of each phase.</param>
    /// <param name="Transfers">Of each block.</param>
    /// <param name="Interval">From one block to the next.</param>
    /// <param name="Payments">All in one block.</param>
    /// <param name="Window">Blocks without a payment, by which the watcher's memory is measured.</param>
    private sealed record Size(
        bool IsLong, int Sessions, int Blocks, int Transfers, TimeSpan Interval, int Payments, int Window);

    /// <param name="Processors">Of all of the machine's, the share that service and database have used.</param>
    private sealed record Phase(double Processors, double Rate, double Slowest);

    private Anvil Chain => chain!;

    public async Task InitializeAsync()
    {
        if (!Tools.IsInstalled(Tool.Anvil) || !Tools.IsInstalled(Tool.PostgreSql)) return;
        server = PostgreSqlServer.Start(isTuned: Run.IsLong);
        chain = await Anvil.Start();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Name == "bleepay.chain.step_duration") own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => steps.Enqueue(value));
        listener.Start();
    }

    public async Task DisposeAsync()
    {
        listener.Dispose();
        if (chain is not null) await chain.DisposeAsync();
        server?.Dispose();
    }

    [FactThatNeeds(Tool.Anvil, Tool.PostgreSql)]
    public async Task A_busy_chain_is_followed_while_many_sessions_are_open()
    {
        var token = await ManyTransfers.Deploy(Chain);
        var settings = Databases.SettingsOf(server!);
        foreach (var (name, value) in WatchedShop.SettingsOf(Chain, token)) settings[name] = value;
        settings["Chains:local:Confirmations"] = "12";
        settings["Chains:local:PollInterval"] = "00:00:01";
        settings["Sessions:Lifetime"] = "03:00:00";
        await using var watched = await WatchedChain.StartWith(Chain, token, settings);
        await OpenMany(watched, settings["ConnectionStrings:Bleepay"]!);
        var transfers = new ManyTransfers(Chain, token);

        await PayAtOnce(transfers, settings, PaymentsOfBlock);
        await Grow(watched, transfers);
        steps.Clear();

        var on = await Follow(watched, transfers, isWatched: true, hasLoad: false);
        await AreSeen(settings, paid);
        output.WriteLine($"{steps.Count} steps, the longest {steps.Max():0.000} s");
        Check("the longest step", steps.Max(), StepMax);
        if (Run.IsLong) await Compare(watched, transfers, on);

        var took = await PayAtOnce(transfers, settings, Run.Payments);
        output.WriteLine($"{Run.Payments} payments in one block: all pending after {took.TotalSeconds:0.0} s");
        Check("seconds until all are pending", took.TotalSeconds, PendingSecondsMax);
        if (Run.IsLong) Assert.Empty(missed);
    }

    private void Check(string figure, double value, double most)
    {
        if (value > most) missed.Add($"{figure}: {value}, at most {most}");
    }

    /// <summary>What watching costs: the same blocks and the same load, with and without it.</summary>
    private async Task Compare(WatchedChain watched, ManyTransfers transfers, Phase on)
    {
        var onWithLoad = await Follow(watched, transfers, isWatched: true, hasLoad: true);
        var rpc = watched.Settings["Chains:local:Rpc:0"];
        watched.Settings.Remove("Chains:local:Rpc:0");
        await watched.Host.DisposeAsync();
        await watched.StartBehind();
        var off = await Follow(watched, transfers, isWatched: false, hasLoad: false);
        var offWithLoad = await Follow(watched, transfers, isWatched: false, hasLoad: true);
        watched.Settings["Chains:local:Rpc:0"] = rpc;
        await watched.Host.DisposeAsync();
        await watched.StartBehind();
        var catchUp = Stopwatch.StartNew();
        var head = await Chain.Head();
        await Eventually.Holds(
            $"block {head} is read", TimeSpan.FromMinutes(5),
            async () => (await watched.Health())["headBlock"]?.GetValue<long>() == head);

        var share = on.Processors - off.Processors;
        var (rate, slowest) = (onWithLoad.Rate / offWithLoad.Rate, onWithLoad.Slowest / offWithLoad.Slowest);
        output.WriteLine(
            $"{2 * Run.Blocks} blocks of {Run.Transfers} transfers are caught up in " +
            $"{catchUp.Elapsed.TotalSeconds:0} s; watching takes {share:P1} of the processors; " +
            $"creations {onWithLoad.Rate:0}/s against {offWithLoad.Rate:0}/s ({rate:0.00}), p99 " +
            $"{onWithLoad.Slowest * 1e3:0.0} ms against {offWithLoad.Slowest * 1e3:0.0} ms ({slowest:0.00})");
        Check("the share of the processors", share, ProcessorShareMax);
        Check("creations without watching by those with it", 1 / rate, 1 / RateRatioMin);
        Check("the ratio of the slowest creations", slowest, SlowestRatioMax);
    }

    /// <summary>What the watcher itself holds of blocks without a payment: as many as it keeps, and more.</summary>
    private async Task Grow(WatchedChain watched, ManyTransfers transfers)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var block = 0; block < Run.Window; block++)
        {
            await transfers.Send(
                Enumerable.Range(0, Run.Transfers).Select(_ => Anvil.NewAddress()), Units);
            await Chain.Mine();
        }

        await watched.HeadIs(await Chain.Head());
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{Run.Window} blocks of {Run.Transfers} transfers: {grown / 1e6:0.0} MB");
        Check("bytes of memory", grown, MemoryMax);
    }

    /// <summary>Makes blocks, and looks how soon each is read.</summary>
    private async Task<Phase> Follow(WatchedChain watched, ManyTransfers transfers, bool isWatched, bool hasLoad)
    {
        using var end = new CancellationTokenSource();
        var load = hasLoad ? Load(watched, end.Token) : Task.FromResult((Rate: 0.0, Slowest: 0.0));
        var (processors, time) = (ProcessorTime(), Stopwatch.StartNew());
        using var ticks = new PeriodicTimer(Run.Interval);
        var slowest = TimeSpan.Zero;
        for (var block = 0; block < Run.Blocks; block++)
        {
            var strangers = Enumerable.Range(0, Run.Transfers - PaymentsOfBlock).Select(_ => Anvil.NewAddress());
            await transfers.Send(isWatched ? strangers.Concat(Payees(PaymentsOfBlock)) : strangers, Units);
            await ticks.WaitForNextTickAsync(CancellationToken.None);
            await Chain.Mine();
            var mined = Stopwatch.StartNew();
            if (!isWatched) continue;
            await watched.HeadIs(await Chain.Head());
            if (mined.Elapsed > slowest) slowest = mined.Elapsed;
        }

        var share = (ProcessorTime() - processors) / time.Elapsed / Environment.ProcessorCount;
        await end.CancelAsync();
        var (rate, slow) = await load;
        output.WriteLine(
            $"{Run.Blocks} blocks of {Run.Transfers} transfers each {Run.Interval.TotalSeconds} s" +
            $"{(isWatched ? $", watched, read within {slowest.TotalSeconds:0.00} s" : "")}: {share:P1} of the " +
            $"processors{(hasLoad ? $", {rate:0} creations/s, p99 {slow * 1e3:0.0} ms" : "")}");
        if (isWatched) Check("seconds until a block is read", slowest.TotalSeconds, ReadSecondsMax);
        return new(share, rate, slow);
    }

    /// <returns>Creations in a second, and the 99th percentile of their seconds.</returns>
    private static async Task<(double Rate, double Slowest)> Load(WatchedChain watched, CancellationToken end)
    {
        var widget = await watched.Api.CreateWidget();
        var took = new ConcurrentBag<double>();
        var time = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (!end.IsCancellationRequested)
            {
                var startedAt = Stopwatch.GetTimestamp();
                await watched.Api.NewSession(widget);
                took.Add(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
            }
        }));
        var sorted = took.Order().ToList();
        return (sorted.Count / time.Elapsed.TotalSeconds, sorted[sorted.Count * 99 / 100]);
    }

    private async Task<TimeSpan> PayAtOnce(
        ManyTransfers transfers, Dictionary<string, string?> settings, int payments)
    {
        await transfers.Send(Payees(payments), Units);
        var mined = Stopwatch.StartNew();
        await Chain.Mine();
        await AreSeen(settings, paid);
        return mined.Elapsed;
    }

    /// <summary>Opens one session as any other, and copies its row.</summary>
    private static async Task OpenMany(WatchedChain watched, string database)
    {
        var template = await watched.Open("1");
        await using var connection = await NpgsqlDataSource.Create(database).OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            insert into deposit_session
            select (jsonb_populate_record(one, jsonb_build_object(
                'id', 'dep_' || lpad(n::text, 22, '0'),
                'grain_hash', hashint4(n),
                'deposit_address', '0x' || lpad(to_hex(n), 40, '0')))).*
            from (select one from deposit_session as one where id = $1) as template, generate_series(1, $2) as n
            """,
            connection)
        {
            CommandTimeout = 600,
            Parameters = { new() { Value = template.Id }, new() { Value = Run.Sessions } },
        };
        await command.ExecuteNonQueryAsync();
        command.CommandText = "analyze deposit_session";
        command.Parameters.Clear();
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The addresses of unpaid sessions.</summary>
    private IEnumerable<string> Payees(int count)
    {
        var first = paid + 1;
        paid += count;
        return Enumerable.Range(first, count).Select(
            number => "0x" + number.ToString("x40", CultureInfo.InvariantCulture));
    }

    private static async Task AreSeen(Dictionary<string, string?> settings, int payments)
    {
        await using var source = NpgsqlDataSource.Create(settings["ConnectionStrings:Bleepay"]!);
        await Eventually.Holds(
            $"{payments} sessions are paid", TimeSpan.FromSeconds(60),
            async () =>
            {
                await using var command = source.CreateCommand("select count(*) from session_payment");
                return (long)(await command.ExecuteScalarAsync())! == payments;
            });
    }

    /// <summary>Of this process, which the service is in, and of PostgreSQL.</summary>
    private static TimeSpan ProcessorTime() => Process.GetProcessesByName("postgres")
        .Append(Process.GetCurrentProcess())
        .Aggregate(TimeSpan.Zero, (sum, process) => sum + process.TotalProcessorTime);

    private static System.Numerics.BigInteger Units => WatchedShop.Units("1");
}
