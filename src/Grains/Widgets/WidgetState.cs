namespace Bleepay.Grains.Widgets;

/// <summary>A widget as it is stored, by the stock grain storage, as JSON.</summary>
public sealed class WidgetState
{
    /// <summary>Null for a widget that was never made, or was deleted.</summary>
    public Widget? Widget { get; set; }

    /// <summary>True once the widget was deleted, and never false again: its id is not reused.</summary>
    public bool IsDeleted { get; set; }
}
