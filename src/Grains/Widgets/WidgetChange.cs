using System.Collections.Immutable;

namespace Bleepay.Grains.Widgets;

/// <summary>What a widget becomes by a change. Pure.</summary>
internal static class WidgetChange
{
    /// <summary>The settings with those that are given in the place of the old ones; null among them clears.</summary>
    public static WidgetSettings Apply(WidgetSettings old, UpdateWidget change)
    {
        var given = change.Settings;
        T Pick<T>(string name, T before, T now) => change.Given.Contains(name) ? now : before;

        return new WidgetSettings
        {
            Name = Pick("name", old.Name, given.Name),
            Mode = Pick("mode", old.Mode, given.Mode),
            MinAmount = Pick("minAmount", old.MinAmount, given.MinAmount),
            MaxAmount = Pick("maxAmount", old.MaxAmount, given.MaxAmount),
            AllowedNetworks = Pick("allowedNetworks", old.AllowedNetworks, given.AllowedNetworks),
            AllowedCurrencies = Pick("allowedCurrencies", old.AllowedCurrencies, given.AllowedCurrencies),
            AllowedCurrencyAddresses = Pick(
                "allowedCurrencyAddresses", old.AllowedCurrencyAddresses, given.AllowedCurrencyAddresses),
            AllowedDepositAddresses = Pick(
                "allowedDepositAddresses", old.AllowedDepositAddresses, given.AllowedDepositAddresses),
            AllowedDomains = Pick("allowedDomains", old.AllowedDomains, given.AllowedDomains),
            AllowedMethods = Pick("allowedMethods", old.AllowedMethods, given.AllowedMethods),
            MaxOpenSessions = Pick("maxOpenSessions", old.MaxOpenSessions, given.MaxOpenSessions),
            MaxCreationsPerSecond = Pick(
                "maxCreationsPerSecond", old.MaxCreationsPerSecond, given.MaxCreationsPerSecond),
            MaxOpenSessionsPerReference = Pick(
                "maxOpenSessionsPerReference", old.MaxOpenSessionsPerReference, given.MaxOpenSessionsPerReference),
            UnderpaymentTolerancePercent = Pick(
                "underpaymentTolerancePercent", old.UnderpaymentTolerancePercent, given.UnderpaymentTolerancePercent),
            SuccessUrl = Pick("successUrl", old.SuccessUrl, given.SuccessUrl),
            CancelUrl = Pick("cancelUrl", old.CancelUrl, given.CancelUrl),
            IconUrl = Pick("iconUrl", old.IconUrl, given.IconUrl),
            DefaultCurrency = Pick("defaultCurrency", old.DefaultCurrency, given.DefaultCurrency),
            DefaultCurrencyAddress = Pick(
                "defaultCurrencyAddress", old.DefaultCurrencyAddress, given.DefaultCurrencyAddress),
            DefaultNetwork = Pick("defaultNetwork", old.DefaultNetwork, given.DefaultNetwork),
            DefaultDepositAddress = Pick(
                "defaultDepositAddress", old.DefaultDepositAddress, given.DefaultDepositAddress),
            MetadataSchema = Pick("metadataSchema", old.MetadataSchema, given.MetadataSchema),
            RenderMode = Pick("renderMode", old.RenderMode, given.RenderMode),
            Color = Pick("color", old.Color, given.Color),
            Emoji = Pick("emoji", old.Emoji, given.Emoji),
        };
    }

    /// <summary>
    /// The widget with a new secret. Those before it go on for the grace, and none of them longer, so that a grace of
    /// zero shuts out all of them.
    /// </summary>
    /// <returns>The widget, or what is wrong with the grace.</returns>
    public static (Widget? Widget, FieldError? Error) Rotate(Widget widget, RotateSecret command, DateTimeOffset now)
    {
        if (command.GraceSeconds is < 0 or > WidgetBounds.GraceSecondsMax)
            return (null, new("graceSeconds", $"must be 0–{WidgetBounds.GraceSecondsMax}"));

        var end = now.AddSeconds(command.GraceSeconds);
        ImmutableArray<FormerSecret> former =
        [
            .. widget.FormerSecrets
                .Append(new FormerSecret(widget.SecretHash, end))
                .Select(secret => secret.Until < end ? secret : secret with { Until = end })
                .Where(secret => secret.Until > now),
        ];
        return former.Length > WidgetBounds.FormerSecretsMax
            ? (null, new(
                "graceSeconds",
                $"must be 0 now: {WidgetBounds.FormerSecretsMax} older secrets are still in their grace, and all " +
                "would end at once; or wait until one has ended"))
            : (widget with { SecretHash = command.SecretHash, FormerSecrets = former, UpdatedAt = now }, null);
    }
}
