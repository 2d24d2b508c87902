using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

/// <summary>
/// A grain that is no session keeps its reminder in the stock table, with our SQL behind it.
/// </summary>
public sealed class OtherRemindersTests
{
    [Theory]
    [OnEachDatabase]
    public async Task A_reminder_of_another_grain_ticks_and_can_be_taken_back(string database)
    {
        await using var cluster = await GrainCluster.Start(database: Databases.OfServer(database));
        var grain = cluster.Grains.GetGrain<ITickingGrain>("other");
        await grain.Begin(due: TimeSpan.FromSeconds(20), period: TimeSpan.FromMinutes(1));

        await cluster.AdvanceUntil(grain.Ticked(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(21), "The tick");
        await cluster.AdvanceUntil(grain.Ticked(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(65), "The second");

        Assert.Equal(["ticking"], await grain.Reminders());
        await grain.Cease();
        Assert.Empty(await grain.Reminders());
    }
}

public interface ITickingGrain : IGrainWithStringKey
{
    Task Begin(TimeSpan due, TimeSpan period);

    Task Cease();

    /// <summary>Completes when this number of ticks has come.</summary>
    [Orleans.Concurrency.AlwaysInterleave]
    Task Ticked(int count);

    Task<List<string>> Reminders();
}

public sealed class TickingGrain : Grain, ITickingGrain, IRemindable
{
    private readonly TaskCompletionSource[] ticks =
        [.. Enumerable.Range(0, 8).Select(_ => new TaskCompletionSource())];
    private int count;

    public Task Begin(TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder("ticking", due, period);

    public async Task Cease() => await this.UnregisterReminder((await this.GetReminder("ticking"))!);

    public Task Ticked(int count) => ticks[count - 1].Task;

    public async Task<List<string>> Reminders() =>
        [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName)];

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        ticks[count++].TrySetResult();
        return Task.CompletedTask;
    }
}
