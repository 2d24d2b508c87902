using System.Text;
using System.Text.Json;
using Bleepay.Grains.Chains;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Grains.Chains;

public sealed class Keccak256Tests
{
    /// <summary>The vectors of EIP-55.</summary>
    public static TheoryData<string> Checksummed =>
    [
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    [Theory]
    [InlineData("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData(
        "Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")]
    public void A_known_text_has_its_known_hash(string text, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(Keccak256.Hash(Encoding.ASCII.GetBytes(text))));

    [Theory]
    [MemberData(nameof(Checksummed))]
    public void An_address_in_any_case_has_the_checksum_of_the_standard(string address)
    {
        Assert.Equal(address, EvmAddress.Checksum(address));
        Assert.Equal(address, EvmAddress.Checksum("0x" + address[2..].ToLowerInvariant()));
        Assert.Equal(address, EvmAddress.Checksum("0x" + address[2..].ToUpperInvariant()));
        Assert.Null(EvmAddress.Problem(address));
    }

    [Theory]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "EIP-55")]
    [InlineData("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "EIP-55")]
    [InlineData("0x0000000000000000000000000000000000000000", "zero")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0", "40")]
    [InlineData("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "40")]
    [InlineData("0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "40")]
    [InlineData("", "40")]
    public void An_address_that_money_can_not_be_sent_to_is_refused(string address, string problem) =>
        Assert.Contains(problem, EvmAddress.Problem(address), StringComparison.Ordinal);

    [Theory]
    [InlineData("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")]
    [InlineData("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED")]
    public void An_address_in_one_case_has_no_checksum(string address) => Assert.Null(EvmAddress.Problem(address));

    /// <summary>Lengths up to three blocks of the sponge, so that each kind of padding occurs.</summary>
    [FactThatNeeds(Tool.NodeTools)]
    public async Task Texts_of_every_length_have_the_hashes_and_checksums_of_ethers()
    {
        var random = new Random(55);
        var texts = Enumerable.Range(0, 409).Select(length =>
        {
            var text = new byte[length];
            random.NextBytes(text);
            return text;
        }).ToList();

        var (exitCode, output) = await NodeTools.RunScriptOn(
            JsonSerializer.Serialize(texts.Select(text => "0x" + Convert.ToHexStringLower(text))), "keccak.mjs");

        Assert.True(exitCode == 0, output);
        var expected = JsonSerializer.Deserialize<string[][]>(output)!;
        Assert.Equal(expected, texts.Select(text =>
        {
            var hash = "0x" + Convert.ToHexStringLower(Keccak256.Hash(text));
            return (string[])[hash, EvmAddress.Checksum("0x" + hash[^40..])];
        }));
    }
}
