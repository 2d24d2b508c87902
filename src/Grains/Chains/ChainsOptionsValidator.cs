using Bleepay.Grains.Fields;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Chains;

/// <summary>
/// Refuses a start with settings by which a network can't be watched. Each failure names its variable; none contains a
/// URL, since its path may hold an API key.
/// </summary>
public sealed class ChainsOptionsValidator : IValidateOptions<ChainsOptions>
{
    public ValidateOptionsResult Validate(string? name, ChainsOptions options)
    {
        var failures = options.SelectMany(entry => Failures(entry.Key, entry.Value)).ToList();
        failures.AddRange(SharedChainIds(options));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(string network, ChainOptions chain)
    {
        var check = new Check($"Chains__{network}__");
        check.Number(nameof(chain.Confirmations), chain.Confirmations, 1, ChainOptions.ConfirmationsMax);
        check.Number(nameof(chain.ConfirmationSteps), chain.ConfirmationSteps, 1, ChainOptions.ConfirmationStepsMax);
        check.Number(nameof(chain.LogRange), chain.LogRange, 1, ChainOptions.LogRangeMax);
        check.Time(
            nameof(chain.PollInterval), chain.PollInterval, ChainOptions.PollIntervalMin, ChainOptions.PollIntervalMax);
        check.Time(
            nameof(chain.RequestTimeout), chain.RequestTimeout, ChainOptions.RequestTimeoutMin,
            ChainOptions.RequestTimeoutMax);
        check.Time(nameof(chain.LateWindow), chain.LateWindow, TimeSpan.Zero, ChainOptions.LateWindowMax);
        check.Time(nameof(chain.AddressRest), chain.AddressRest, TimeSpan.Zero, ChainOptions.AddressRestMax);
        check.Number(
            nameof(chain.MaxReorganisation), chain.MaxReorganisation,
            chain.Confirmations + ChainOptions.ReorganisationMargin, ChainOptions.MaxReorganisationMax);

        if (network.Equals(ChainsOptions.DefaultName, StringComparison.OrdinalIgnoreCase)) CheckDefault(chain, check);
        else if (chain.Rpc.Count > 0) CheckWatched(network, chain, check);
        return check.Failures;
    }

    private static void CheckDefault(ChainOptions chain, Check check)
    {
        const string each = "is of one network: set it in the entry of each.";
        if (chain.Rpc.Count > 0) check.Add("Rpc__0", each);
        if (chain.ChainId is not null) check.Add(nameof(chain.ChainId), each);
        if (chain.StartBlock is not null) check.Add(nameof(chain.StartBlock), each);
        if (chain.Tokens.Count > 0) check.Add("Tokens__0__Address", each);
    }

    private static void CheckWatched(string network, ChainOptions chain, Check check)
    {
        if (FieldRules.Network(network) is { } problem) check.Add("Rpc__0", $"is of a network whose name {problem}.");
        for (var index = 0; index < chain.Rpc.Count; index++)
            if (!IsUrl(chain.Rpc[index]))
                check.Add($"Rpc__{index}", "must be an absolute http or https URL without user name.");

        var preset = ChainPreset.Find(network);
        if (chain.ChainId is <= 0 || (chain.ChainId is null && preset is null))
            check.Add(nameof(chain.ChainId), "must be set to the chain's id by EIP-155, above zero.");
        if (chain.ChainId is { } given && preset is not null && preset.ChainId != given)
            check.Add(nameof(chain.ChainId), $"is not that of {preset.Name}, which is {preset.ChainId}.");
        if (chain.StartBlock < 0) check.Add(nameof(chain.StartBlock), "must be 0 or more.");

        check.Symbol("Native__Symbol", chain.Native.Symbol);
        if (chain.Native.Decimals is { } decimals)
            check.Number("Native__Decimals", decimals, 0, ChainOptions.DecimalsMax);
        for (var index = 0; index < chain.Tokens.Count; index++) CheckToken(chain, index, check);
    }

    private static void CheckToken(ChainOptions chain, int index, Check check)
    {
        var (token, prefix) = (chain.Tokens[index], $"Tokens__{index}__");
        if (EvmAddress.Problem(token.Address ?? "") is { } problem)
            check.Add(prefix + nameof(token.Address), $"{problem}.");
        else if (chain.Tokens.Take(index).Any(other => EvmAddress.AreEqual(other.Address!, token.Address!)))
            check.Add(prefix + nameof(token.Address), "is the address of an earlier token.");
        if (token.Symbol is null) check.Add(prefix + nameof(token.Symbol), "must be set.");
        check.Symbol(prefix + nameof(token.Symbol), token.Symbol);
        if (token.Decimals is { } decimals)
            check.Number(prefix + nameof(token.Decimals), decimals, 0, ChainOptions.DecimalsMax);
        else check.Add(prefix + nameof(token.Decimals), "must be set.");
    }

    /// <summary>A transfer would count once for each of two names of one chain.</summary>
    private static IEnumerable<string> SharedChainIds(ChainsOptions options) => options
        .Where(entry => entry.Value.Rpc.Count > 0)
        .GroupBy(entry => entry.Value.ChainId ?? ChainPreset.Find(entry.Key)?.ChainId ?? 0)
        .Where(same => same.Key > 0 && same.Count() > 1)
        .Select(same => (Id: same.Key, Names: same.Select(entry => entry.Key).Order(StringComparer.Ordinal)))
        .Select(same =>
            string.Join(" and ", same.Names.Select(name => $"Chains__{name}__Rpc__0")) +
            $" are both of the chain with the id {same.Id}; watch it under one name.");

    private static bool IsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url is { Host.Length: > 0, UserInfo.Length: 0 };

    /// <summary>Collects what is wrong with the settings of one network.</summary>
    private sealed class Check(string prefix)
    {
        private readonly List<string> failures = [];

        public IReadOnlyList<string> Failures => failures;

        public void Add(string setting, string problem) => failures.Add($"{prefix}{setting} {problem}");

        public void Number(string setting, int value, int min, int max)
        {
            if (value < min || value > max) Add(setting, $"is {value}; set it to {min}–{max}.");
        }

        public void Time(string setting, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max) Add(setting, $"is {value}; set it to {min}–{max}.");
        }

        public void Symbol(string setting, string? value)
        {
            if (value is not null && FieldRules.Currency(value) is { } problem) Add(setting, $"{problem}.");
        }
    }
}
