using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Grains.Sessions;

/// <summary>
/// Payment and expiry meet at the deadline's millisecond, thousands of times: real grains, real commits, and the clock
/// moves over the end while both are under way.
/// </summary>
public sealed class PaymentRaceTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>More of them where a commit is cheap; the variable sets both numbers.</summary>
    private static readonly Dictionary<string, int> Races = new()
    {
        [Databases.Sqlite] = Setting("PAYMENT_RACES") ?? 2_000,
        [Databases.PostgreSql] = Setting("PAYMENT_RACES") ?? 1_000,
    };

    private const int RacesAtOnce = 1_000;
    private const int CallsAtOnce = 128;

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);
    private static readonly PaymentReporter Reporter = new(BusinessIds: null);

    /// <summary>All possible histories, in either order; a session may have its payment before the race.</summary>
    private static readonly string[] Stories =
    [
        "Created PaymentSeen PaymentSettled",
        "Created Timeout PaymentSeen PaymentLate",
        "Created PaymentSeen Timeout PaymentLate",
    ];

    private GrainCluster cluster = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await cluster.DisposeAsync();

    [Theory]
    [OnEachDatabase]
    public async Task Every_session_ends_as_paid_or_expired_by_what_it_stored_first(string database)
    {
        cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        var (races, paid) = (Races[database], 0);
        for (var from = 0; from < races; from += RacesAtOnce)
        {
            var ids = Enumerable.Range(from, RacesAtOnce).Select(number => $"dep_race_{number}").ToArray();
            var answers = await Race(ids);
            var sessions = cluster.Store.Read(ids);
            foreach (var session in sessions) MustAgree(session!, answers[session!.Id]);
            paid += sessions.Count(session => session!.Status == PaymentStatus.Confirmed);
        }

        output.WriteLine($"{database}: {paid} of {races} were paid, {races - paid} expired");
        Assert.InRange(paid, 1, races - 1);
    }

    private static int? Setting(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var value) ? value : null;

    /// <returns>What the reporter was answered, by session.</returns>
    private async Task<Dictionary<string, SessionView>> Race(string[] ids)
    {
        await Parallel(ids, async (id, index) =>
        {
            await cluster.Open(id);
            if (index % 2 == 0) await Report(id, confirmations: 3);
        });
        cluster.Clock.Advance(Lifetime - Millisecond);

        var answers = new SessionView[ids.Length];
        var calls = ids.SelectMany((id, index) => new Func<Task>[]
        {
            async () => answers[index] = await Report(id, confirmations: 12),
            () => Tick(id),
        }).ToArray();
        Random.Shared.Shuffle(calls);
        await Parallel(calls, async (call, index) =>
        {
            if (index == calls.Length / 2) cluster.Clock.Advance(Millisecond);
            await call();
        });
        return answers.ToDictionary(answer => answer.Id);
    }

    private static Task Parallel<T>(T[] items, Func<T, int, Task> body) => System.Threading.Tasks.Parallel.ForAsync(
        0,
        items.Length,
        new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce },
        async (index, _) => await body(items[index], index));

    private async Task<SessionView> Report(string id, int confirmations)
    {
        var report = new PaymentReport(new PaymentKey("0xA", 0), "100", confirmations, false, null, null);
        var reported = await cluster.Session(id).ReportPayment(new(Reporter, report, null));
        return reported.TryGet(out var session, out var refusal)
            ? session
            : throw new InvalidOperationException(refusal.Detail);
    }

    private Task Tick(string id) => cluster.Session(id).AsReference<IRemindable>().ReceiveReminder(
        DepositSessionGrain.ExpireReminder, new TickStatus());

    private static void MustAgree(DepositSession session, SessionView answered)
    {
        Assert.Contains(string.Join(' ', session.Timeline.Select(change => change.Cause)), Stories);
        Assert.Equal(Enumerable.Range(1, session.Sequence), session.Timeline.Select(change => change.Sequence));

        // The first final change decides, its stored time fits it, and so does the answer to the reporter.
        var end = session.Timeline.First(change => change.Status.IsFinal());
        var isPaid = end.Cause == ChangeCause.PaymentSettled;
        Assert.Equal(isPaid ? PaymentStatus.Confirmed : PaymentStatus.Expired, session.Status);
        Assert.Equal(isPaid, end.At < session.ExpiresAt);
        Assert.All(session.Timeline.Skip(end.Sequence), change => Assert.Equal(end.Status, change.Status));
        Assert.Equal(session.Status, answered.Status);
        Assert.Equal(isPaid ? ("100", "0") : ("0", "100"), (answered.ReceivedAmount, answered.LateAmount));
    }
}
