using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Silo;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans.Reminders;
using Orleans.TestingHost;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The product's grains on a real silo and a real database, with the time of grains and of reminders in
/// the test's hand. The clocks of the infrastructure itself stay real.
/// </summary>
internal sealed class GrainCluster : IAsyncDisposable
{
    public const string Business = "biz_grains";

    private readonly TemporaryFolder folder = new();
    private readonly FileLogger log = new(TestLog.NewFile("grains"));
    private readonly IDatabase database;
    private readonly InProcessTestCluster cluster;

    private GrainCluster(IReadOnlyDictionary<string, string?>? settings, IDatabase? given)
    {
        database = given ?? new SqliteDatabase($"Data Source={Path.Combine(folder.Path, "bleepay.db")}");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings ?? new Dictionary<string, string?>())
            .Build();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddBleepay(configuration, database);
            silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, ReminderClock);
            silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, Clock);
            silo.Services.AddSingleton<ISessionTables>(_ =>
                Store = new ObservedSessionTables(database.Sessions()));
            silo.AddIncomingGrainCallFilter(Ticks);
            silo.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        });
        cluster = builder.Build();
    }

    /// <summary>The clock of the grains.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>
    /// The clock of the reminder service: another silo's, where a test lets the two differ.
    /// </summary>
    public FakeTimeProvider ReminderClock { get; } = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    public ObservedSessionTables Store { get; private set; } = null!;

    public ReminderTicks Ticks { get; } = new();

    public IGrainFactory Grains => cluster.Client;

    /// <param name="database">Its own; by default a new file.</param>
    public static async Task<GrainCluster> Start(
        IReadOnlyDictionary<string, string?>? settings = null, IDatabase? database = null)
    {
        var started = new GrainCluster(settings, database);
        await started.cluster.DeployAsync();
        return started;
    }

    public IDepositSessionGrain Session(string id) => Grains.GetGrain<IDepositSessionGrain>(id);

    /// <summary>Opens a session as a widget would, with a new key.</summary>
    public Task<Result<SessionView>> Open(string id, OpenSessionCaps caps = default) =>
        Session(id).Create(new CreateDepositSession(
            Business, "wdgt_grains", new SessionTerms("100", "USDC", "polygon", "", "0xShop", null, null, null),
            "00000000", [1, 2, 3], null, caps, null));

    public async Task<PaymentStatus> StatusOf(string id)
    {
        var read = await Session(id).Read(new SessionSecretHolder());
        return read.TryGet(out var session, out var refusal)
            ? session.Status
            : throw new InvalidOperationException(refusal.Detail);
    }

    /// <summary>Moves both clocks, and lets what is due be done.</summary>
    public void Advance(TimeSpan by)
    {
        Clock.Advance(by);
        ReminderClock.Advance(by);
    }

    /// <summary>Lets time pass in steps until the event has come; fails if it has not come after all.</summary>
    public Task AdvanceUntil(Task happened, TimeSpan step, TimeSpan atMost, string what) =>
        AdvanceUntil(happened, Advance, step, atMost, what);

    /// <summary>The same for the reminders' clock alone.</summary>
    public Task AdvanceRemindersUntil(Task happened, TimeSpan step, TimeSpan atMost, string what) =>
        AdvanceUntil(happened, ReminderClock.Advance, step, atMost, what);

    private static async Task AdvanceUntil(
        Task happened, Action<TimeSpan> advance, TimeSpan step, TimeSpan atMost, string what)
    {
        for (var passed = TimeSpan.Zero; passed < atMost; passed += step)
        {
            advance(step);

            // The services that the clock has woken run on real threads; they are given a moment of real
            // time.
            await Task.WhenAny(happened, Task.Delay(TimeSpan.FromMilliseconds(20)));
            if (happened.IsCompleted) return;
        }

        await happened.WaitAsync(TimeSpan.FromSeconds(10)).ContinueWith(
            waited => Assert.True(waited.IsCompletedSuccessfully, $"{what} has not come in {atMost} of its time"),
            TaskScheduler.Default);
    }

    /// <summary>Removes the session from memory, so that the next call reads it from the store.</summary>
    public Task Forget(string id) => Forget(Session(id));

    /// <summary>As above, for any grain.</summary>
    public Task Forget(IAddressable grain) => cluster.DeactivateAsync(grain);

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        (database as IDisposable)?.Dispose();
        log.Dispose();
        folder.Dispose();
    }
}
