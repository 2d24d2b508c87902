namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Spreads ticks that would come at once. Each wakes a grain and ends in a commit, and requests would wait behind all
/// of them.
/// </summary>
internal static class TickPace
{
    /// <summary>
    /// How many sessions that end together a silo expires in a second: under half of what two processors can, so that
    /// creations continue. Sessions that end at different times are not delayed by it.
    /// </summary>
    public const int TicksPerSecond = 1_700;

    /// <summary>
    /// What has to wait comes at such times, so that those of one time share a read and a commit.
    /// </summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest delay of a tick, however many sessions end together, plus at most one step.</summary>
    public static readonly TimeSpan LatenessMax = TimeSpan.FromSeconds(30);

    /// <summary>
    /// When each tick comes: never before its time, and at most <see cref="LatenessMax"/> after it.
    /// </summary>
    /// <param name="times">In ascending order.</param>
    /// <param name="perSecond">The share of a silo's ticks that is for these.</param>
    public static DateTimeOffset[] Spread(IReadOnlyList<DateTimeOffset> times, double perSecond)
    {
        if (times.Count == 0) return [];
        var usual = TimeSpan.FromSeconds(1 / perSecond);
        var shortest = LatenessMax / times.Count;
        return Queue(times, usual < shortest ? usual : shortest);
    }

    /// <summary>
    /// When each of what is late already comes: the first at once, the others as fast as the silo may.
    /// </summary>
    /// <param name="perSecond">The share of a silo's ticks that is for these.</param>
    public static DateTimeOffset[] SpreadOverdue(int count, DateTimeOffset from, double perSecond) =>
        Queue(Enumerable.Repeat(from, count), TimeSpan.FromSeconds(1 / perSecond));

    /// <summary>The share of the ring that <c>(begin, end]</c> is; all of it when both are the same.</summary>
    public static double ShareOfRing(uint begin, uint end) =>
        begin == end ? 1 : unchecked(end - begin) / (uint.MaxValue + 1.0);

    private static DateTimeOffset[] Queue(IEnumerable<DateTimeOffset> times, TimeSpan gap)
    {
        var free = DateTimeOffset.MinValue;
        return [.. times.Select(time =>
        {
            var at = time > free ? time : free;
            free = at + gap;
            return at > time ? AtStep(at) : time;
        })];
    }

    private static DateTimeOffset AtStep(DateTimeOffset time)
    {
        var past = time.Ticks % Step.Ticks;
        return past == 0 ? time : time.AddTicks(Step.Ticks - past);
    }
}
