using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

public sealed class SessionReminderTableTests : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(90);

    private readonly OtherReminders others = new();
    private TestStore store = null!;
    private SessionStore sessions = null!;
    private SessionReminderTable table = null!;

    [Theory]
    [OnEachDatabase]
    public async Task An_open_session_is_a_reminder_at_its_end(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1", Now + Window)));

        var entry = await ReadTheOne();

        Assert.Equal(GrainOf("dep_1"), entry.GrainId);
        Assert.Equal(DepositSessionGrain.ExpireReminder, entry.ReminderName);
        Assert.Equal((Now + Window).UtcDateTime, entry.StartAt);
        Assert.Equal(DateTimeKind.Utc, entry.StartAt.Kind);
        Assert.True(entry.Period > Window, "A tick that failed must be adopted again, not wait a period.");
    }

    [Theory]
    [OnEachDatabase(-3_600_000)]
    [OnEachDatabase(0)]
    [OnEachDatabase(249)]
    public async Task An_overdue_session_comes_soon_and_not_a_period_later(string database, int milliseconds)
    {
        Use(database);
        store.Write(First(Opened("dep_1", Now.AddMilliseconds(milliseconds))));

        var entry = await ReadTheOne();

        Assert.Equal(Now.AddSeconds(1).UtcDateTime, entry.StartAt);
    }

    /// <summary>Those of the last seconds have a tick on its way.</summary>
    [Theory]
    [OnEachDatabase]
    public async Task What_is_past_its_end_for_long_is_counted_as_overdue_until_it_has_ended(string database)
    {
        Use(database);
        var late = Opened("dep_late", Now.AddSeconds(-11));
        store.Write(First(late), First(Opened("dep_on_its_way", Now.AddSeconds(-9))));
        await table.ReadRows(0, 0);
        Assert.Equal(1, table.Overdue.Count);

        store.Write(End(late));
        await table.ReadRows(0, 0);
        Assert.Equal(0, table.Overdue.Count);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Many_that_end_together_are_spread_over_time_and_none_comes_before_its_end(string database)
    {
        Use(database);
        var end = Now.AddSeconds(10);
        Fill(TickPace.TicksPerSecond + 1, end);

        var starts = (await table.ReadRows(0, 0)).Reminders.Select(entry => entry.StartAt).Order().ToList();

        Assert.Equal(TickPace.TicksPerSecond + 1, starts.Count);
        Assert.Equal(end.UtcDateTime, starts[0]);
        Assert.InRange(starts[^1] - end.UtcDateTime, TimeSpan.FromMilliseconds(999), TimeSpan.FromMilliseconds(1_050));
    }

    [Theory]
    [OnEachDatabase]
    public async Task What_is_overdue_does_not_hold_up_what_ends_now(string database)
    {
        Use(database);
        Fill(5_000, Now.AddHours(-1));
        store.Write(First(Opened("dep_now", Now.AddSeconds(1))));

        var starts = (await table.ReadRows(0, 0)).Reminders
            .ToDictionary(entry => entry.GrainId, entry => entry.StartAt);

        Assert.Equal(Now.AddSeconds(1).UtcDateTime, starts[GrainOf("dep_now")]);
        Assert.Equal(5_001, starts.Count);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Overdue_ones_that_do_not_fit_into_the_window_are_left_to_the_next_refresh(string database)
    {
        Use(database);

        // Of a ten-thousandth of the ring a tick may come each 5.9 seconds.
        const uint Range = uint.MaxValue / 10_000;
        var inRange = Enumerable.Range(0, int.MaxValue)
            .Select(number => $"dep_{number}")
            .Where(id => GrainOf(id).GetUniformHashCode() is > 0 and <= Range)
            .Take(30);
        store.Write([.. inRange.Select(id => First(Opened(id, Now.AddHours(-1))))]);

        var starts = (await table.ReadRows(0, Range)).Reminders
            .Where(entry => entry != OtherReminders.Entry)
            .Select(entry => entry.StartAt)
            .Order()
            .ToList();

        Assert.Equal(16, starts.Count);
        Assert.InRange(starts[^1], Now.AddSeconds(84).UtcDateTime, (Now + Window).UtcDateTime);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_that_still_has_time_keeps_its_own(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1", Now.AddMilliseconds(250))));

        Assert.Equal(Now.AddMilliseconds(250).UtcDateTime, (await ReadTheOne()).StartAt);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Only_what_is_due_within_the_loading_window_and_a_margin_is_served(string database)
    {
        Use(database);
        var horizon = Now + Window + TimeSpan.FromSeconds(15);
        store.Write(First(Opened("dep_1", horizon)), First(Opened("dep_2", horizon.AddMilliseconds(1))));

        Assert.Equal(GrainOf("dep_1"), (await ReadTheOne()).GrainId);
    }

    [Theory]
    [OnEachDatabase]
    public async Task All_sessions_have_one_ETag_at_every_time(string database)
    {
        Use(database);
        var first = Opened("dep_1", Now.AddSeconds(10));
        store.Write(First(first), First(Opened("dep_2", Now.AddSeconds(-10))));

        var read = await table.ReadRows(0, 0);
        var tags = read.Reminders.Select(entry => entry.ETag)
            .Append(await table.UpsertRow(read.Reminders[0]))
            .Append((await table.ReadRow(GrainOf("dep_1"), DepositSessionGrain.ExpireReminder))!.ETag);

        Assert.Single(tags.Distinct());
    }

    [Theory]
    [OnEachDatabase]
    public async Task Announcing_a_session_writes_nothing(string database)
    {
        Use(database);
        await table.UpsertRow(new ReminderEntry
        {
            GrainId = GrainOf("dep_unknown"),
            ReminderName = DepositSessionGrain.ExpireReminder,
            StartAt = Now.UtcDateTime,
            Period = DepositSessionGrain.ReminderPeriod,
        });

        Assert.Empty((await table.ReadRows(0, 0)).Reminders);
        Assert.Empty(others.Calls);
        Assert.Equal(0, store.Rows.Count("select count(*) from deposit_session"));
        Assert.Equal(0, store.Rows.Count("select count(*) from OrleansRemindersTable"));
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_reminder_is_gone_only_with_the_end_of_its_session(string database)
    {
        Use(database);
        var session = Opened("dep_1");
        store.Write(First(session));

        Assert.False(await Remove("dep_1"));
        Assert.NotNull(await table.ReadRow(GrainOf("dep_1"), DepositSessionGrain.ExpireReminder));
        Assert.Single((await table.ReadRows(GrainOf("dep_1"))).Reminders);
        store.Write(End(session));

        Assert.True(await Remove("dep_1"));
        Assert.True(await Remove("dep_unknown"));
        Assert.Null(await table.ReadRow(GrainOf("dep_1"), DepositSessionGrain.ExpireReminder));
        Assert.Empty((await table.ReadRows(GrainOf("dep_1"))).Reminders);
        Assert.Empty((await table.ReadRows(0, 0)).Reminders);
    }

    [Theory]
    [OnEachDatabase]
    public async Task A_session_has_no_reminder_of_another_name(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1")));

        Assert.Null(await table.ReadRow(GrainOf("dep_1"), "other"));
        Assert.Empty(others.Calls);
    }

    [Theory]
    [OnEachDatabase]
    public async Task Reminders_of_other_grains_are_left_to_the_table_behind(string database)
    {
        Use(database);
        var grain = GrainId.Create("other", "dep_1");
        var entry = new ReminderEntry { GrainId = grain, ReminderName = "expire" };

        await table.UpsertRow(entry);
        await table.ReadRow(grain, "expire");
        await table.ReadRows(grain);
        await table.RemoveRow(grain, "expire", "7");
        var range = await table.ReadRows(1, 2);

        Assert.Equal(["upsert", "read row", "read rows", "remove 7", "range 1 2"], others.Calls);
        Assert.Equal([OtherReminders.Entry], range.Reminders);
    }

    public void Dispose()
    {
        sessions.Dispose();
        store.Dispose();
    }

    private void Use(string database)
    {
        store = TestStore.On(database);
        sessions = store.OpenStore();
        table = new SessionReminderTable(
            others,
            sessions,
            new FakeTimeProvider(Now),
            Options.Create(new ReminderOptions { ReminderLoadingWindow = Window }),
            () => 1);
    }

    private void Fill(int sessions, DateTimeOffset end) => store.Write(
        [.. Enumerable.Range(0, sessions).Select(number => First(Opened($"dep_{number}", end)))]);

    private static GrainId GrainOf(string sessionId) =>
        GrainId.Create(DepositSessionGrain.GrainTypeName, sessionId);

    private async Task<ReminderEntry> ReadTheOne() =>
        (await table.ReadRows(0, 0)).Reminders.Single(entry => entry != OtherReminders.Entry);

    private Task<bool> Remove(string sessionId) =>
        table.RemoveRow(GrainOf(sessionId), DepositSessionGrain.ExpireReminder, "any");

    /// <summary>Stands for the stock table: notes what it is asked; has one row in a narrow range.</summary>
    private sealed class OtherReminders : IReminderTable
    {
        public static readonly ReminderEntry Entry = new() { GrainId = GrainId.Create("other", "1") };

        public List<string> Calls { get; } = [];

        public Task<ReminderTableData> ReadRows(GrainId grainId) =>
            Note("read rows", new ReminderTableData());

        public Task<ReminderTableData> ReadRows(uint begin, uint end) => begin == end
            ? Task.FromResult(new ReminderTableData())
            : Note($"range {begin} {end}", new ReminderTableData([Entry]));

        public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
            Note<ReminderEntry?>("read row", Entry);

        public Task<string?> UpsertRow(ReminderEntry entry) => Note<string?>("upsert", "1");

        public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
            Note($"remove {eTag}", true);

        public Task TestOnlyClearTable() => throw new NotSupportedException();

        private Task<TAnswer> Note<TAnswer>(string call, TAnswer answer)
        {
            Calls.Add(call);
            return Task.FromResult(answer);
        }
    }
}
