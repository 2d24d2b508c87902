using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// One field of <see cref="WidgetSettings"/>. Its property is its only declaration; reading, checking and
/// patching go through the list of the fields.
/// </summary>
public sealed class WidgetField
{
    private readonly PropertyInfo property;

    private WidgetField(PropertyInfo property)
    {
        this.property = property;
        Name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        Rule = property.GetCustomAttribute<FieldAttribute>();
        AllowedBy = property.GetCustomAttribute<AllowedByAttribute>()?.List;
        ItemsMax = property.GetCustomAttribute<ItemsMaxAttribute>()?.Count ?? WidgetBounds.ListItemsMax;
    }

    public static ImmutableArray<WidgetField> All { get; } =
        [.. typeof(WidgetSettings).GetProperties().Select(property => new WidgetField(property))];

    /// <summary>The field's name in the API.</summary>
    public string Name { get; }

    public Type Type => property.PropertyType;

    /// <summary>The rule of a text, or of each item of a list; null for others and for the metadata schema.</summary>
    public FieldAttribute? Rule { get; }

    /// <summary>The field that lists the allowed values; null where nothing does.</summary>
    public WidgetField? AllowedByField =>
        AllowedBy is { } list ? All.Single(other => other.property.Name == list) : null;

    /// <summary>Most items of a list.</summary>
    public int ItemsMax { get; }

    private string? AllowedBy { get; }

    /// <summary>The field's value in these settings.</summary>
    public object? Of(WidgetSettings settings) => property.GetValue(settings);

    /// <summary>Sets the field while the settings are put together; settings in use never change.</summary>
    public void Set(WidgetSettings settings, object? value) => property.SetValue(settings, value);
}
