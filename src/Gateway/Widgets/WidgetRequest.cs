using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Bleepay.Gateway.Http.Json;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Widgets;

/// <summary>The settings of a new widget.</summary>
/// <remarks>Describes the body, which is read field by field.</remarks>
internal sealed record CreateWidgetRequest : WidgetSettings
{
    /// <summary>Nullable, because null counts as absent.</summary>
    public new RenderMode? RenderMode { get; init; }
}

/// <summary>A change of a widget: an absent field keeps its value, and null clears a field.</summary>
internal sealed record UpdateWidgetRequest : WidgetSettings
{
    /// <inheritdoc cref="CreateWidgetRequest.RenderMode"/>
    public new RenderMode? RenderMode { get; init; }
}

/// <summary>A new secret for a widget.</summary>
internal sealed record RotateSecretRequest(
    [property: Description("How long, in seconds, older secrets keep working. With 0 they all stop at once.")]
    [property: Required, Range(0, WidgetBounds.GraceSecondsMax)]
    int GraceSeconds);

/// <summary>
/// Reads a widget's settings from a body by their JSON types; the widget itself checks their rules.
/// </summary>
internal static class WidgetRequest
{
    /// <summary>The fields that a widget cannot be without.</summary>
    public static readonly ImmutableArray<string> RequiredNames = ["name", "mode"];

    /// <summary>All settings of a new widget.</summary>
    public static WidgetSettings ReadAll(JsonFields fields)
    {
        foreach (var name in RequiredNames) fields.Require(name);
        return Read(fields);
    }

    /// <summary>The settings of a change; the names of those that are given.</summary>
    public static (WidgetSettings Settings, ImmutableArray<string> Given) ReadGiven(JsonFields fields)
    {
        foreach (var name in RequiredNames) fields.RequireIfGiven(name);
        return (Read(fields), [.. WidgetField.All.Select(field => field.Name).Where(fields.Has)]);
    }

    private static WidgetSettings Read(JsonFields fields)
    {
        var settings = new WidgetSettings();
        foreach (var field in WidgetField.All)
            if (Read(field, fields) is { } value)
                field.Set(settings, value);
        return settings;
    }

    private static object? Read(WidgetField field, JsonFields fields)
    {
        if (field.Type == typeof(ImmutableArray<string>)) return fields.Strings(field.Name);
        if (field.Type == typeof(int?)) return fields.WholeNumber(field.Name);
        if (field.Type.IsEnum) return fields.Enumeration(field.Name, field.Type);
        return field.Rule is null ? fields.Object(field.Name, JsonBody.DepthMax) : fields.String(field.Name);
    }
}
