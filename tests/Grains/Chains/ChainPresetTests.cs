using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;

namespace Bleepay.Tests.Grains.Chains;

public sealed class ChainPresetTests
{
    [Fact]
    public void Every_address_of_a_preset_has_a_right_checksum_and_a_source()
    {
        var tokens = ChainPreset.All.SelectMany(preset => preset.Tokens).ToList();

        Assert.NotEmpty(tokens);
        Assert.All(tokens, token =>
        {
            Assert.Equal(EvmAddress.Checksum(token.Address), token.Address);
            Assert.Null(FieldRules.Currency(token.Symbol));
            Assert.InRange(token.Decimals, 0, ChainOptions.DecimalsMax);
            Assert.Equal(Uri.UriSchemeHttps, new Uri(token.Source).Scheme);
        });
    }

    [Fact]
    public void Every_preset_is_a_network_that_a_session_can_name()
    {
        Assert.All(ChainPreset.All, preset =>
        {
            Assert.Null(FieldRules.Network(preset.Network));
            Assert.Null(FieldRules.Currency(preset.Native.Symbol));
            Assert.Equal(
                preset.Tokens.Length, preset.Tokens.DistinctBy(token => token.Address.ToUpperInvariant()).Count());
            Assert.Equal(preset.Tokens.Length, preset.Tokens.DistinctBy(token => token.Symbol).Count());
        });
        Assert.Equal(ChainPreset.All.Length, ChainPreset.All.DistinctBy(preset => preset.ChainId).Count());
    }

    /// <summary>By the registry of chains, https://chainid.network.</summary>
    [Theory]
    [InlineData("ethereum", 1, "ETH")]
    [InlineData("polygon", 137, "POL")]
    [InlineData("base", 8453, "ETH")]
    [InlineData("arbitrum", 42161, "ETH")]
    [InlineData("optimism", 10, "ETH")]
    [InlineData("bnbchain", 56, "BNB")]
    [InlineData("avalanche", 43114, "AVAX")]
    [InlineData("local", 31337, "ETH")]
    public void A_preset_has_its_chain_s_id_and_coin(string network, long chainId, string symbol)
    {
        var preset = ChainPreset.Find(network.ToUpperInvariant());

        Assert.Equal((chainId, symbol, 18), (preset!.ChainId, preset.Native.Symbol, preset.Native.Decimals));
    }
}
