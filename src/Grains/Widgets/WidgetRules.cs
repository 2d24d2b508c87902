using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.MetadataSchemas;
using Bleepay.Grains.Sessions;

namespace Bleepay.Grains.Widgets;

/// <summary>The rules that a widget's settings obey, and who may do what with a widget. Pure.</summary>
public static partial class WidgetRules
{
    /// <summary>Why this caller may not use the widget at all, or null.</summary>
    /// <param name="widget">Null when there is no such widget.</param>
    /// <param name="now">Decides which of the secrets that were rotated out are still in their grace.</param>
    public static Refusal? Admit(Widget? widget, Caller caller, DateTimeOffset now) => (widget, caller) switch
    {
        (null, _) => Refusal.NotFound("widget"),
        (_, Member) when caller.IsMemberOf(widget.BusinessId) => null,
        (_, Member) => Refusal.NotFound("widget"),
        (_, WidgetSecretHolder holder) when IsSecret(widget, holder, now) => null,
        _ => new Refusal(RefusalCode.Unauthorized, "This is not the widget's client secret."),
    };

    /// <summary>Everything wrong with the settings, each field at most once.</summary>
    /// <param name="alreadyWrong">Fields that could not be read; they are not judged again.</param>
    public static IReadOnlyList<FieldError> Check(WidgetSettings settings, ImmutableArray<FieldError> alreadyWrong)
    {
        var check = new SettingsCheck(alreadyWrong);
        check.Text("name", settings.Name, WidgetBounds.NameLengthMax);
        CheckAmounts(settings, check);
        CheckLists(settings, check);
        check.AtLeastOne("maxOpenSessions", settings.MaxOpenSessions);
        check.AtLeastOne("maxCreationsPerSecond", settings.MaxCreationsPerSecond);
        check.AtLeastOne("maxOpenSessionsPerReference", settings.MaxOpenSessionsPerReference);
        check.Value("successUrl", settings.SuccessUrl, Url);
        check.Value("cancelUrl", settings.CancelUrl, Url);
        check.Value("iconUrl", settings.IconUrl, Url);
        CheckDefaults(settings, check);
        check.Value("metadataSchema", settings.MetadataSchema, MetadataSchemaProblem);
        check.Value("color", settings.Color, color => Color().IsMatch(color) ? null : "must be #RRGGBBAA");
        check.Text("emoji", settings.Emoji, WidgetBounds.EmojiLengthMax);
        return check.Errors;
    }

    private static void CheckAmounts(WidgetSettings settings, SettingsCheck check)
    {
        check.Value("minAmount", settings.MinAmount, value => FieldRules.AmountOrZero(value, out _));
        check.Value("maxAmount", settings.MaxAmount, value => FieldRules.AmountOrZero(value, out _));
        if (Amount.TryParse(settings.MinAmount, out var min)
            && Amount.TryParse(settings.MaxAmount, out var max)
            && min > max)
            check.Add("minAmount", $"must not be above maxAmount, which is {max}");
        check.Value("underpaymentTolerancePercent", settings.UnderpaymentTolerancePercent, Tolerance);
    }

    private static void CheckLists(WidgetSettings settings, SettingsCheck check)
    {
        check.List("allowedNetworks", settings.AllowedNetworks, FieldRules.Network);
        check.List("allowedCurrencies", settings.AllowedCurrencies, FieldRules.Currency);
        check.List("allowedCurrencyAddresses", settings.AllowedCurrencyAddresses, FieldRules.CurrencyAddress);
        check.List("allowedDepositAddresses", settings.AllowedDepositAddresses, FieldRules.DepositAddress);
        check.List("allowedDomains", settings.AllowedDomains, DomainPattern.Problem);
        check.List("allowedMethods", settings.AllowedMethods, Method, WidgetBounds.MethodsMax);
    }

    private static void CheckDefaults(WidgetSettings settings, SettingsCheck check)
    {
        check.Default("defaultCurrency", settings.DefaultCurrency,
            FieldRules.Currency, "allowedCurrencies", settings.AllowedCurrencies);
        check.Default("defaultNetwork", settings.DefaultNetwork,
            FieldRules.Network, "allowedNetworks", settings.AllowedNetworks);
        check.Default("defaultCurrencyAddress", settings.DefaultCurrencyAddress,
            FieldRules.CurrencyAddress, "allowedCurrencyAddresses", settings.AllowedCurrencyAddresses);
        if (settings.DefaultDepositAddress == AddressPool.Auto) CheckAuto(settings, check);
        else check.Default("defaultDepositAddress", settings.DefaultDepositAddress,
            FieldRules.DepositAddress, "allowedDepositAddresses", settings.AllowedDepositAddresses);
    }

    private static void CheckAuto(WidgetSettings settings, SettingsCheck check)
    {
        if (!settings.AllowedDepositAddresses.Any(address => EvmAddress.Problem(address) is null))
            check.Add(
                "defaultDepositAddress", "can be auto only with 0x… addresses in allowedDepositAddresses");
    }

    private static string? Tolerance(string value) =>
        FieldRules.AmountOrZero(value, out var percent) ?? (percent > ToleranceMax ? "must be 0–10" : null);

    private static string? Method(string value) =>
        value.Length is 0 or > WidgetBounds.MethodLengthMax || value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? $"must be 1–{WidgetBounds.MethodLengthMax} printable ASCII characters"
            : null;

    private static string? Url(string value)
    {
        if (value.Length is 0 or > WidgetBounds.UrlLengthMax)
            return $"must be 1–{WidgetBounds.UrlLengthMax} characters long";
        return value.AsSpan().IndexOfAnyExcept(UrlCharacters) < 0
            && Uri.TryCreate(value, UriKind.Absolute, out var url)
            && url is { Host.Length: > 0, UserInfo.Length: 0 }
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? null
            : "must be an absolute https URL (http for localhost only), percent-encoded and without user name";
    }

    private static string? MetadataSchemaProblem(string value)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(value) > WidgetBounds.MetadataSchemaBytesMax)
            return $"must be at most {WidgetBounds.MetadataSchemaBytesMax} bytes of minified JSON";
        using var document = JsonDocument.Parse(value);
        return MetadataSchema.TryCompile(document.RootElement, out _, out var problem) ? null : problem;
    }

    private static bool IsSecret(Widget widget, WidgetSecretHolder holder, DateTimeOffset now) =>
        IsSame(widget.SecretHash, holder.SecretHash)
        || widget.FormerSecrets.Any(former => now < former.Until && IsSame(former.Hash, holder.SecretHash));

    private static bool IsSame(ImmutableArray<byte> hash, ImmutableArray<byte> other) =>
        System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(hash.AsSpan(), other.AsSpan());

    /// <summary>RFC 3986 §2: anything else is written percent-encoded.</summary>
    private static readonly SearchValues<char> UrlCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    private static readonly Amount ToleranceMax =
        Amount.TryParse("10", out var ten) ? ten : throw new FormatException();

    [GeneratedRegex(@"^#[0-9A-Fa-f]{8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Color();
}
