using System.Text;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Deploy;

/// <summary>The dashboard and what brings it to Grafana.</summary>
public sealed partial class DashboardTests
{
    private static readonly string Component = Path.Combine(Manifests.Folder, "components", "monitoring");

    [FactThatNeeds(Tool.NodeTools)]
    public async Task It_is_what_its_generator_makes()
    {
        using var made = new TemporaryFolder();

        var run = await NodeTools.RunToEnd(
            "node", [Path.Combine(MonitoringStack.Deployed, "dashboard.mjs"), made.Path]);

        Assert.True(run.ExitCode == 0, run.Output);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(made.Path, DashboardFile.Name));
        Assert.True(bytes.SequenceEqual(DashboardFile.Bytes), "dashboard.json is not what dashboard.mjs makes.");
        var ofComponent = await File.ReadAllBytesAsync(Path.Combine(Component, DashboardFile.Name));
        Assert.True(bytes.SequenceEqual(ofComponent), "The component's dashboard.json is another.");
    }

    [Fact]
    public void It_has_six_rows_and_every_panel_explains_itself()
    {
        Assert.Equal(
            ["Does money flow", "HTTP", "Sessions and expiry", "Store and cluster", "Webhooks", "Chains"],
            DashboardFile.Rows);
        Assert.All(DashboardFile.Panels, panel =>
        {
            Assert.NotEmpty(panel["description"]!.GetValue<string>());
            Assert.NotEmpty(panel["fieldConfig"]!["defaults"]!["unit"]!.GetValue<string>());
            Assert.All(
                panel["targets"]!.AsArray(),
                target => Assert.Equal("${datasource}", target!["datasource"]!["uid"]!.GetValue<string>()));
        });
    }

    [Fact]
    public void Every_alert_that_it_names_exists()
    {
        var named = AlertName().Matches(Encoding.UTF8.GetString(DashboardFile.Bytes))
            .Select(name => name.Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains($"alert: {name}\n", AlertRules.Text, StringComparison.Ordinal));
    }

    /// <summary>Grafana's side-car loads the ConfigMaps that have this label.</summary>
    [FactThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    public async Task The_component_adds_it_to_an_overlay_as_a_ConfigMap_that_Grafana_finds()
    {
        using var folder = new TemporaryFolder(Path.Combine(Manifests.Folder, "overlays"));
        await File.WriteAllTextAsync(
            Path.Combine(folder.Path, "kustomization.yaml"),
            "resources: [../production]\ncomponents: [../../components/monitoring]\n");

        var manifests = await Manifests.Render(folder.Path);

        var map = Assert.Single(
            manifests.All("ConfigMap"), one => one["metadata"]!["name"]!.GetValue<string>() == "bleepay-dashboard");
        Assert.Equal("1", map["metadata"]!["labels"]!["grafana_dashboard"]!.GetValue<string>());
        Assert.Equal(
            Encoding.UTF8.GetString(DashboardFile.Bytes), map["data"]!["bleepay-sessions.json"]!.GetValue<string>());

        // Kubernetes itself does not have the types of the Prometheus operator.
        Assert.All(
            manifests.Problems,
            problem => Assert.EndsWith("in monitoring.coreos.com/v1", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Compose_publishes_on_loopback_only_names_releases_and_mounts_what_exists()
    {
        var deploy = Path.Combine(SourceFolder.Root, "deploy");
        var compose = File.ReadAllText(Path.Combine(deploy, "compose.yml"));
        var published = Published().Matches(compose).Select(port => port.Groups[1].Value).ToList();
        var images = Image().Matches(compose).Select(image => image.Groups[1].Value).ToList();
        var mounted = Mounted().Matches(compose).Select(file => file.Groups[1].Value).ToList();

        Assert.Equal(4, published.Count);
        Assert.All(published, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        Assert.Equal(6, images.Count);
        Assert.All(images, image => Assert.Matches(@"^[^:]+:v?\d[\w.-]*$", image));
        Assert.Contains("monitoring/dashboard.json", mounted);
        Assert.All(mounted, file => Assert.True(File.Exists(Path.Combine(deploy, file)), file));
    }

    [GeneratedRegex(@"\bBleepay[A-Z]\w+")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"ports: \[""([^""]+)""\]")]
    private static partial Regex Published();

    [GeneratedRegex(@"^ +image: (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Image();

    [GeneratedRegex(@"^ +- \./([^:]+):[^:]+:ro$", RegexOptions.Multiline)]
    private static partial Regex Mounted();
}
