using System.Collections.Immutable;
using System.Text.Json;
using Bleepay.Grains.Fields;
using Bleepay.Grains.MetadataSchemas;

namespace Bleepay.Grains.Widgets;

/// <summary>The rules that a widget's settings obey, and who may do what with a widget. Pure.</summary>
public static class WidgetRules
{
    /// <summary>Why this caller may not use the widget at all, or null.</summary>
    /// <param name="widget">Null when there is no such widget.</param>
    /// <param name="now">Decides which of the secrets that were rotated out are still in their grace.</param>
    public static Refusal? RefusalOf(Widget? widget, Caller caller, DateTimeOffset now) => (widget, caller) switch
    {
        (null, _) => Refusal.NotFound("widget"),
        (_, Member) when caller.IsMemberOf(widget.BusinessId) => null,
        (_, Member) => Refusal.NotFound("widget"),
        (_, WidgetSecretHolder holder) when IsSecret(widget, holder, now) => null,
        _ => new Refusal(RefusalCode.Unauthorized, "This is not the widget's client secret."),
    };

    public static WidgetView View(string id, Widget widget) => new(
        id, widget.BusinessId, widget.Settings, widget.IsEnabled, widget.CreatedAt, widget.UpdatedAt);

    /// <summary>Everything wrong with the settings, each field at most once.</summary>
    /// <param name="alreadyWrong">Fields that could not be read; they are not checked again.</param>
    public static IReadOnlyList<FieldError> Check(WidgetSettings settings, ImmutableArray<FieldError> alreadyWrong)
    {
        var check = new SettingsCheck(settings, alreadyWrong);
        foreach (var field in WidgetField.All) check.Field(field);
        if (Amount.TryParse(settings.MinAmount, out var min)
            && Amount.TryParse(settings.MaxAmount, out var max)
            && min > max)
            check.Add("minAmount", $"must not be above maxAmount, which is {max}");
        if (settings.MetadataSchema is { } schema && MetadataSchemaProblem(schema) is { } problem)
            check.Add("metadataSchema", problem);
        return check.Errors;
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
}
