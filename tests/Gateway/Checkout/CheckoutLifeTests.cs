using System.Globalization;
using Bleepay.Tests.Harness;
using Microsoft.Playwright;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>What happens while a customer looks at the page, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class CheckoutLifeTests(CheckoutService service)
{
    private const string Deposit = CheckoutService.Deposit;
    private const string Usdc = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359";
    private const int RequestsMax = 4;
    private const double LayoutShiftMax = 0.05;

    private Api Api => new(service.Host.Http);

    [FactThatNeeds(Tool.Chromium)]
    public async Task A_payment_shows_as_it_comes_and_nothing_is_sent_to_other_hosts()
    {
        var session = await CheckoutService.NewSession(service.Host);
        await using var page = await CustomerPage.Open(service.Browser, session, CustomerPage.Phone);
        await page.MustShow("Waiting for your payment");

        await Report(session, 1, "40", 0);
        await page.MustShow("Payment seen");
        await Report(session, 1, "40", 20);
        await page.MustShow("Still missing: 60 USDC");
        await Report(session, 2, "60", 3);
        await page.MustShow("Payment seen");
        Assert.Equal(0, await page.Code.CountAsync());
        await Report(session, 2, "60", 20);
        await page.MustShow("Paid");

        Assert.InRange(page.Requests.Count, 1, RequestsMax);
        Assert.All(page.Requests, url => Assert.StartsWith(
            service.Host.Http.BaseAddress!.AbsoluteUri, url, StringComparison.Ordinal));
        Assert.All(page.Requests.Skip(1), url => Assert.DoesNotContain("secret", url, StringComparison.Ordinal));
        Assert.Equal("0", await page.Page.EvaluateAsync<string>(
            "() => String(localStorage.length + sessionStorage.length + document.cookie.length)"));
        var shift = await page.Page.EvaluateAsync<double>(
            """
            () => new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries()
              .filter(({ hadRecentInput }) => !hadRecentInput).reduce((sum, { value }) => sum + value, 0)))
              .observe({ type: 'layout-shift', buffered: true }) ?? setTimeout(() => resolve(0), 500))
            """);
        Assert.InRange(shift, 0, LayoutShiftMax);
        Assert.Empty(page.Messages);
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task It_is_cancelled_by_keyboard_after_a_second_question()
    {
        var session = await CheckoutService.NewSession(service.Host);
        await using var page = await CustomerPage.Open(service.Browser, session, CustomerPage.DarkDesk);
        var keyboard = page.Page.Keyboard;
        await page.MustBeComplete();
        await page.Page.Locator("#cancel").FocusAsync();
        await keyboard.PressAsync("Enter");

        // The first question leaves the focus on the same button, behind the one that keeps the session.
        await Assertions.Expect(page.Page.Locator("#cancel")).ToBeFocusedAsync();
        Assert.Equal("CREATED", (await Api.Get(session.Path, session.Secret)).MustBeOk()["paymentStatus"]);
        await keyboard.PressAsync("Shift+Tab");
        await Assertions.Expect(page.Page.Locator("#keep")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await page.Page.Locator("#cancel").FocusAsync();
        await keyboard.PressAsync("Enter");
        await keyboard.PressAsync("Enter");

        await page.MustShow("Cancelled");
        await Assertions.Expect(page.Title).ToBeFocusedAsync();
        Assert.Equal("cancelled", (await Api.Get(session.Path, session.Secret)).MustBeOk()["endedBy"]);
    }

    [TheoryThatNeeds(Tool.Chromium)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Amount_and_address_are_copied_exactly(bool hasClipboard)
    {
        var session = await CheckoutService.NewSession(service.Host, "1234.50");
        var options = CustomerPage.DarkDesk;
        options.Permissions = ["clipboard-read", "clipboard-write"];
        options.Locale = "de";
        await using var page = await CustomerPage.Open(service.Browser, session, options);
        if (!hasClipboard) await page.Page.EvaluateAsync(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }");

        foreach (var (button, copied) in new[] { ("#copyAmount", "1234.50"), ("#copyAddress", Deposit) })
        {
            await page.Page.Locator(button).ClickAsync();
            await Assertions.Expect(page.Page.Locator("#notice")).ToHaveTextAsync("Kopiert");
            Assert.Equal(copied, await page.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        }
    }

    [TheoryThatNeeds(Tool.Chromium, Tool.NodeTools)]
    [InlineData(false, false, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8")]
    [InlineData(true, false, $"ethereum:{Usdc}@137/transfer?address={Deposit}&uint256=100000000")]
    [InlineData(true, true, $"ethereum:{Usdc}@137/transfer?address={Deposit}&uint256=39500000")]
    public async Task A_camera_reads_the_code(bool withAmount, bool isUnderpaid, string read)
    {
        var session = await CheckoutService.NewSession(service.Host);
        if (isUnderpaid) await Report(session, 1, "60.5", 20);
        using var folder = new TemporaryFolder();
        foreach (var options in new[] { CustomerPage.Phone, CustomerPage.DarkDesk })
        {
            options.DeviceScaleFactor = 1;
            await using var page = await CustomerPage.Open(service.Browser, session, options);
            await page.MustBeComplete();
            if (withAmount) await page.Page.Locator("#qrAmount").ClickAsync();
            var picture = Path.Combine(folder.Path, "code.png");
            await page.Code.ScreenshotAsync(new() { Path = picture });

            var scanned = await NodeTools.RunScript("qr.mjs", picture);

            Assert.Equal(read, scanned.Output);
        }
    }

    [FactThatNeeds(Tool.Chromium)]
    public async Task It_ends_on_time_on_a_device_whose_clock_is_wrong()
    {
        var session = await CheckoutService.NewSession(service.Brief);
        var page = await CustomerPage.Open(service.Browser, "about:blank", CustomerPage.Phone);
        await using var _ = page;
        await page.Page.AddInitScriptAsync("const now = Date.now; Date.now = () => now() - 3_600_000;");
        await page.Page.GotoAsync(session.Opened["checkoutUrl"]!);

        await page.MustShow("Time is up");

        var late = DateTimeOffset.UtcNow - DateTimeOffset.Parse(
            session.Opened["expiresAt"]!, CultureInfo.InvariantCulture);
        Assert.InRange(late, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(60));
        Assert.Equal(0, await page.Code.CountAsync());
    }

    [FactThatNeeds(Tool.Chromium, Tool.NodeTools)]
    public async Task Nothing_is_cut_off_at_320_pixels_and_hostile_names_stay_text()
    {
        const string Name = "<b onclick=alert(1)>Ünïcode</b> & \"Söhne\" {amount} \u202e";
        var session = await CheckoutService.NewSession(service.Host, "12345678901234567890.123456", Name);
        await using var page = await CustomerPage.Open(service.Browser, session, new()
        {
            ViewportSize = new() { Width = 320, Height = 568 },
            ForcedColors = ForcedColors.Active,
        });

        await page.MustShow("Waiting for your payment");

        Assert.Contains(
            "<b onclick=alert(1)>", await page.Page.Locator("h1").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Page.Locator("h1 b").CountAsync());
        Assert.Equal(320, await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        await page.MustBeAccessible();
        await page.Picture("narrow");
        Assert.Empty(page.Messages);
    }

    [FactThatNeeds(Tool.Chromium, Tool.NodeTools)]
    public async Task The_form_opens_a_session_for_the_amount_that_the_customer_enters()
    {
        var widget = await Api.CreateWidget(Api.GoodWidget()
            .With("minAmount", "5")
            .With("maxAmount", "500")
            .WithJson("allowedCurrencies", """["USDC"]""")
            .WithJson("allowedDepositAddresses", $"""["{Deposit}"]"""));
        var url = new Uri(service.Host.Http.BaseAddress!, $"/pay/{widget.Id}#{widget.Secret}").AbsoluteUri;
        await using var page = await CustomerPage.Open(service.Browser, url, CustomerPage.Phone);
        var amount = page.Page.GetByLabel("How much?");
        var error = page.Page.Locator("#error");
        var send = page.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" });

        foreach (var (typed, wrong) in new[]
        {
            ("", "Enter an amount such as 12.50."),
            ("4.999999", "Between 5 and 500"),
            ("500,000001", "Between 5 and 500"),
            ("5.1234567", "At most 6 digits after the point."),
            (new string('9', 33), "Enter an amount such as 12.50."),
        })
        {
            await amount.FillAsync(typed);
            await send.ClickAsync();
            await Assertions.Expect(error).ToHaveTextAsync(wrong);
            await Assertions.Expect(amount).ToBeFocusedAsync();
        }

        await page.MustBeAccessible();
        await page.Picture("form");
        await page.Page.GetByLabel("Network").SelectOptionAsync("polygon");
        await amount.FillAsync("12,5");
        await send.ClickAsync();

        await page.MustShow("Waiting for your payment");
        Assert.Equal("12.5 USDC", await page.Page.Locator(".big").InnerTextAsync());
        Assert.Matches($"/pay/{widget.Id}/dep_[^/#]+#dep_secret_", page.Page.Url);
        Assert.DoesNotContain(page.Requests.Skip(1), asked => asked.Contains("secret", StringComparison.Ordinal));
        await page.Page.ReloadAsync();
        await page.MustShow("Waiting for your payment");
    }

    private Task Report(TestSession session, int transaction, string amount, int confirmations) =>
        CheckoutService.Report(service.Host, session, amount, confirmations, transaction);
}
