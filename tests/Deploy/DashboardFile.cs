using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

/// <summary>The generated dashboard, taken apart.</summary>
internal static class DashboardFile
{
    public const string Name = "dashboard.json";

    public static byte[] Bytes { get; } = File.ReadAllBytes(Path.Combine(MonitoringStack.Deployed, Name));

    public static JsonNode Root { get; } = JsonNode.Parse(Bytes)!;

    public static IReadOnlyList<string> Rows { get; } =
        [.. All.Where(IsRow).Select(row => row["title"]!.GetValue<string>())];

    public static IReadOnlyList<JsonNode> Panels { get; } = [.. All.Where(panel => !IsRow(panel))];

    /// <summary>What its panels ask of Prometheus.</summary>
    public static IReadOnlyList<string> Expressions { get; } =
    [
        .. Panels.SelectMany(panel => panel["targets"]!.AsArray())
            .Select(target => target!["expr"]!.GetValue<string>()),
    ];

    private static IEnumerable<JsonNode> All => Root["panels"]!.AsArray().Select(panel => panel!);

    private static bool IsRow(JsonNode panel) => panel["type"]!.GetValue<string>() == "row";
}
