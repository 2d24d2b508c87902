using System.Globalization;

namespace Bleepay.Bench.Load;

/// <summary>
/// The processor time of a process and all below it, from <c>/proc</c> (user and system, the children that have ended
/// included).
/// </summary>
internal static class ProcessTree
{
    // Fields of /proc/<pid>/stat behind the name, counted from the state (proc(5)).
    private const int Parent = 1;
    private const int UserTicks = 11;
    private const int SystemTicks = 12;
    private const int EndedChildrenUserTicks = 13;
    private const int EndedChildrenSystemTicks = 14;

    /// <summary>USER_HZ, which Linux has fixed at 100 for every architecture that .NET runs on.</summary>
    private const int TicksPerSecond = 100;

    public static TimeSpan Cpu(int root)
    {
        var all = new Dictionary<int, string[]>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                && Stat(folder) is { } stat)
                all[id] = stat;
        }

        var ticks = all.Where(process => IsBelow(process.Key, root, all)).Sum(process =>
            Number(process.Value, UserTicks) + Number(process.Value, SystemTicks)
            + Number(process.Value, EndedChildrenUserTicks) + Number(process.Value, EndedChildrenSystemTicks));
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }

    private static bool IsBelow(int id, int root, Dictionary<int, string[]> all)
    {
        while (id != root)
        {
            if (!all.TryGetValue(id, out var stat)) return false;
            id = (int)Number(stat, Parent);
        }

        return true;
    }

    private static string[]? Stat(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // The process has ended meanwhile.
            return null;
        }
    }

    private static long Number(string[] stat, int field) => long.Parse(stat[field], CultureInfo.InvariantCulture);
}
