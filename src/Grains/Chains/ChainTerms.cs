using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;

namespace Bleepay.Grains.Chains;

/// <summary>What the terms of a session on a watched network must be, beside the rules of each field. Pure.</summary>
internal static class ChainTerms
{
    private const string Address = "must be 0x and 40 hexadecimal digits";

    /// <summary>Adds what is wrong; nothing about a field that has an error already.</summary>
    public static void Check(WatchedChains chains, SessionDraft draft, List<FieldError> errors)
    {
        if (draft.Network is not { } network || chains.FindInAnyCase(network) is not { } chain) return;

        var problems = new List<FieldError>();
        if (chain.Network != network) problems.Add(new("network", $"must be written '{chain.Network}'"));
        else
        {
            if (draft.CurrencyAddress is { } currencyAddress) CheckCurrency(chain, draft, currencyAddress, problems);
            if (draft.DepositAddress is { } address and not AddressPool.Auto
                && DepositProblem(chain, draft, address) is { } problem)
                problems.Add(new("depositAddress", problem));
        }

        foreach (var found in problems)
            if (!errors.Exists(error => error.Path == found.Path)) errors.Add(found);
    }

    private static void CheckCurrency(
        Chain chain, SessionDraft draft, string currencyAddress, List<FieldError> problems)
    {
        if (currencyAddress.Length > 0 && !EvmAddress.IsWellFormed(currencyAddress))
        {
            problems.Add(new("currencyAddress", $"{Address}, or empty for {chain.Native.Symbol}"));
            return;
        }

        if (chain.Find(currencyAddress) is { } known)
        {
            if (draft.Currency is { } currency && currency != known.Symbol)
                problems.Add(new("currency", $"must be {known.Symbol} for this currencyAddress"));
            if (Amount.TryParse(draft.Amount, out var amount) && amount.FractionLength > known.Decimals)
                problems.Add(new("amount", $"must have at most {known.Decimals} digits behind the point"));
        }
        else if (chain.Currencies.FirstOrDefault(one => one.Symbol == draft.Currency) is { } other)
        {
            problems.Add(new("currencyAddress", other.Address.Length > 0
                ? $"must be {other.Address} for {other.Symbol}"
                : $"must be empty for {other.Symbol}"));
        }
    }

    private static string? DepositProblem(Chain chain, SessionDraft draft, string address)
    {
        if (EvmAddress.Problem(address) is { } problem) return problem;

        // Money that is sent to a token's contract is lost.
        return chain.Find(address) is not null
            || (draft.CurrencyAddress is { } token && EvmAddress.AreEqual(token, address))
            ? "must not be the address of a token"
            : null;
    }
}
