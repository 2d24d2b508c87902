using System.Collections.Immutable;

namespace Bleepay.Grains.Businesses;

/// <summary>A business as it is stored, by the stock grain storage, as JSON.</summary>
public sealed class BusinessState
{
    /// <summary>
    /// The slots that are taken, the oldest first. A slot is taken before its widget is made and freed after its
    /// widget is gone, so a crash in between leaves a slot without a widget, and never a widget without a slot.
    /// </summary>
    public ImmutableArray<string> WidgetIds { get; set; } = [];
}
