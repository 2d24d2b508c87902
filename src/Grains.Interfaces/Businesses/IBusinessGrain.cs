using System.Collections.Immutable;
using Bleepay.Grains.Widgets;

namespace Bleepay.Grains.Businesses;

/// <summary>
/// One business: the owner of its widgets, and of how many it may have. Its key is the business's id. Who calls has
/// made sure that the caller is a member.
/// </summary>
[GrainInterfaceType("bleepay.business"), Alias("bleepay.business")]
public interface IBusinessGrain : IGrainWithStringKey
{
    /// <summary>Creates a widget, if the business has fewer than <see cref="WidgetBounds.WidgetsMax"/>.</summary>
    /// <returns>The widget; <c>ValidationFailed</c> with every field at fault, and <c>business</c> when it has as many
    /// as it may. Repeated with the same widget id, it changes nothing and returns the widget as it is.</returns>
    [Alias("CreateWidget")]
    Task<Result<WidgetView>> CreateWidget(CreateWidget command);

    /// <summary>The widgets of the business, newest first.</summary>
    [Alias("ListWidgets")]
    Task<ImmutableArray<WidgetView>> ListWidgets();

    /// <summary>Deletes a widget and frees its place. Its sessions are left alone.</summary>
    /// <returns>Null when it is deleted, or <c>NotFound</c>. Safe to repeat until it was answered.</returns>
    [Alias("DeleteWidget")]
    Task<Refusal?> DeleteWidget(string widgetId);
}
