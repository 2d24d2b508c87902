using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Bleepay.Tests.Silo.Chains;
using Microsoft.Playwright;

namespace Bleepay.Tests.Silo.Checkout;

/// <summary>A wallet of the customer's browser pays on a real chain, and the watcher of the chain shows it.</summary>
public sealed class WalletPaymentTests(WalletPaymentTests.Stage stage) : IClassFixture<WalletPaymentTests.Stage>
{
    private const string AnvilChain = "0x7a69";
    private const string Transfer = "eth_requestAccounts eth_chainId eth_sendTransaction";
    private const string TransferAfterSwitch =
        $"eth_requestAccounts eth_chainId wallet_switchEthereumChain:{AnvilChain} eth_chainId eth_sendTransaction";

    [TheoryThatNeeds(Tool.Anvil, Tool.Chromium)]
    [InlineData("12.345678901234567891", false)]
    [InlineData("0.100000000000000001", true)]
    public async Task A_wallet_pays_exactly_what_the_page_asks_for(string amount, bool isNative)
    {
        var session = await Watched.Open(amount, isNative: isNative);
        await using var customer = await CustomerPage.Open(stage.Browser, "about:blank", CustomerPage.DarkDesk);
        var wallet = await BrowserWallet.Install(customer.Page.Context, Chain);
        await customer.Page.GotoAsync(session.Opened["checkoutUrl"]!);

        await WalletButton(customer.Page).ClickAsync();
        await customer.MustShow("Payment sent");
        Assert.Equal(0, await WalletButton(customer.Page).CountAsync());
        await customer.Page.ReloadAsync();
        await customer.MustShow("Payment sent");
        Assert.Equal(0, await WalletButton(customer.Page).CountAsync());
        await Chain.Mine();
        await customer.MustShow("Payment seen");
        await Chain.Mine(WatchedShop.Final - 1);
        await customer.MustShow("Paid");

        await Assertions.Expect(customer.Text)
            .ToHaveTextAsync($"Thank you. {amount} {session.Opened["currency"]} has arrived.");
        await MustBeConfirmed(session.Id, session.Opened["depositAddress"]!, amount, isNative, wallet);
        Assert.Equal(Transfer, wallet.Asked);
        Assert.Empty(customer.Messages);
    }

    /// <summary>The wallet announces itself to the shop's page, and the frame asks it for the transfer.</summary>
    [TheoryThatNeeds(Tool.Anvil, Tool.Chromium)]
    [InlineData("12.345678901234567891", false)]
    [InlineData("0.100000000000000001", true)]
    public async Task A_wallet_of_the_shop_s_page_pays_in_the_dialog(string amount, bool isNative)
    {
        var address = Anvil.NewAddress();
        using var shop = Shop.On("localhost");
        await using var visit = await ShopVisit.To("about:blank", stage.Browser, CustomerPage.DarkDesk);
        var wallet = await BrowserWallet.Install(visit.Page.Context, Chain);
        wallet.UseOtherChain();
        await visit.Page.GotoAsync(await PageOf(shop, Watched.Body(amount, address, isNative)));

        var session = await visit.Open();
        await WalletButton(visit.Frame).ClickAsync();
        await visit.MustShow("Payment sent");
        await Chain.Mine(WatchedShop.Final);
        await visit.MustShow("Paid");

        var paid = await visit.MustHear("paid");
        Assert.Equal(amount, paid["receivedAmount"]!.GetValue<string>());
        await MustBeConfirmed(session, address, amount, isNative, wallet);
        Assert.Equal(TransferAfterSwitch, wallet.Asked);
        Assert.Empty(visit.Messages);
    }

    [FactThatNeeds(Tool.Anvil, Tool.Chromium)]
    public async Task A_customer_whose_wallet_refuses_or_lacks_the_chain_reads_why_and_pays_the_rest_later()
    {
        const string Amount = "2.000000000000000003";
        var session = await Watched.Open(Amount);
        await using var customer = await CustomerPage.Open(stage.Browser, "about:blank", CustomerPage.DarkDesk);
        var wallet = await BrowserWallet.Install(customer.Page.Context, Chain);
        await customer.Page.GotoAsync(session.Opened["checkoutUrl"]!);
        await customer.MustBeComplete();
        var notice = customer.Page.Locator("#notice");

        wallet.IsRefused = true;
        await WalletButton(customer.Page).ClickAsync();
        await MustSay(notice, "The wallet sent nothing.");
        (wallet.IsRefused, wallet.LacksChain) = (false, true);
        wallet.UseOtherChain();
        await WalletButton(customer.Page).ClickAsync();
        await MustSay(notice, "Your wallet doesn’t know Local development chain. Add the network there first.");
        (wallet.LacksChain, wallet.OnlyClaimsToSwitch) = (false, true);
        await WalletButton(customer.Page).ClickAsync();
        await Assertions.Expect(WalletButton(customer.Page)).ToBeEnabledAsync();
        await MustSay(notice, "Your wallet doesn’t know Local development chain. Add the network there first.");
        Assert.Empty(wallet.Sent);
        await customer.MustShow("Waiting for your payment");

        wallet.OnlyClaimsToSwitch = false;
        await Watched.Pay(session, "0.5");
        await Chain.Mine(WatchedShop.Final);
        await customer.MustShow("Still missing: 1.500000000000000003 SHOP");
        await WalletButton(customer.Page).ClickAsync();
        await customer.MustShow("Payment sent");
        await MustSay(notice, "");
        await Chain.Mine(WatchedShop.Final);
        await customer.MustShow("Paid");

        await MustBeConfirmed(session.Id, session.Opened["depositAddress"]!, Amount, isNative: false, wallet);
        Assert.Empty(customer.Messages);
    }

