using System.Collections.Immutable;

namespace Bleepay.Grains.Widgets;

/// <summary>What a widget becomes by a change. Pure.</summary>
internal static class WidgetChange
{
    /// <summary>The settings with the given fields replaced; a field given as null is cleared.</summary>
    public static WidgetSettings Apply(WidgetSettings old, UpdateWidget change)
    {
        var settings = old with { };
        foreach (var field in WidgetField.All.Where(field => change.Given.Contains(field.Name)))
            field.Set(settings, field.Of(change.Settings));
        return settings;
    }

    /// <summary>
    /// The widget with a new secret. Older secrets stay valid until the grace ends at the latest, so that a grace of
    /// zero ends all of them.
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
                $"must be 0 now: {WidgetBounds.FormerSecretsMax} older secrets are in their grace, and 0 ends all of " +
                "them; or wait until the grace of one has ended"))
            : (widget with { SecretHash = command.SecretHash, FormerSecrets = former, UpdatedAt = now }, null);
    }
}
