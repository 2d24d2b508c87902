using System.Text;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

/// <summary>The objects that a folder of <c>deploy/kubernetes</c> gives a cluster.</summary>
internal sealed class Manifests(IReadOnlyList<JsonNode> objects, IReadOnlyList<string> problems)
{
    public static string Folder { get; } = Path.Combine(SourceFolder.Root, "deploy", "kubernetes");

    /// <summary>What Kubernetes would refuse or, worse, ignore.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>The deployment of the service itself.</summary>
    public JsonNode Deployment => Assert.Single(All("Deployment"));

    /// <summary>Each deployment and stateful set.</summary>
    public IEnumerable<JsonNode> Workloads => All("Deployment").Concat(All("StatefulSet"));

    public static Task<Manifests> OfOverlay(string name) => Render(Path.Combine(Folder, "overlays", name));

    public static async Task<Manifests> Render(string folder)
    {
        Tools.Require(Tool.Kubectl);
        var (exitCode, output) = await NodeTools.RunScript("manifests.mjs", folder);
        Assert.True(exitCode == 0, output);

        var rendered = JsonNode.Parse(output.Split('\n')[0])!;
        return new Manifests(
            [.. rendered["objects"]!.AsArray().Select(item => item!)],
            [.. rendered["problems"]!.AsArray().Select(problem => problem!.GetValue<string>())]);
    }

    public IEnumerable<JsonNode> All(string kind) => objects.Where(item => item["kind"]!.GetValue<string>() == kind);

    /// <summary>The environment of the service's container, as far as these objects define it.</summary>
    public Dictionary<string, string> Settings()
    {
        var container = Deployment["spec"]!["template"]!["spec"]!["containers"]![0]!;
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in container["envFrom"]!.AsArray().Select(source => source!))
        {
            foreach (var (name, value) in Referred(source)) settings[name] = value;
        }

        foreach (var variable in container["env"]!.AsArray().Select(variable => variable!))
            settings[variable["name"]!.GetValue<string>()] = variable["value"]?.GetValue<string>() ?? "";
        return settings;
    }

    /// <summary>An operator's Secret is not among these objects, so its settings are not included.</summary>
    private IEnumerable<(string Name, string Value)> Referred(JsonNode source)
    {
        var isSecret = source["secretRef"] is not null;
        var name = (source["secretRef"] ?? source["configMapRef"])!["name"]!.GetValue<string>();
        var referred = All(isSecret ? "Secret" : "ConfigMap")
            .SingleOrDefault(item => item["metadata"]!["name"]!.GetValue<string>() == name);
        Assert.True(isSecret || referred is not null, $"There is no ConfigMap {name}.");
        return referred?["data"]!.AsObject().Select(entry => (entry.Key, Text(entry.Value!, isSecret))) ?? [];
    }

    private static string Text(JsonNode value, bool isSecret) => isSecret
        ? Encoding.UTF8.GetString(Convert.FromBase64String(value.GetValue<string>()))
        : value.GetValue<string>();
}
