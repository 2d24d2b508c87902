using System.Security.Cryptography;
using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>What a careful shop forbids its page, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedPolicyTests(CheckoutService service) : IDisposable
{
    private readonly EmbeddingShop shop = new(service);

    [FactThatNeeds(Tool.Chromium)]
    public async Task It_works_under_the_strictest_policy_without_a_message()
    {
        var headers = new Dictionary<string, string>
        {
            ["Content-Security-Policy"] =
                $"default-src 'none'; script-src {shop.Service}/v1/; connect-src {shop.Service}; " +
                $"frame-src {shop.Service}; require-trusted-types-for 'script'; trusted-types 'none'",
            ["Cross-Origin-Opener-Policy"] = "same-origin",
            ["Cross-Origin-Embedder-Policy"] = "require-corp",
        };
        var attributes = EmbeddingShop.Fixed(await shop.NewWidget(), "8");
        await using var visit = await shop.Visit(attributes, headers: headers);
        Assert.True(await visit.Page.EvaluateAsync<bool>("() => crossOriginIsolated"));

        await shop.Report(await visit.Open(), "8", 20);
        await visit.MustShow("Paid");
        await visit.MustHear("paid");

        Assert.NotEqual("auto", await visit.Page.Locator("bleepay-checkout iframe").EvaluateAsync<string>(
            "(frame) => frame.style.height || 'auto'"));
        Assert.Equal("rgb(27, 31, 39)", await visit.Button.EvaluateAsync<string>(
            "(button) => getComputedStyle(button).backgroundColor"));
        Assert.Empty(visit.Messages);
    }

    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData("widget.js", true)]
    [InlineData("widget.js", false)]
    [InlineData(null, true)]
    [InlineData(null, false)]
    public async Task A_pinned_script_runs_if_its_hash_is_right(string? file, bool isRight)
    {
        var script = EmbeddedAsset.Read("widget.js");
        var hash = SHA256.HashData(isRight ? script : [.. script, 0]);
        file ??= $"widget-{new EmbeddedAsset(script, "text/javascript").Hash}.js";
        await using var visit = await ShopVisit.To(
            shop.Server.Add(
                $"""
                <!doctype html><title>Shop</title><link rel="icon" href="data:,"><script type="module"
                  src="{shop.Service}/v1/{file}" integrity="sha256-{Convert.ToBase64String(hash)}" crossorigin></script>
                """),
            service.Browser);

        Assert.Equal(isRight, await visit.Page.EvaluateAsync<bool>(
            "() => customElements.get('bleepay-checkout') !== undefined"));
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task The_frame_may_do_what_it_needs_and_no_more()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "8"));
        await visit.Open();
        var frame = visit.Page.Locator("bleepay-checkout iframe");

        Assert.Equal(
            "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox " +
            "allow-top-navigation-to-custom-protocols",
            await frame.GetAttributeAsync("sandbox"));
        Assert.Equal("clipboard-write", await frame.GetAttributeAsync("allow"));
        Assert.Equal("origin", await frame.GetAttributeAsync("referrerpolicy"));
        Assert.Equal("Checkout", await frame.GetAttributeAsync("title"));
        await CustomerPage.MustBeAccessible(visit.Page.MainFrame);
    }

    public void Dispose() => shop.Dispose();
}
