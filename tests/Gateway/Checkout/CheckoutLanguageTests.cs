using System.Text.Json;
using Bleepay.Gateway.Checkout;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>Every language on the screen of a phone.</summary>
[Collection(CheckoutService.Name)]
public sealed class CheckoutLanguageTests(CheckoutService service)
{
    /// <summary>Languages whose script, word length or direction differs; axe judges no words.</summary>
    private static readonly string[] Judged = ["ja", "ar"];

    /// <summary>Faults of a translation that a customer can see: unfilled places, and text that overflows.</summary>
    private const string Mistakes =
        """
        (keys) => {
          const mistakes = [];
          const walker = document.createTreeWalker(document.getElementById('card'), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const text = walker.currentNode.textContent.trim();
            if (/[{}]/.test(text) || keys.includes(text)) mistakes.push(`text: ${text}`);
          }
          for (const { attributes } of document.querySelectorAll('#card *'))
            for (const { name, value } of attributes)
              if (name.startsWith('aria-') && (/[{}]/.test(value) || keys.includes(value)))
                mistakes.push(`${name}: ${value}`);
          const root = document.documentElement;
          if (root.scrollWidth > root.clientWidth) mistakes.push(`page: ${root.scrollWidth} pixels`);
          for (const one of document.querySelectorAll('button, h1, h2, h3, p, dd, dt')) {
            const { left, right } = one.getBoundingClientRect();
            if (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
              mistakes.push(`too wide: ${one.outerHTML}`);
            if (left < 0 || right > root.clientWidth) mistakes.push(`outside: ${one.outerHTML}`);
          }
          return mistakes;
        }
        """;

    [FactThatNeeds(Tool.Chromium, Tool.NodeTools)]
    public async Task Every_language_fits_a_phone_and_leaves_no_place_unfilled()
    {
        var created = await CheckoutService.NewSession(service.Host, "1234.5");
        var paid = await CheckoutService.NewSession(service.Host, "1234.5");
        await CheckoutService.Report(service.Host, paid, "1234.5", 20);
        await Task.WhenAll(MustFitInEveryLanguage(created, "waiting"), MustFitInEveryLanguage(paid, "paid"));
    }

    /// <param name="session">In a state that stays.</param>
    /// <param name="title">The key of the state's title.</param>
    private async Task MustFitInEveryLanguage(TestSession session, string title)
    {
        await using var page = await CustomerPage.Open(service.Browser, "about:blank", CustomerPage.Phone);
        foreach (var language in PageLanguage.All)
        {
            var words = JsonSerializer.Deserialize<Dictionary<string, string>>(
                EmbeddedAsset.Read($"text/{language}.json"))!;
            await page.Page.GotoAsync(CustomerPage.LinkOf(session, language));
            await page.MustShow(words[title]);
            await page.MustBeComplete();

            Assert.Equal(language, await page.Page.EvaluateAsync<string>("document.documentElement.lang"));
            Assert.Equal(
                language == "ar" ? "rtl" : "ltr",
                await page.Page.EvaluateAsync<string>("getComputedStyle(document.body).direction"));
            Assert.Equal(
                words["pay"].Replace("{name}", "Bleepay Roasters", StringComparison.Ordinal),
                await page.Page.TitleAsync());
            Assert.Equal((language, ""), (
                language, string.Join('\n', await page.Page.EvaluateAsync<string[]>(Mistakes, words.Keys))));
            if (Judged.Contains(language)) await page.MustBeAccessible();
        }

        Assert.Empty(page.Messages);
    }
}
