using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Silo;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Deploy;

/// <summary>What <c>kubectl apply -k</c> would send.</summary>
public sealed class KubernetesTests
{
    private const string Dev = "dev";
    private const string Production = "production";

    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task Every_object_and_every_field_exists_in_Kubernetes(string overlay)
    {
        Assert.Empty((await Manifests.OfOverlay(overlay)).Problems);
    }

    [FactThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    public async Task A_wrong_type_an_unknown_kind_and_a_misspelt_field_at_any_depth_are_seen()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "kustomization.yaml"), "resources: [wrong.yaml]");
        await File.WriteAllTextAsync(
            Path.Combine(folder.Path, "wrong.yaml"),
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: wrong, labelz: {} }
            spec:
              replicas: many
              selector: { matchLabels: { any: thing } }
              template:
                spec: { containers: [ { name: any, readynessProbe: {}, resources: { limits: { memory: 1Gi } } } ] }
              volumeClaimTemplates: [ { spec: { accessMode: [] } } ]
            ---
            apiVersion: v1
            kind: Servise
            metadata: { name: unheard-of }
            """);

        Assert.Equal(
            [
                "StatefulSet/wrong: data/spec/replicas must be integer",
                "StatefulSet/wrong: .metadata.labelz is no field of its type",
                "StatefulSet/wrong: .spec.template.spec.containers.0.readynessProbe is no field of its type",
                "StatefulSet/wrong: .spec.volumeClaimTemplates.0.spec.accessMode is no field of its type",
                "Servise/unheard-of: there is no Servise in v1",
            ],
            (await Manifests.Render(folder.Path)).Problems);
    }

    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task No_container_is_root_can_become_it_or_writes_to_its_image(string overlay)
    {
        foreach (var pod in (await Manifests.OfOverlay(overlay)).Workloads.Select(Pod))
        {
            Assert.False(pod["automountServiceAccountToken"]!.GetValue<bool>());
            Assert.True(pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>());
            Assert.NotEqual(0, pod["securityContext"]!["runAsUser"]!.GetValue<int>());
            Assert.Equal("RuntimeDefault", pod["securityContext"]!["seccompProfile"]!["type"]!.GetValue<string>());
            foreach (var container in pod["containers"]!.AsArray().Select(container => container!))
            {
                var rights = container["securityContext"]!;
                Assert.False(rights["allowPrivilegeEscalation"]!.GetValue<bool>());
                Assert.True(rights["readOnlyRootFilesystem"]!.GetValue<bool>());
                Assert.Equal(["ALL"], rights["capabilities"]!["drop"]!.AsArray().GetValues<string>());
            }
        }
    }

    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task Every_image_is_a_named_release_and_asks_for_what_it_needs(string overlay)
    {
        foreach (var container in (await Manifests.OfOverlay(overlay)).Workloads.SelectMany(Containers))
        {
            Assert.Matches(@"^[^:]+:\d[\w.-]*$", container["image"]!.GetValue<string>());
            Assert.NotNull(container["resources"]!["requests"]!["cpu"]);
            Assert.NotNull(container["resources"]!["requests"]!["memory"]);
            Assert.NotNull(container["resources"]!["limits"]!["memory"]);
            Assert.Null(container["resources"]!["limits"]!["cpu"]);
        }
    }

    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task A_node_is_asked_for_its_start_its_readiness_and_its_life_each_by_its_own_route(string overlay)
    {
        var node = Containers((await Manifests.OfOverlay(overlay)).Deployment).Single();

        foreach (var (probe, path) in new[]
        {
            ("startupProbe", "/health/startup"), ("readinessProbe", "/health/ready"), ("livenessProbe", "/health/live"),
        })
        {
            Assert.Equal(path, node[probe]!["httpGet"]!["path"]!.GetValue<string>());
            Assert.Equal("http", node[probe]!["httpGet"]!["port"]!.GetValue<string>());
        }
    }

    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task The_service_accepts_its_settings_and_ends_before_it_is_killed(string overlay)
    {
        var manifests = await Manifests.OfOverlay(overlay);
        var settings = manifests.Settings();
        Assert.All(settings.Keys, name => Assert.True(KnownSettings.Contain(name), $"{name} is no setting"));

        settings["Cluster__AdvertisedIp"] = "10.0.0.1";
        using var folder = new TemporaryFolder();
        using var authority = TestAuthority.Create();
        var files = authority.Issue(folder.Path);
        MountAt(settings, files);
        settings.TryAdd("ConnectionStrings__Bleepay", "Host=postgres.example");
        settings.TryAdd("Secrets__Keys__0", Convert.ToBase64String(new byte[32]));
        await using var service = SiloHost.Build([.. settings.Select(Argument)]);

        var host = service.Services.GetRequiredService<IOptions<HostOptions>>().Value;
        var grace = Pod(manifests.Deployment)["terminationGracePeriodSeconds"]!.GetValue<int>();
        Assert.True(TimeSpan.FromSeconds(grace) > host.ShutdownTimeout + TimeSpan.FromSeconds(10), $"{grace} s");
    }

    /// <summary>The port has no authentication: every pod that can reach it can read the metrics.</summary>
    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task Metrics_have_a_separate_port_that_only_chosen_namespaces_reach(string overlay)
    {
        var manifests = await Manifests.OfOverlay(overlay);
        var port = int.Parse(manifests.Settings()["Telemetry__MetricsPort"], CultureInfo.InvariantCulture);

        var exposed = Containers(manifests.Deployment).Single()["ports"]!.AsArray()
            .Single(one => one!["name"]!.GetValue<string>() == "metrics");
        Assert.Equal(port, exposed!["containerPort"]!.GetValue<int>());
        var rules = manifests.All("NetworkPolicy").SelectMany(policy => policy["spec"]!["ingress"]!.AsArray())
            .Where(rule => rule!["ports"]!.AsArray().Any(one => one!["port"]!.GetValue<int>() == port));
        Assert.NotNull(Assert.Single(rules)!["from"]![0]!["namespaceSelector"]!["matchLabels"]);
        Assert.All(
            manifests.All("Service"),
            item => Assert.DoesNotContain(port.ToString(CultureInfo.InvariantCulture), item.ToJsonString()));
    }

    [TheoryThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    [InlineData(Dev)]
    [InlineData(Production)]
    public async Task Every_selector_of_the_nodes_selects_them(string overlay)
    {
        var manifests = await Manifests.OfOverlay(overlay);
        var label = manifests.Deployment["spec"]!["template"]!["metadata"]!["labels"]!.ToJsonString();

        Assert.Equal(label, manifests.Deployment["spec"]!["selector"]!["matchLabels"]!.ToJsonString());
        Assert.Contains(manifests.All("Service"), item => item["spec"]!["selector"]!.ToJsonString() == label);
        Assert.Contains(
            manifests.All("NetworkPolicy"),
            item => item["spec"]!["podSelector"]!["matchLabels"]!.ToJsonString() == label);
        Assert.All(
            manifests.All("PodDisruptionBudget"),
            item => Assert.Equal(label, item["spec"]!["selector"]!["matchLabels"]!.ToJsonString()));
        Assert.All(
            manifests.All("HorizontalPodAutoscaler"),
            item => Assert.Equal(
                manifests.Deployment["metadata"]!["name"]!.GetValue<string>(),
                item["spec"]!["scaleTargetRef"]!["name"]!.GetValue<string>()));
    }

    [FactThatNeeds(Tool.NodeTools, Tool.Kubectl)]
    public async Task Production_keeps_three_nodes_rolls_one_at_a_time_and_brings_no_secret()
    {
        var manifests = await Manifests.OfOverlay(Production);
        var deployment = manifests.Deployment["spec"]!;

        Assert.Equal(0, deployment["strategy"]!["rollingUpdate"]!["maxUnavailable"]!.GetValue<int>());
        Assert.Equal(1, deployment["strategy"]!["rollingUpdate"]!["maxSurge"]!.GetValue<int>());
        Assert.Equal(30, deployment["minReadySeconds"]!.GetValue<int>());
        Assert.Null(deployment["replicas"]);
        var scaler = Assert.Single(manifests.All("HorizontalPodAutoscaler"));
        Assert.Equal(3, scaler["spec"]!["minReplicas"]!.GetValue<int>());
        var budget = Assert.Single(manifests.All("PodDisruptionBudget"));
        Assert.Equal(1, budget["spec"]!["maxUnavailable"]!.GetValue<int>());
        Assert.Empty(manifests.All("Secret"));
    }

    [FactThatNeeds(Tool.Kubectl, Tool.NodeTools)]
    public async Task The_example_for_cert_manager_makes_the_Secret_that_production_mounts()
    {
        using var folder = new TemporaryFolder(Path.Combine(Manifests.Folder, "overlays"));
        await File.WriteAllTextAsync(
            Path.Combine(folder.Path, "kustomization.yaml"),
            "resources: [../production]\ncomponents: [../../components/cert-manager]\n");

        var manifests = await Manifests.Render(folder.Path);

        var mounted = Assert.Single(
            Pod(manifests.Deployment)["volumes"]!.AsArray(), volume => volume!["secret"] is not null)!["secret"]!;
        var certificate = Assert.Single(
            manifests.All("Certificate"),
            made => made["spec"]!["secretName"]!.GetValue<string>() == mounted["secretName"]!.GetValue<string>());
        Assert.Equal([TestAuthority.NodeName], certificate["spec"]!["dnsNames"]!.AsArray().GetValues<string>());
        Assert.Contains("client auth", certificate["spec"]!["usages"]!.AsArray().GetValues<string>());
        Assert.Contains("server auth", certificate["spec"]!["usages"]!.AsArray().GetValues<string>());
        Assert.Contains(manifests.All("Issuer"), issuer =>
            issuer["metadata"]!["name"]!.GetValue<string>() ==
            certificate["spec"]!["issuerRef"]!["name"]!.GetValue<string>());
        Assert.Empty(manifests.Problems);
    }

    /// <summary>The files of an overlay's Secret, which has other paths in a pod than here.</summary>
    private static void MountAt(Dictionary<string, string> settings, NodeFiles files)
    {
        foreach (var (setting, path) in files.Settings)
        {
            var variable = setting.Replace(":", "__", StringComparison.Ordinal);
            if (settings.ContainsKey(variable)) settings[variable] = path!;
        }
    }

    private static JsonNode Pod(JsonNode workload) => workload["spec"]!["template"]!["spec"]!;

    private static IEnumerable<JsonNode> Containers(JsonNode workload) =>
        Pod(workload)["containers"]!.AsArray().Select(container => container!);

    private static string Argument(KeyValuePair<string, string> setting) =>
        $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}";
}