    [FactThatNeeds(Tool.Anvil, Tool.Chromium)]
    public async Task Two_clicks_and_a_reopened_dialog_ask_for_one_transfer()
    {
        const string Amount = "3";
        var address = Anvil.NewAddress();
        using var shop = Shop.On("localhost");
        await using var visit = await ShopVisit.To("about:blank", stage.Browser, CustomerPage.DarkDesk);
        var wallet = await BrowserWallet.Install(visit.Page.Context, Chain);
        await visit.Page.GotoAsync(await PageOf(shop, Watched.Body(Amount, address)));
        var session = await visit.Open();

        wallet.IsRefused = true;
        await WalletButton(visit.Frame).ClickAsync();
        await MustSay(visit.Frame.Locator("#notice"), "The wallet sent nothing.");

        wallet.IsRefused = false;
        var decision = new TaskCompletionSource();
        wallet.Decision = decision.Task;
        await WalletButton(visit.Frame).DblClickAsync();
        await MustSay(visit.Frame.Locator("#notice"), "");
        await Assertions.Expect(WalletButton(visit.Frame)).ToBeDisabledAsync();
        decision.SetResult();
        await visit.MustShow("Payment sent");
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.MustHear("close");
        await visit.Button.ClickAsync();
        await visit.MustShow("Payment sent");
        Assert.Equal(0, await WalletButton(visit.Frame).CountAsync());
        await Chain.Mine(WatchedShop.Final);
        await visit.MustShow("Paid");

        await MustBeConfirmed(session, address, Amount, isNative: false, wallet);
        Assert.Equal($"{Transfer} {Transfer}", wallet.Asked);
        Assert.Empty(visit.Messages);
    }

    private Anvil Chain => stage.Chain;

    private WatchedChain Watched => stage.Watched;

    private static ILocator WalletButton(IPage page) => WalletButton(page.Locator("body"));

    private static ILocator WalletButton(IFrameLocator frame) => WalletButton(frame.Locator("body"));

    private static ILocator WalletButton(ILocator body) =>
        body.GetByRole(AriaRole.Button, new() { Name = $"Pay with {BrowserWallet.Name}" });

    private static Task MustSay(ILocator notice, string text) =>
        Assertions.Expect(notice).ToHaveTextAsync(text, new() { Timeout = 60_000 });

    /// <summary>A page of the shop that opens such a session by a click.</summary>
    private async Task<string> PageOf(Shop shop, JsonObject body)
    {
        var widget = await Watched.Api.CreateWidget(Api.GoodWidget().WithJson("allowedDomains", """["localhost"]"""));
        return shop.Add(
            $"""
            <!doctype html><html lang="en"><title>Shop</title>
            <script type="module" src="{Watched.Host.Http.BaseAddress}v1/widget.js"></script>
            <bleepay-checkout mode="dialog" widget="{widget.Id}" widget-secret="{widget.Secret}"
              amount="{body["amount"]}" currency="{body["currency"]}" network="{body["network"]}"
              currency-address="{body["currencyAddress"]}" deposit-address="{body["depositAddress"]}"
              >Buy</bleepay-checkout></html>
            """);
    }

    /// <summary>The address has the amount to the last digit, and the service confirmed it by that transfer.</summary>
    private async Task MustBeConfirmed(
        string session, string address, string amount, bool isNative, BrowserWallet wallet)
    {
        var shown = (await Watched.Api.Get(
            $"/api/v1/widgets/deposit-sessions/{session}", token: Tokens.For(Api.Business))).MustBeOk().Body;
        Assert.Equal(
            ("CONFIRMED", amount),
            (shown["paymentStatus"]!.GetValue<string>(), shown["receivedAmount"]!.GetValue<string>()));
        Assert.Equal(WatchedShop.Units(amount), await Chain.Balance(address, isNative ? null : Watched.Token));
        Assert.Equal(Assert.Single(wallet.Sent), shown["transactions"]!.AsArray()[^1]!["txId"]!.GetValue<string>());
    }

    /// <summary>What the tests share: a chain, a service that watches it, and a browser.</summary>
    public sealed class Stage : IAsyncLifetime
    {
        private Anvil? chain;
        private WatchedChain? watched;
        private Browser? browser;

        internal Anvil Chain => chain!;

        internal WatchedChain Watched => watched!;

        internal Browser Browser => browser!;

        /// <summary>A machine without anvil or without a browser skips the tests.</summary>
        public async Task InitializeAsync()
        {
            if (!Tools.IsInstalled(Tool.Anvil) || !Tools.IsInstalled(Tool.Chromium)) return;
            chain = await Anvil.Start();
            watched = await WatchedChain.Start(chain);
            browser = await Browser.Start();
        }

        public async Task DisposeAsync()
        {
            if (browser is not null) await browser.DisposeAsync();
            if (watched is not null) await watched.DisposeAsync();
            if (chain is not null) await chain.DisposeAsync();
        }
    }
}
