using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.MetadataSchemas;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// A widget's rules for sessions, compiled once a version of the widget so that a request costs look-ups
/// only.
/// </summary>
public sealed class WidgetPolicy
{
    private const string EmptyMetadata = "{}";

    private readonly Amount? min;
    private readonly Amount? max;
    private readonly Func<string, string?> amountRule;
    private readonly Func<string, string?> currencyRule;
    private readonly Func<string, string?> networkRule;
    private readonly Func<string, string?> currencyAddressRule;
    private readonly Func<string, string?> depositAddressRule;
    private readonly DomainPattern domains;
    private readonly WatchedChains chains;
    private readonly ImmutableArray<string> evmAddresses;
    private readonly MetadataSchema? schema;

    /// <param name="settings">Settings that <see cref="WidgetRules.Check"/> has found right.</param>
    /// <param name="chains">The networks that are watched.</param>
    public WidgetPolicy(WidgetSettings settings, WatchedChains chains)
    {
        this.chains = chains;
        min = Amount.TryParse(settings.MinAmount, out var least) ? least : null;
        max = Amount.TryParse(settings.MaxAmount, out var most) ? most : null;
        amountRule = Within;
        currencyRule = Rule(FieldRules.Currency, settings.AllowedCurrencies);
        networkRule = Rule(FieldRules.Network, settings.AllowedNetworks);
        currencyAddressRule = Rule(FieldRules.CurrencyAddress, settings.AllowedCurrencyAddresses);
        var depositAddress = Rule(FieldRules.DepositAddress, settings.AllowedDepositAddresses);
        depositAddressRule = value => value == AddressPool.Auto ? null : depositAddress(value);
        evmAddresses =
            [.. settings.AllowedDepositAddresses.Where(address => EvmAddress.Problem(address) is null)];
        domains = new(settings.AllowedDomains);
        schema = Compile(settings.MetadataSchema);
    }

    /// <param name="origin">A host in lower case; null for a request that no browser page has made.</param>
    public bool AllowsOrigin(string? origin) => domains.Allows(origin);

    /// <summary>Judges every field, so that a page can mark all that is wrong at once.</summary>
    /// <returns>The terms, or every error there is.</returns>
    public (SessionTerms? Terms, IReadOnlyList<FieldError> Errors) Check(SessionDraft draft)
    {
        var errors = new List<FieldError>(draft.Errors);
        Required("amount", draft.Amount, amountRule, draft, errors);
        Required("currency", draft.Currency, currencyRule, draft, errors);
        Required("network", draft.Network, networkRule, draft, errors);
        Required("currencyAddress", draft.CurrencyAddress, currencyAddressRule, draft, errors);
        Required("depositAddress", draft.DepositAddress, depositAddressRule, draft, errors);
        Optional("customerEmail", draft.CustomerEmail, FieldRules.CustomerEmail, errors);
        Optional("customerReference", draft.CustomerReference, FieldRules.CustomerReference, errors);
        CheckMetadata(draft, errors);
        ChainTerms.Check(chains, draft, errors);
        if (draft.DepositAddress == AddressPool.Auto) CheckAuto(draft, errors);

        return errors.Count > 0
            ? (null, errors)
            : (new SessionTerms(
                draft.Amount!, draft.Currency!, draft.Network!, draft.CurrencyAddress!, draft.DepositAddress!,
                draft.CustomerEmail, draft.CustomerReference, draft.Metadata), errors);
    }

    /// <summary>The addresses of which a session with these terms gets one; null if it names its own.</summary>
    /// <param name="terms">Terms that <see cref="Check"/> has found right.</param>
    public AddressPool? AddressesFor(SessionTerms terms) =>
        terms.DepositAddress == AddressPool.Auto && chains.Find(terms.Network) is { } chain
            ? new AddressPool(AddressesOn(chain, terms.CurrencyAddress), chain.Options.AddressRest)
            : null;

    private void CheckAuto(SessionDraft draft, List<FieldError> errors)
    {
        // A network or token with an error is reported already, and the addresses can't be known.
        if (draft.Network is not { } network || draft.CurrencyAddress is not { } token
            || errors.Exists(error => error.Path is "network" or "currencyAddress"))
            return;
        if (chains.Find(network) is not { } chain)
            errors.Add(new("depositAddress", "can be auto only on a network that is watched; name an address"));
        else if (AddressesOn(chain, token).IsEmpty)
            errors.Add(new(
                "depositAddress", "can be auto only with 0x… addresses in the widget's allowedDepositAddresses"));
    }

    /// <summary>Money that is sent to a token's contract is lost.</summary>
    private ImmutableArray<string> AddressesOn(Chain chain, string token) =>
        evmAddresses.RemoveAll(address => chain.Find(address) is not null || EvmAddress.AreEqual(address, token));

    /// <summary>The field's own rule, and then the widget's list.</summary>
    private static Func<string, string?> Rule(Func<string, string?> field, ImmutableArray<string> allowed)
    {
        var values = new AllowedValues(allowed);
        return value => field(value) ?? values.Problem(value);
    }

    private string? Within(string value)
    {
        if (FieldRules.Amount(value, out var amount) is { } problem) return problem;
        if (amount < min) return $"must be at least {min}";
        return amount > max ? $"must be at most {max}" : null;
    }

    private void CheckMetadata(SessionDraft draft, List<FieldError> errors)
    {
        if (draft.Metadata is { } metadata
            && Encoding.UTF8.GetByteCount(metadata) > FieldRules.MetadataBytesMax)
        {
            errors.Add(new("metadata", $"must be at most {FieldRules.MetadataBytesMax} bytes of minified JSON"));
            return;
        }

        if (schema is null || IsUnreadable("metadata", draft)) return;
        using var document = JsonDocument.Parse(draft.Metadata ?? EmptyMetadata);
        foreach (var violation in schema.Validate(document.RootElement))
            errors.Add(new(MetadataPath(violation.Path), violation.Message));
    }

    private static void Required(
        string path, string? value, Func<string, string?> rule, SessionDraft draft, List<FieldError> errors)
    {
        if (value is not null) Optional(path, value, rule, errors);
        else if (!IsUnreadable(path, draft)) errors.Add(new(path, "is required"));
    }

    private static void Optional(string path, string? value, Func<string, string?> rule, List<FieldError> errors)
    {
        if (value is not null && rule(value) is { } problem) errors.Add(new(path, problem));
    }

    private static bool IsUnreadable(string field, SessionDraft draft) =>
        draft.Errors.Any(error => error.Path.StartsWith(field, StringComparison.Ordinal)
            && (error.Path.Length == field.Length || error.Path[field.Length] is '.' or '['));

    private static string MetadataPath(string path) => path.Length == 0 ? "metadata"
        : path[0] == '[' ? "metadata" + path
        : "metadata." + path;

    private static MetadataSchema? Compile(string? schema)
    {
        if (schema is null) return null;
        using var document = JsonDocument.Parse(schema);
        return MetadataSchema.TryCompile(document.RootElement, out var compiled, out var problem)
            ? compiled
            : throw new InvalidOperationException($"A stored metadata schema can't be compiled: {problem}");
    }
}
