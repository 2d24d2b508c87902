using System.Numerics;
using System.Text;

namespace Bleepay.Tests.Harness;

/// <summary>A token on anvil that makes a thousand transfers in one transaction.</summary>
/// <param name="chain">Where it is.</param>
/// <param name="token">Its address, from <see cref="Deploy"/>.</param>
internal sealed class ManyTransfers(Anvil chain, string token)
{
    /// <summary>
    /// Its input is the amount and then the recipients, one word each; it logs a transfer to each of them. An input of
    /// four bytes is a question for the decimals, which are 18.
    /// </summary>
    private const string Code =
        "0x3660041460485760003560005260205b36811015604657803533" +
        "7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" +
        "60206000a3602001600f565b005b601260005260206000f3";

    private const int TransfersOfTransaction = 1_000;

    public static Task<string> Deploy(Anvil chain) => chain.Place(Code);

    /// <summary>Transfers the same amount to each, all in the next block.</summary>
    public async Task Send(IEnumerable<string> recipients, BigInteger units)
    {
        foreach (var some in recipients.Chunk(TransfersOfTransaction))
        {
            var input = new StringBuilder("0x", (some.Length + 2) * 64).Append(Anvil.Word(units));
            foreach (var recipient in some) input.Append(Anvil.Word(recipient));
            await chain.Send(token, BigInteger.Zero, input.ToString());
        }
    }
}
