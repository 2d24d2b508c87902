using System.Data.Common;
using Bleepay.Grains;
using Bleepay.Grains.Widgets;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>What Orleans' stock providers promise, on the SQL that we have put behind them.</summary>
[Collection(Databases.Name)]
public sealed class StockProviderTests(Databases databases)
{
    private const string StateName = "widget";

    private ServiceHost service = null!;
    private IGrainStorage storage = null!;
    private IReminderTable reminders = null!;

    private readonly GrainId grain = GrainId.Create("widget", $"wdgt_{Guid.NewGuid():N}");

    [Theory]
    [OnEachDatabase]
    public async Task A_state_that_was_never_written_is_no_record(string database)
    {
        await Use(database);
        var read = await Read();

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_written_state_is_read_again_and_may_be_written_again_with_its_ETag(string database)
    {
        await Use(database);
        var state = Named("first");
        await storage.WriteStateAsync(StateName, grain, state);
        state.State = Named("second").State;
        await storage.WriteStateAsync(StateName, grain, state);

        var read = await Read();

        Assert.True(read.RecordExists);
        Assert.Equal(state.ETag, read.ETag);
        Assert.Equal("second", await StoredName());
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_stale_ETag_is_refused(string database)
    {
        await Use(database);
        var state = Named("first");
        await storage.WriteStateAsync(StateName, grain, state);
        var stale = await Read();
        await storage.WriteStateAsync(StateName, grain, state);

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.WriteStateAsync(StateName, grain, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.ClearStateAsync(StateName, grain, stale));

        Assert.Equal(state.ETag, (await Read()).ETag);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Of_two_first_writes_the_second_is_refused(string database)
    {
        await Use(database);
        await storage.WriteStateAsync(StateName, grain, Named("first"));

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.WriteStateAsync(StateName, grain, Named("second")));

        Assert.Equal("first", await StoredName());
    }

    [Theory]
    [OnEachDatabase]
    public async Task Of_many_first_writes_at_once_one_wins(string database)
    {
        await Use(database);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            try
            {
                await storage.WriteStateAsync(StateName, grain, Named($"{number}"));
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));

        Assert.Single(outcomes, isStored => isStored);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_cleared_state_is_no_record_and_may_be_written_again(string database)
    {
        await Use(database);
        var state = Named("first");
        await storage.WriteStateAsync(StateName, grain, state);
        await storage.ClearStateAsync(StateName, grain, state);
        var read = await Read();
        Assert.False(read.RecordExists);

        read.State = Named("second").State;
        await storage.WriteStateAsync(StateName, grain, read);

        Assert.Equal("second", await StoredName());
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_reminder_is_upserted_read_and_removed_by_its_ETag(string database)
    {
        await Use(database);
        var entry = Reminder(grain, "one");
        var first = await Upsert(entry);
        var second = await Upsert(entry);
        await reminders.UpsertRow(Reminder(grain, "two"));

        var read = await ReadOne(grain);
        Assert.Equal((second, entry.StartAt, entry.Period), (read.ETag, read.StartAt, read.Period));
        Assert.Equal(grain, read.GrainId);
        var names = (await reminders.ReadRows(grain)).Reminders.Select(row => row.ReminderName);
        Assert.Equal(["one", "two"], names.Order());

        Assert.NotEqual(first, second);
        Assert.False(await reminders.RemoveRow(grain, "one", first));
        Assert.True(await reminders.RemoveRow(grain, "one", second));
        Assert.False(await reminders.RemoveRow(grain, "one", second));
        Assert.Null(await reminders.ReadRow(grain, "one"));
    }

    [Theory]
    [OnEachDatabase(0x10000000u, 0x60000000u)]
    [OnEachDatabase(0x40000000u, 0xC0000000u)]
    [OnEachDatabase(0x90000000u, 0xF0000000u)]
    [OnEachDatabase(0x60000000u, 0x10000000u)]
    [OnEachDatabase(0xC0000000u, 0x40000000u)]
    [OnEachDatabase(0xF0000000u, 0x10000000u)]
    [OnEachDatabase(0x12345678u, 0x12345678u)]
    [OnEachDatabase(0x00000000u, 0x00000000u)]
    public async Task A_part_of_the_ring_is_read_with_exactly_its_reminders(string database, uint begin, uint end)
    {
        await Use(database);
        var grains = Enumerable.Range(0, 60).Select(number => GrainId.Create("ring", $"{grain.Key}_{number}"))
            .ToList();
        var tags = new Dictionary<GrainId, string>();
        foreach (var one in grains) tags[one] = await Upsert(Reminder(one, "one"));

        var read = (await reminders.ReadRows(begin, end)).Reminders.Select(row => row.GrainId).ToHashSet();

        Assert.Equal(
            grains.Where(one => IsWithin(one.GetUniformHashCode(), begin, end)), grains.Where(read.Contains));
        foreach (var (one, tag) in tags) Assert.True(await reminders.RemoveRow(one, "one", tag));
    }

    [Theory]
    [OnEachDatabase]
    public async Task The_silo_s_table_keeps_the_reminders_of_other_grains_in_the_stock_one(string database)
    {
        await Use(database);
        var table = service.Services.GetRequiredService<IReminderTable>();
        Assert.IsType<SessionReminderTable>(table);

        var tag = await table.UpsertRow(Reminder(grain, "one"));

        Assert.NotNull(tag);
        Assert.Equal(tag, (await ReadOne(grain)).ETag);
        Assert.Contains((await table.ReadRows(0, 0)).Reminders, row => row.GrainId == grain);
        Assert.True(await table.RemoveRow(grain, "one", tag));
        Assert.Null(await reminders.ReadRow(grain, "one"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task An_exception_of_a_driver_reaches_another_node_as_an_outage(string database)
    {
        await Use(database);
        var serializer = service.Services.GetRequiredService<Serializer>();
        DbException[] thrown =
        [
            new NpgsqlException("lost"),
            new PostgresException("shutting down", "FATAL", "FATAL", PostgresErrorCodes.AdminShutdown),
            new SqliteException("locked", 5),
        ];

        foreach (var one in thrown)
        {
            var received = serializer.Deserialize<Exception>(
                serializer.SerializeToArray<Exception>(new UnavailableException("failed", one)));
            Assert.IsType<UnavailableException>(received);
            Assert.IsAssignableFrom<DbException>(received.InnerException);
            Assert.IsAssignableFrom<DbException>(
                serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(one)));
        }
    }

    private async Task Use(string database)
    {
        service = await databases.Host(database);
        storage = service.Services.GetRequiredKeyedService<IGrainStorage>(WidgetGrain.StorageName);

        // The stock table's type is internal, and is registered as itself behind ours.
        reminders = (IReminderTable)service.Services.GetRequiredService(
            typeof(AdoNetReminderTableOptions).Assembly.GetType(
                "Orleans.Runtime.ReminderService.AdoNetReminderTable", throwOnError: true)!);
    }

    private async Task<GrainState<WidgetState>> Read()
    {
        var state = new GrainState<WidgetState>(new WidgetState());
        await storage.ReadStateAsync(StateName, grain, state);
        return state;
    }

    private async Task<string> StoredName() => (await Read()).State!.Widget!.Settings.Name;

    private async Task<string> Upsert(ReminderEntry entry) => (await reminders.UpsertRow(entry))!;

    private async Task<ReminderEntry> ReadOne(GrainId grainId) => (await reminders.ReadRow(grainId, "one"))!;

    private static GrainState<WidgetState> Named(string name) => new(new WidgetState
    {
        Widget = new Widget(
            "biz_tests", new WidgetSettings { Name = name }, true, [1, 2], TestStore.Now, TestStore.Now),
    });

    private static ReminderEntry Reminder(GrainId grainId, string name) => new()
    {
        GrainId = grainId,
        ReminderName = name,
        StartAt = TestStore.Now.AddYears(1).UtcDateTime,
        Period = TimeSpan.FromMinutes(5),
    };

    private static bool IsWithin(uint hash, uint begin, uint end) =>
        begin == end || (begin < end ? hash > begin && hash <= end : hash > begin || hash <= end);
}
