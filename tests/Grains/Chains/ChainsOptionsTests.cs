using Bleepay.Grains.Chains;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Grains.Chains;

/// <summary>The settings of networks: each limit at its bound, and the message for a wrong one.</summary>
public sealed class ChainsOptionsTests
{
    private const string Usdc = "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359";

    public static TheoryData<string, string> Good => new()
    {
        { "polygon:Confirmations", "1" },
        { "polygon:Confirmations", "112" },
        { "polygon:ConfirmationSteps", "1" },
        { "polygon:ConfirmationSteps", "100" },
        { "polygon:LogRange", "1" },
        { "polygon:LogRange", "1000000" },
        { "polygon:PollInterval", "00:00:00.1" },
        { "polygon:PollInterval", "00:01:00" },
        { "polygon:RequestTimeout", "00:00:00.1" },
        { "polygon:RequestTimeout", "00:02:00" },
        { "polygon:MaxReorganisation", "28" },
        { "polygon:MaxReorganisation", "100000" },
        { "polygon:LateWindow", "00:00:00" },
        { "polygon:LateWindow", "30.00:00:00" },
        { "polygon:AddressRest", "00:00:00" },
        { "polygon:AddressRest", "7.00:00:00" },
        { "polygon:StartBlock", "0" },
        { "polygon:ChainId", "137" },
        { "polygon:Finality", "Safe" },
        { "polygon:NativeTransfers", "Traces" },
        { "polygon:Native:Decimals", "36" },
        { "polygon:Rpc:1", "http://10.0.0.7:8545" },
        { "tron:Confirmations", "20" },
    };

