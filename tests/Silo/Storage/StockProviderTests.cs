using Bleepay.Grains.Widgets;
using Bleepay.Silo.Storage;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Storage;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>What Orleans' stock providers promise, on the SQL that we have put behind them.</summary>
[Collection(ServiceFixture.Name)]
public sealed class StockProviderTests(ServiceFixture service)
{
    private const string StateName = "widget";

    private readonly IGrainStorage storage =
        service.Host.Services.GetRequiredKeyedService<IGrainStorage>(WidgetGrain.StorageName);

    /// <summary>The stock table's type is internal, and is registered as itself behind ours.</summary>
    private readonly IReminderTable reminders = (IReminderTable)service.Host.Services.GetRequiredService(
        typeof(AdoNetReminderTableOptions).Assembly.GetType(
            "Orleans.Runtime.ReminderService.AdoNetReminderTable", throwOnError: true)!);

    private readonly GrainId grain = GrainId.Create("widget", $"wdgt_{Guid.NewGuid():N}");

    [Fact]
    public async Task A_state_that_was_never_written_is_no_record()
    {
        var read = await Read();

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
    }

    [Fact]
    public async Task A_written_state_is_read_again_and_may_be_written_again_with_its_ETag()
    {
        var state = Named("first");
        await storage.WriteStateAsync(StateName, grain, state);
        state.State = Named("second").State;
        await storage.WriteStateAsync(StateName, grain, state);

        var read = await Read();

        Assert.True(read.RecordExists);
        Assert.Equal(state.ETag, read.ETag);
        Assert.Equal("second", await StoredName());
    }

    [Fact]
    public async Task A_stale_ETag_is_refused()
    {
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

    [Fact]
    public async Task Of_two_first_writes_the_second_is_refused()
    {
        await storage.WriteStateAsync(StateName, grain, Named("first"));

        await Assert.ThrowsAsync<InconsistentStateException>(
            () => storage.WriteStateAsync(StateName, grain, Named("second")));

        Assert.Equal("first", await StoredName());
    }

    [Fact]
    public async Task Of_many_first_writes_at_once_one_wins()
    {
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

    [Fact]
    public async Task A_cleared_state_is_no_record_and_may_be_written_again()
    {
        var state = Named("first");
        await storage.WriteStateAsync(StateName, grain, state);
        await storage.ClearStateAsync(StateName, grain, state);
        var read = await Read();
        Assert.False(read.RecordExists);

        read.State = Named("second").State;
        await storage.WriteStateAsync(StateName, grain, read);

        Assert.Equal("second", await StoredName());
    }

    [Fact]
    public async Task A_reminder_is_upserted_read_and_removed_by_its_ETag()
    {
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
    [InlineData(0x10000000u, 0x60000000u)]
    [InlineData(0x40000000u, 0xC0000000u)]
    [InlineData(0x90000000u, 0xF0000000u)]
    [InlineData(0x60000000u, 0x10000000u)]
    [InlineData(0xC0000000u, 0x40000000u)]
    [InlineData(0xF0000000u, 0x10000000u)]
    [InlineData(0x12345678u, 0x12345678u)]
    [InlineData(0x00000000u, 0x00000000u)]
    public async Task A_part_of_the_ring_is_read_with_exactly_its_reminders(uint begin, uint end)
    {
        var grains = Enumerable.Range(0, 60).Select(number => GrainId.Create("ring", $"{grain.Key}_{number}"))
            .ToList();
        var tags = new Dictionary<GrainId, string>();
        foreach (var one in grains) tags[one] = await Upsert(Reminder(one, "one"));

        var read = (await reminders.ReadRows(begin, end)).Reminders.Select(row => row.GrainId).ToHashSet();

        Assert.Equal(
            grains.Where(one => IsWithin(one.GetUniformHashCode(), begin, end)), grains.Where(read.Contains));
        foreach (var (one, tag) in tags) Assert.True(await reminders.RemoveRow(one, "one", tag));
    }

    [Fact]
    public async Task The_silo_s_table_keeps_the_reminders_of_other_grains_in_the_stock_one()
    {
        var table = service.Host.Services.GetRequiredService<IReminderTable>();
        Assert.IsType<SessionReminderTable>(table);

        var tag = await table.UpsertRow(Reminder(grain, "one"));

        Assert.NotNull(tag);
        Assert.Equal(tag, (await ReadOne(grain)).ETag);
        Assert.Contains((await table.ReadRows(0, 0)).Reminders, row => row.GrainId == grain);
        Assert.True(await table.RemoveRow(grain, "one", tag));
        Assert.Null(await reminders.ReadRow(grain, "one"));
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
