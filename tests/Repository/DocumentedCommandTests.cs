using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Repository;

/// <summary>
/// The commands of the documents, run as they are, since a reader copies them. A test runs all blocks of its document
/// that no comment excludes; see <see cref="ShellBlocks"/>. Only addresses, ids and secrets are filled in.
/// </summary>
public sealed partial class DocumentedCommandTests(DocumentedService service)
    : IClassFixture<DocumentedService>, IDisposable
{
    private const string Document = "document";

    private readonly TemporaryFolder folder = new();
    private readonly string business = Api.NewBusiness();

    /// <summary>The documents whose commands a test runs.</summary>
    public static IReadOnlyList<string> Documents { get; } = [.. typeof(DocumentedCommandTests).GetMethods()
        .SelectMany(method => method.GetCustomAttributesData())
        .Where(attribute => attribute.AttributeType == typeof(TraitAttribute))
        .Select(attribute => (string)attribute.ConstructorArguments[1].Value!)];

    private Shell Shell => new(folder.Path, ServiceProcess.Variables(service.Folder));

    [FactThatNeeds(Tool.Python)]
    [Trait(Document, "README.md")]
    public async Task The_readme_leads_to_a_paid_session_and_a_webhook()
    {
        var blocks = Blocks("README.md", 5);
        var port = FreePort.Several(1)[0].ToString(CultureInfo.InvariantCulture);
        var widget = await Shell.Json(Filled(blocks[0]));
        var create = Filled(
            blocks[1], ("<the widget's id>", Text(widget["widget"]!, "id")), ("<its clientSecret>", Secret(widget)));
        var session = await Shell.Json(create);
        Secret(session);
        Assert.NotNull(session["checkoutUrl"]);
        var paid = await Shell.Json(Filled(blocks[2], ("<the session's id>", Text(session, "id"))));
        Assert.Equal("CONFIRMED", Text(paid, "paymentStatus"));

        using var receiver = Shell.Start(Filled(blocks[3], ("9000", port)));
        try
        {
            await Eventually.True(
                () => ListeningSockets.Of(receiver.Id).Any(), Shell.CommandMax, () => "the receiver listens");
            Secret(await Shell.Json(Filled(blocks[4], ("9000", port))), "signingSecret");
            var next = await Shell.Json(create);
            Secret(next);

            using var deadline = new CancellationTokenSource(Shell.CommandMax);
            var received = JsonNode.Parse((await receiver.StandardOutput.ReadLineAsync(deadline.Token))!)!;
            Assert.Equal("deposit.created", Text(received, "type"));
            Assert.Equal(Text(next, "id"), Text(received["data"]!, "sessionId"));
        }
        finally
        {
            receiver.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The settings are those of the block that starts the service.</summary>
    [FactThatNeeds(Tool.Anvil)]
    [Trait(Document, "docs/payments.md")]
    public async Task A_payment_on_a_local_chain_is_pending_and_then_confirmed()
    {
        var blocks = Blocks("docs/payments.md", 4);
        var start = ShellBlocks.In("docs/payments.md").Single(block => block.Text.StartsWith("Chains__", Ordinal));
        await using var chain = await Anvil.Start();
        const string documented = "http://127.0.0.1:8545";
        var settings = Setting().Matches(start.Text.Replace(documented, chain.Url, Ordinal)).ToDictionary(
            setting => setting.Groups["name"].Value, setting => (string?)setting.Groups["value"].Value);
        settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        await using var watching = await ServiceProcess.Start(
            folder.Path, settings, Path.Combine(folder.Path, "console.txt"));
        string Of(string block, params (string Placeholder, string Value)[] values) => Filled(block.Replace(
            "http://127.0.0.1:8080/", watching.Address, Ordinal), [(documented, chain.Url), .. values]);
        var printed = PrintedSecret().Match(watching.Console).Groups["secret"].Value;

        var session = await Shell.Json(Of(blocks[0], ("<the printed secret>", printed)));
        var read = Of(blocks[2], ("<its id>", Text(session, "id")), ("<its clientSecret>", Secret(session)));
        var sent = await Shell.Json(Of(blocks[1]));
        Assert.NotNull(sent["result"]);
        await chain.Mine();
        await Becomes("PENDING");
        await chain.Mine(2);
        await Becomes("CONFIRMED");

        Task Becomes(string status) => Eventually.Holds(
            $"the session is {status}", Shell.CommandMax,
            async () => Text(await Shell.Json(read), "paymentStatus") == status);
    }

    [Fact]
    [Trait(Document, "docs/payments.md")]
    public async Task A_payment_can_be_reported()
    {
        var session = await service.Api.NewSession(await service.Api.CreateWidget(business: business));

        var reported = await Shell.Json(Filled(
            Blocks("docs/payments.md", 4)[3], ("dep_…", session.Id), ("0x5e1f…", "0x5e1f")));

        Assert.Equal("60.5", Text(Assert.Single(reported["transactions"]!.AsArray())!, "amount"));
    }

    [Fact]
    [Trait(Document, "docs/webhooks.md")]
    public async Task An_endpoint_for_webhooks_can_be_made()
    {
        // The name of the example does not resolve.
        var endpoint = await Shell.Json(Filled(
            Blocks("docs/webhooks.md", 1)[0], ("https://shop.example/", "http://127.0.0.1:9/")));

        Secret(endpoint, "signingSecret");
    }

    [Fact]
    [Trait(Document, "docs/widget.md")]
    public async Task The_script_of_a_release_can_be_pinned_by_its_file_and_its_hash()
    {
        var lines = (await Shell.Output(Filled(Blocks("docs/widget.md", 1)[0]))).Split('\n');

        using var http = new HttpClient { BaseAddress = new Uri(service.Address) };
        var script = await http.GetByteArrayAsync($"v1/widget-{lines[0].Split('"')[1]}.js");
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(script)), lines[1]);
    }

    [Fact]
    [Trait(Document, "docs/operations.md")]
    public async Task The_commands_of_the_operator_run_from_the_sources() => MustBeStatus(
        await Shell.Output(Blocks("docs/operations.md", 1)[0].Replace(
            "dotnet run --project src/Silo --", $"dotnet '{ServiceProcess.Assembly}'", Ordinal)));

    [Fact]
    [Trait(Document, "deploy/README.md")]
    public async Task The_commands_of_the_operator_run_on_a_machine_and_certificates_can_be_made()
    {
        var blocks = Blocks("deploy/README.md", 2);

        MustBeStatus(await Shell.Output(blocks[0]
            .Replace("/opt/bleepay-sessions/Bleepay.Silo", $"dotnet '{ServiceProcess.Assembly}'", Ordinal)
            .Replace("/var/lib/bleepay-sessions/bleepay.db", ServiceProcess.DatabaseIn(service.Folder), Ordinal)));
        await Shell.Output($"'{SourceFolder.Root}'/{blocks[1]}");

        var files = Path.Combine(folder.Path, "certificates", "nodes");
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(files, "ca.crt"));
        using var node = X509Certificate2.CreateFromPemFile(
            Path.Combine(files, "tls.crt"), Path.Combine(files, "tls.key"));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(node));
        Assert.True(node.MatchesHostname("bleepay-nodes"));
    }

    [Fact]
    public async Task The_sample_of_the_API_s_description_creates_one_session_for_an_order()
    {
        var description = (await service.Api.Get("/openapi/v1.json")).MustBeOk().Body["info"]!;
        var sample = Sample().Match(Text(description, "description")).Groups["commands"].Value;
        var widget = await service.Api.CreateWidget(business: business);
        var commands = $"API='{service.Address.TrimEnd('/')}' WIDGET='{widget.Id}' WIDGET_SECRET='{widget.Secret}' " +
            $"ORDER='order-1'\n{sample}";

        var session = await Shell.Json(commands);

        Secret(session);
        Assert.Equal(Text(session, "id"), Text(await Shell.Json(commands), "id"));
    }

    public void Dispose() => folder.Dispose();

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static List<string> Blocks(string document, int count)
    {
        var blocks = ShellBlocks.In(document).Where(block => block.MustRun).Select(block => block.Text).ToList();
        Assert.True(blocks.Count == count, $"{document} has {blocks.Count} blocks to run, and its test runs {count}.");
        return blocks;
    }

    private static void MustBeStatus(string output) => Assert.Contains("openSessions", output, Ordinal);

    private static string Text(JsonNode node, string name)
    {
        Assert.True(node[name] is not null, node.ToJsonString());
        return node[name]!.GetValue<string>();
    }

    /// <summary>No log may have it.</summary>
    private static string Secret(JsonNode node, string name = "clientSecret") => TestLog.Remember(Text(node, name));

    [GeneratedRegex(@"(?<name>Chains__\w+)=(?<value>\S+)")]
    private static partial Regex Setting();

    [GeneratedRegex("```bash\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sample();

    [GeneratedRegex("X-Client-Secret: (?<secret>wdgt_secret_[^']+)'")]
    private static partial Regex PrintedSecret();

    private string Filled(string block, params (string Placeholder, string Value)[] values) => values.Aggregate(
        HostOfExample().Replace(block, service.Address)
            .Replace("biz_demo", business, Ordinal)
            .Replace("<the token>", Tokens.Reporter(business), Ordinal),
        (text, value) => text.Replace(value.Placeholder, value.Value, Ordinal));

    [GeneratedRegex(@"http://127\.0\.0\.1:8080/|https://(pay|bleepay)\.example/")]
    private static partial Regex HostOfExample();
}