    public static TheoryData<string, string> Bad => new()
    {
        { "polygon:Confirmations", "0" },
        { "polygon:Confirmations", "10001" },
        { "tron:Confirmations", "0" },
        { "Default:Confirmations", "0" },
        { "polygon:ConfirmationSteps", "0" },
        { "polygon:ConfirmationSteps", "101" },
        { "polygon:LogRange", "0" },
        { "polygon:LogRange", "1000001" },
        { "polygon:PollInterval", "00:00:00.099" },
        { "polygon:PollInterval", "00:01:00.001" },
        { "polygon:RequestTimeout", "00:00:00.099" },
        { "polygon:RequestTimeout", "00:02:00.001" },
        { "polygon:MaxReorganisation", "27" },
        { "polygon:MaxReorganisation", "100001" },
        { "polygon:LateWindow", "-00:00:01" },
        { "polygon:LateWindow", "30.00:00:01" },
        { "polygon:AddressRest", "-00:00:01" },
        { "polygon:AddressRest", "7.00:00:01" },
        { "polygon:StartBlock", "-1" },
        { "polygon:ChainId", "1" },
        { "polygon:ChainId", "0" },
        { "polygon:Native:Symbol", "matic" },
        { "polygon:Native:Decimals", "37" },
        { "polygon:Rpc:0", "polygon.example/key" },
        { "polygon:Rpc:0", "ftp://polygon.example/key" },
        { "polygon:Rpc:0", "wss://polygon.example/key" },
        { "polygon:Rpc:0", "https://user:key@polygon.example" },
        { "polygon:Rpc:1", "" },
        { "Default:Rpc:0", "https://polygon.example/key" },
        { "Default:ChainId", "5" },
        { "Default:StartBlock", "5" },
        { "Default:Tokens:0:Address", Usdc },
        { "abc:Rpc:0", "https://polygon.example/key" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void A_setting_at_its_bound_is_accepted(string setting, string value) =>
        Assert.Empty(Failures((setting, value)));

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_wrong_setting_is_named_by_its_variable(string setting, string value)
    {
        var variable = $"Chains__{setting.Replace(":", "__", StringComparison.Ordinal)}";

        Assert.Contains(
            Failures((setting, value)), failure => failure.StartsWith(variable + ' ', StringComparison.Ordinal));
    }

    [Fact]
    public void A_token_needs_an_address_a_symbol_and_its_decimals()
    {
        var failures = Failures(
            ("polygon:Tokens:0:Address", Usdc.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal)),
            ("polygon:Tokens:0:Symbol", "USDC"), ("polygon:Tokens:0:Decimals", "6"),
            ("polygon:Tokens:1:Address", Usdc), ("polygon:Tokens:1:Symbol", "usdc"),
            ("polygon:Tokens:1:Decimals", "37"), ("polygon:Tokens:2:Address", Usdc[..^1] + "8"));

        Assert.Equal(
            [
                "Tokens__1__Address", "Tokens__1__Symbol", "Tokens__1__Decimals", "Tokens__2__Address",
                "Tokens__2__Symbol", "Tokens__2__Decimals",
            ],
            failures.Select(failure => failure.Split(' ')[0]["Chains__polygon__".Length..]));
    }

    [Fact]
    public void A_chain_without_a_preset_needs_its_id_and_no_two_have_one()
    {
        Assert.StartsWith(
            "Chains__devnet__ChainId ", Assert.Single(Failures(("devnet:Rpc:0", "http://127.0.0.1:8545"))),
            StringComparison.Ordinal);
        Assert.Contains(
            "Chains__matic__Rpc__0 and Chains__polygon__Rpc__0",
            Assert.Single(Failures(("matic:ChainId", "137"), ("matic:Rpc:0", "http://x.example"))),
            StringComparison.Ordinal);
    }

    /// <summary>A provider's API key is in the path of its URL.</summary>
    [Fact]
    public void No_failure_repeats_a_url()
    {
        var failures = Failures(("polygon:Rpc:0", "https://x:y@p.example/v2/secret-key"), ("base:Rpc:0", "secret-key"));

        Assert.Equal(2, failures.Count);
        Assert.All(failures, failure => Assert.DoesNotContain("secret-key", failure, StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_has_the_default_s_values_except_those_that_it_sets()
    {
        var options = Bound(
            ("Default:Confirmations", "20"), ("Default:PollInterval", "00:00:05"), ("polygon:Confirmations", "30"));

        Assert.Equal(
            (30, TimeSpan.FromSeconds(5)), (options["polygon"].Confirmations, options["polygon"].PollInterval));
        Assert.Equal(
            (30, 20, 20),
            (options.ConfirmationsFor("Polygon"), options.ConfirmationsFor("base"), options.ConfirmationsFor("tron")));
    }

    [Fact]
    public void A_network_s_tokens_are_added_to_the_preset_s_and_one_with_the_same_address_replaces_it()
    {
        var chain = new WatchedChains(Options.Create(Bound(
            ("polygon:Tokens:0:Address", Usdc.ToLowerInvariant()), ("polygon:Tokens:0:Symbol", "USDCN"),
            ("polygon:Tokens:0:Decimals", "6"), ("polygon:Tokens:1:Address", "0x" + new string('1', 40)),
            ("polygon:Tokens:1:Symbol", "SHOP"), ("polygon:Tokens:1:Decimals", "0"))))
            .Find("polygon")!;

        Assert.Equal(["DAI", "POL", "SHOP", "USDCN", "USDT"], chain.Currencies.Select(currency => currency.Symbol));
        Assert.Equal(Usdc, chain.Find(Usdc.ToUpperInvariant().Replace("0X", "0x", StringComparison.Ordinal))!.Address);
        Assert.Equal("POL", chain.Find("")!.Symbol);
    }

    private static List<string> Failures(params (string Setting, string Value)[] settings) =>
        [.. new ChainsOptionsValidator().Validate(null, Bound(settings)).Failures ?? []];

    /// <summary>Polygon with a provider, unless the settings say something else.</summary>
    private static ChainsOptions Bound(params (string Setting, string Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["Chains:polygon:Rpc:0"] = "https://polygon.example/v2/key" };
        foreach (var (setting, value) in settings) all[$"Chains:{setting}"] = value;
        var options = new ChainsOptions();
        options.Bind(new ConfigurationBuilder().AddInMemoryCollection(all).Build().GetSection("Chains"));
        return options;
    }
}
