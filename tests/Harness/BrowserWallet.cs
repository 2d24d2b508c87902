using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A wallet extension in a customer's browser, which announces itself by EIP-6963 and is asked by EIP-1193. Its account
/// is one of an anvil's, which signs and sends what the wallet is asked to.
/// </summary>
internal sealed class BrowserWallet
{
    /// <summary>The text of its button on the page.</summary>
    public const string Name = "Test Wallet";

    private const int Refused = 4001;
    private const int UnknownChain = 4902;
    private const int UnknownMethod = -32601;

    /// <summary>Extensions announce themselves to the page of a window, and to no frame in it.</summary>
    private const string Announce =
        """
        if (window === top) {
          const request = async ({ method, params }) => {
            const { result, error } = JSON.parse(await walletRequest(JSON.stringify({ method, params: params ?? [] })));
            if (error) throw Object.assign(new Error(error.message), error);
            return result;
          };
          const detail = Object.freeze({
            info: { uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: 'Test Wallet', icon: 'data:image/png;base64,',
              rdns: 'example.wallet' },
            provider: { request },
          });
          const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
          addEventListener('eip6963:requestProvider', announce);
          announce();
        }
        """;

    private readonly Anvil chain;
    private readonly List<string> asked = [];
    private readonly List<string> hashes = [];
    private long chainId = OfAnvil;

    private BrowserWallet(Anvil chain) => this.chain = chain;

    /// <summary>The methods that it was asked for, in their order, and the chain that each switch named.</summary>
    public string Asked => string.Join(' ', asked);

    /// <summary>The hashes of what it has sent.</summary>
    public IReadOnlyList<string> Sent => hashes;

    /// <summary>Its user refuses the next transfer.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The anvil's chain is not among its networks.</summary>
    public bool LacksChain { get; set; }

    /// <summary>It reports a switch of its chain, and stays where it is.</summary>
    public bool OnlyClaimsToSwitch { get; set; }

    /// <summary>A transfer is sent when this task has ended, as when its user takes time to decide.</summary>
    public Task Decision { get; set; } = Task.CompletedTask;

    private static long OfAnvil { get; } = long.Parse(Anvil.ChainId, CultureInfo.InvariantCulture);

    /// <summary>Adds it to all pages that the customer opens from now on.</summary>
    public static async Task<BrowserWallet> Install(IBrowserContext customer, Anvil chain)
    {
        var wallet = new BrowserWallet(chain);
        await customer.ExposeFunctionAsync<string, Task<string>>("walletRequest", wallet.Answer);
        await customer.AddInitScriptAsync(Announce);
        return wallet;
    }

    /// <summary>Its user has chosen Ethereum's main network.</summary>
    public void UseOtherChain() => chainId = 1;

    private async Task<string> Answer(string call)
    {
        var request = JsonNode.Parse(call)!;
        var (method, parameters) = (request["method"]!.GetValue<string>(), request["params"]!.AsArray());
        var wanted = method == "wallet_switchEthereumChain" ? parameters[0]!["chainId"]!.GetValue<string>() : null;
        asked.Add(wanted is null ? method : $"{method}:{wanted}");
        var answer = method switch
        {
            "eth_requestAccounts" => Result(new JsonArray(chain.Payer)),
            "eth_chainId" => Result($"0x{chainId:x}"),
            "wallet_switchEthereumChain" => Switch(wanted!),
            "eth_sendTransaction" => await Send(parameters[0]!),
            _ => Error(UnknownMethod, "The method is not supported."),
        };
        return answer.ToJsonString();
    }

    private JsonObject Switch(string wanted)
    {
        if (LacksChain || wanted != $"0x{OfAnvil:x}") return Error(UnknownChain, "Unrecognized chain ID.");
        if (!OnlyClaimsToSwitch) chainId = OfAnvil;
        return Result(null);
    }

    private async Task<JsonObject> Send(JsonNode transaction)
    {
        await Decision;
        if (IsRefused) return Error(Refused, "User rejected the request.");
        Assert.Equal(OfAnvil, chainId);
        var hash = (await chain.Call("eth_sendTransaction", transaction))!.GetValue<string>();
        hashes.Add(hash);
        return Result(hash);
    }

    private static JsonObject Result(JsonNode? result) => new() { ["result"] = result };

    private static JsonObject Error(int code, string message) =>
        new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } };
}
