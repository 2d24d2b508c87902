using System.Net;
using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Ops;

/// <summary>The operator's commands, each as a process beside the service.</summary>
public sealed class OpsTests : IDisposable
{
    private const string Email = "ops@example.com";

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Webhooks:AllowPrivateNetworks"] = "true",
        ["Webhooks:RetrySchedule"] = "00:00:00.1",
    };

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Beside_the_file_of_a_running_service_they_read_redeliver_and_erase()
    {
        await using var inbox = await Inbox.Open(Inbox.Status(500));
        await using var service = await ServiceProcess.Start(folder.Path, Settings);
        var widget = await service.Api.CreateWidget();
        var webhooks = new WebhookApi(service.Api);
        var endpoint = await webhooks.CreateEndpoint(inbox.Url);
        var body = Api.GoodSession().With("customerEmail", Email);
        var session = await service.Api.NewSession(widget, body);
        (await service.Api.Cancel(session)).MustBeOk();
        var open = await service.Api.NewSession(widget, body);
        await webhooks.DeliveriesOnce(
            endpoint, "all have failed", all => all.Count == 3 && all.All(one => StatusOf(one) == "FAILED"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(ServiceProcess.DatabaseIn(folder.Path) + ".ops"));
        }

        var status = await Json("status");
        Assert.Equal("CREATED", Assert.Single(status["openSessions"]!.AsArray())!["paymentStatus"]!.GetValue<string>());
        var hidden = await Json("session", session.Id);
        Assert.Equal("(hidden)", hidden["customerEmail"]!.GetValue<string>());
        Assert.Equal(
            ["CREATED", "CANCELLED"],
            hidden["timeline"]!.AsArray().Select(change => change!["cause"]!.GetValue<string>()));
        Assert.Equal(2, hidden["deliveries"]!.AsArray().Count);
        var shown = await Run("session", session.Id, "--show-personal-data");
        Assert.Contains(Email, shown.Console, StringComparison.Ordinal);
        Assert.DoesNotContain(session.Secret, shown.Console, StringComparison.Ordinal);
        var failing = Assert.Single((await Json("webhooks", "--failing")).AsArray())!;
        Assert.Equal((endpoint.Id, "3"), (failing["id"]!.GetValue<string>(), failing["failedToday"]!.ToString()));

        var before = inbox.Received.Count;
        var planned = await Json("redeliver", "--endpoint", endpoint.Id, "--dry-run");
        Assert.Equal(("3", "0"), (planned["found"]!.ToString(), planned["redelivered"]!.ToString()));
        Assert.Equal(before, inbox.Received.Count);
        inbox.AnswerFromNowOn(Inbox.Status(200));
        Assert.Equal("3", (await Json("redeliver", "--endpoint", endpoint.Id))["redelivered"]!.ToString());
        await webhooks.DeliveriesOnce(
            endpoint, "all are delivered", all => all.All(one => StatusOf(one) == "DELIVERED"));

        var erased = await Json("erase", "--business", widget.Business, "--email", Email);
        Assert.Equal(session.Id, Assert.Single(erased["sessions"]!.AsArray())!.GetValue<string>());
        Assert.Equal(open.Id, Assert.Single(erased["openSessions"]!.AsArray())!.GetValue<string>());
        Assert.Null((await service.Api.ReadAsMember(session)).Body["customerEmail"]);

        var refused = await Run("prune");
        Assert.Equal(1, refused.Code);
        Assert.Contains("Retention__Sessions", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_node_commands_that_read_work_and_those_that_act_report_that_none_answers()
    {
        await using (var service = await ServiceProcess.Start(folder.Path)) service.Kill();
        Assert.True(File.Exists(ServiceProcess.DatabaseIn(folder.Path) + ".ops"));

        Assert.All(
            (await Json("check")).AsArray(), check => Assert.Equal("ok", check!["result"]!.GetValue<string>()));
        var key = Assert.Single((await Json("keys")).AsArray())!;
        Assert.Equal("signs", key["role"]!.GetValue<string>());
        var drain = await Run("drain");
        Assert.Equal(1, drain.Code);
        Assert.StartsWith("No node answers on ", drain.Errors, StringComparison.Ordinal);
        Assert.Empty(drain.Console);

        // The socket of a killed process does not block the next one.
        await using var next = await ServiceProcess.Start(folder.Path);
        Assert.Equal("false", (await Json("drain"))["ready"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await next.Api.Get("/health/ready")).Status);
        (await next.Api.Get("/health/live")).MustBeOk();
        Assert.Equal("true", (await Json("drain", "--undo"))["ready"]!.ToJsonString());
        (await next.Api.Get("/health/ready")).MustBeOk();
    }

    [Fact]
    public async Task Check_names_every_wrong_setting_and_makes_nothing()
    {
        var wrong = new Dictionary<string, string?>
        {
            ["Sessions:Lifetime"] = "-00:00:01",
            ["Retention:Sessions"] = "1.00:00:00",
        };

        var checkedBefore = await ServiceProcess.Command(folder.Path, null, "ops", "check");
        var refused = await ServiceProcess.Command(folder.Path, wrong, "ops", "check");

        Assert.Equal((0, 1), (checkedBefore.Code, refused.Code));
        foreach (var setting in (string[])["Sessions__Lifetime", "Retention__Sessions"])
            Assert.Contains(setting, refused.Console, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task On_a_cluster_they_show_its_nodes_and_drain_the_one_of_the_socket()
    {
        var socket = new Dictionary<string, string?> { ["Ops:Socket"] = Path.Combine(folder.Path, "ops") };
        await using var cluster = await ServiceCluster.Start(PostgreSqlServer.Shared, 2);
        var third = await cluster.Join(beside: socket);
        var settings = new Dictionary<string, string?>(cluster.Settings) { ["Ops:Socket"] = socket["Ops:Socket"] };
        async Task<JsonNode> Json(params string[] arguments)
        {
            var done = await ServiceProcess.Command(folder.Path, settings, ["ops", .. arguments, "--json"]);
            Assert.True(done.Code == 0, done.Errors);
            return JsonNode.Parse(done.Console)!;
        }

        var nodes = (await Json("status"))["nodes"]!.AsArray();
        Assert.Equal(["active", "active", "active"], nodes.Select(node => node!["status"]!.GetValue<string>()));
        Assert.Empty((await Json("chains")).AsArray());

        await Json("drain");
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable],
            await Task.WhenAll(cluster.Nodes.Select(async node => (await node.Api.Get("/health/ready")).Status)));
        await third.Api.CreateWidget();
    }

    public void Dispose() => folder.Dispose();

    private static string StatusOf(JsonNode delivery) => delivery["status"]!.GetValue<string>();

    private Task<ServiceExit> Run(params string[] arguments) =>
        ServiceProcess.Command(folder.Path, Settings, ["ops", .. arguments]);

    private async Task<JsonNode> Json(params string[] arguments)
    {
        var done = await Run([.. arguments, "--json"]);
        Assert.True(done.Code == 0, $"{string.Join(' ', arguments)}: {done.Errors}");
        return JsonNode.Parse(done.Console)!;
    }
}
