using System.Globalization;

namespace Bleepay.Gateway.Limits;

/// <summary>How many files and sockets the system lets this process have open.</summary>
internal static class DescriptorLimit
{
    private const string ProcessLimits = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    /// <summary>The limit in force (RLIMIT_NOFILE); null if there is none or the system reports none.</summary>
    public static int? Read() => File.Exists(ProcessLimits) ? Parse(File.ReadLines(ProcessLimits)) : null;

    /// <param name="limits">As proc_pid_limits(5) has them: name, soft limit, hard limit, unit.</param>
    internal static int? Parse(IEnumerable<string> limits)
    {
        var line = limits.FirstOrDefault(limit => limit.StartsWith(OpenFiles, StringComparison.Ordinal));
        var soft = line?[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? (int)Math.Min(limit, int.MaxValue)
            : null;
    }
}
