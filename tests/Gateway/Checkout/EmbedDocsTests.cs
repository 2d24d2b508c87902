using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>What a merchant's developer copies: the sample page of the documentation, and the package of npm.</summary>
[Collection(CheckoutService.Name)]
public sealed partial class EmbedDocsTests(CheckoutService service) : IDisposable
{
    private const int SampleLinesMax = 20;

    private static readonly string Package =
        Path.Combine(SourceFolder.Root, "src", "Gateway", "Checkout", "Web", "npm");

    private readonly EmbeddingShop shop = new(service);

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_documented_page_takes_a_payment()
    {
        var widget = await shop.NewWidget();
        var page = SamplePage().Match(await File.ReadAllTextAsync(
            Path.Combine(SourceFolder.Root, "docs", "widget.md"))).Groups["page"].Value;
        Assert.InRange(page.Trim().Split('\n').Length, 1, SampleLinesMax);
        await using var visit = await ShopVisit.To(
            shop.Server.Add(page
                .Replace("https://pay.example", shop.Service, StringComparison.Ordinal)
                .Replace("wdgt_secret_…", widget.Secret, StringComparison.Ordinal)
                .Replace("wdgt_…", widget.Id, StringComparison.Ordinal)),
            service.Browser,
            CustomerPage.Phone);

        await shop.Report(await visit.Open(), "12.50", 20);
        await visit.MustHear("paid");

        Assert.Equal(
            "Thank you. 12.5 USDC has arrived.", await visit.Page.Locator("#thanks").TextContentAsync());
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_package_loads_the_script_once()
    {
        var loader = shop.Server.Add(
            await File.ReadAllTextAsync(Path.Combine(Package, "index.js")), contentType: "text/javascript");
        await using var visit = await ShopVisit.To(
            shop.Server.Add("<!doctype html><title>Shop</title>"), service.Browser);

        var loaded = await visit.Page.EvaluateAsync<string>(
            """
            async ([loader, service]) => {
              const { loadBleepay } = await import(loader);
              const [one, other] = await Promise.all([loadBleepay(service), loadBleepay(`${service}/`)]);
              const response = await fetch(`${service}/v1/widget.js`);
              const hash = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
              const integrity = `sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
              const pinned = await loadBleepay(service, { integrity });
              const wrong = await loadBleepay('http://localhost:9').catch(({ message }) => message);
              const scripts = [...document.scripts].map(({ src }) => new URL(src).pathname.replace(/-.*\./, '-*.'));
              return `${one === other && one === pinned && new one() instanceof HTMLElement} ${wrong} ${scripts}`;
            }
            """,
            new[] { loader, shop.Service });

        Assert.Equal(
            "true http://localhost:9/v1/widget.js does not load. /v1/widget.js,/v1/widget-*.js", loaded);
    }

    [FactThatNeeds(Tool.NodeTools)]
    public async Task The_package_has_its_types_and_does_nothing_on_a_server()
    {
        using var folder = new TemporaryFolder();
        var packed = await NodeTools.RunToEnd("npm", ["pack", "--dry-run", "--json", "--loglevel=silent", Package]);
        Assert.True(packed.ExitCode == 0, packed.Output);
        Assert.Equal(
            ["LICENSE", "README.md", "index.d.ts", "index.js", "package.json", "widget.d.ts"],
            FilesIn(packed.Output));

        var use = Path.Combine(folder.Path, "use.ts");
        await File.WriteAllTextAsync(
            use,
            $"""
            import {"{"} loadBleepay, type BleepaySession {"}"} from '{Package}/index.js';
            const loaded = await loadBleepay('https://pay.example');
            if (loaded) document.body.append(new loaded());
            const element = document.querySelector('bleepay-checkout')!;
            element.addEventListener('bleepay-paid', (event) => {"{"}
              const paid: BleepaySession = event.detail;
              paid.txId?.length;
            {"}"});
            document.addEventListener('bleepay-error', ({"{"} detail {"}"}) => detail.retryAfter?.toFixed());
            await element.open();
            // @ts-expect-error There is no such event.
            element.addEventListener('bleepay-payed', (event: CustomEvent) => event.detail);
            // @ts-expect-error A session is read only.
            element.session = null;
            export {"{}"};
            """);
        var types = await NodeTools.RunToEnd(
            "node",
            [
                Path.Combine(NodeTools.Folder, "node_modules", "typescript", "bin", "tsc"),
                "--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2023",
                use,
            ]);
        Assert.True(types.ExitCode == 0, types.Output);

        var server = await NodeTools.RunToEnd(
            "node",
            [
                "--input-type=module", "--eval",
                $"import {"{"} loadBleepay {"}"} from '{Package}/index.js'; " +
                "console.log(await loadBleepay('https://pay.example'));",
            ]);
        Assert.Equal("null", server.Output.Trim());
    }

    public void Dispose() => shop.Dispose();

    private static IEnumerable<string> FilesIn(string json) => JsonNode.Parse(json)!.AsArray()[0]!["files"]!.AsArray()
        .Select(file => file!["path"]!.GetValue<string>())
        .Order(StringComparer.Ordinal);

    [GeneratedRegex("```html\n(?<page><!doctype html>.*?)```", RegexOptions.Singleline)]
    private static partial Regex SamplePage();
}
