using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Bleepay.Bench.Report;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static JsonObject Describe(string database) => new()
    {
        ["processors"] = Environment.ProcessorCount,
        ["processor"] = Line("/proc/cpuinfo", "model name"),
        ["memory"] = Line("/proc/meminfo", "MemTotal"),
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["database"] = database,
        ["at"] = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
    };

    private static string Line(string path, string name) =>
        File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim() ?? "unknown";
}
