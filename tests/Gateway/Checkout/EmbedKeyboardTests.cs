using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>A customer without a pointer, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedKeyboardTests(CheckoutService service) : IDisposable
{
    /// <summary>More than there are controls on the shop's page and in the checkout.</summary>
    private const int TabsMax = 20;

    private readonly EmbeddingShop shop = new(service);

    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData("Escape")]
    [InlineData("Enter")]
    public async Task It_can_be_paid_by_keyboard_alone(string last)
    {
        var widget = await shop.NewWidget();
        await using var visit = await shop.Visit(EmbeddingShop.Form(widget) + EmbeddingShop.Way, new()
        {
            ViewportSize = new() { Width = 1280, Height = 800 },
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        var keyboard = visit.Page.Keyboard;
        var frame = visit.Frame;

        await TabTo(visit.Page, visit.Button);
        await keyboard.PressAsync("Enter");
        var amount = frame.GetByLabel("How much?");
        await Assertions.Expect(amount).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await TabTo(visit.Page, amount);
        await keyboard.TypeAsync("3.25");
        await keyboard.PressAsync("Enter");
        await visit.MustShow("Waiting for your payment");
        foreach (var (button, copied) in new[]
        {
            ("Copy the amount", "3.25"),
            ("Copy the address", EmbeddingShop.Deposit),
        })
        {
            await TabTo(visit.Page, frame.GetByRole(AriaRole.Button, new() { Name = button }));
            await keyboard.PressAsync("Enter");
            await Assertions.Expect(frame.Locator("#notice")).ToHaveTextAsync("Copied", new() { Timeout = 60_000 });
            Assert.Equal(copied, await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        }

        await shop.Report(await visit.SessionId(), "3.25", 20);
        await visit.MustShow("Paid");
        if (last == "Enter") await TabTo(visit.Page, frame.Locator("#back"));
        await keyboard.PressAsync(last);
        await visit.MustHear("close");

        await Assertions.Expect(visit.Button).ToBeFocusedAsync();
        Assert.EndsWith("paid close", await visit.Heard(), StringComparison.Ordinal);
        Assert.Empty(visit.Messages);
    }

    public void Dispose() => shop.Dispose();

    /// <summary>Presses Tab until the control has the focus, which must be seen.</summary>
    private static async Task TabTo(IPage page, ILocator control)
    {
        for (var tabs = 0; tabs < TabsMax; tabs++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await control.EvaluateAsync<bool>(
                "(one) => one.matches(':focus-visible') && getComputedStyle(one).outlineStyle !== 'none'"))
                return;
        }

        Assert.Fail($"Tab does not reach {control}.");
    }
}
