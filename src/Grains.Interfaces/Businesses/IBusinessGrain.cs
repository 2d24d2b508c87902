using System.Collections.Immutable;
using Bleepay.Grains.Widgets;

namespace Bleepay.Grains.Businesses;

/// <summary>
/// One business: the owner of its widgets, and of how many it may have. Its key is the business's id. A caller that is
/// not a member gets <c>NotFound</c> from every method.
/// </summary>
[GrainInterfaceType("bleepay.business"), Alias("bleepay.business")]
public interface IBusinessGrain : IGrainWithStringKey
{
    /// <summary>Creates a widget, if the business has fewer than <see cref="WidgetBounds.WidgetsMax"/>.</summary>
    /// <returns>The widget; <c>NotFound</c>; <c>ValidationFailed</c> with every field at fault, and <c>business</c>
    /// when it has as many as it may. Repeated with the same widget id, it changes nothing and returns the widget as it
    /// is.</returns>
    [Alias("CreateWidget")]
    Task<Result<WidgetView>> CreateWidget(Caller caller, CreateWidget command);

    /// <summary>The widgets of the business, newest first.</summary>
    [Alias("ListWidgets")]
    Task<Result<WidgetList>> ListWidgets(Caller caller);

    /// <summary>Deletes a widget and frees its slot. Its sessions are left alone.</summary>
    /// <returns>Null when it is deleted, or <c>NotFound</c>. Safe to repeat until it was answered.</returns>
    [Alias("DeleteWidget")]
    Task<Refusal?> DeleteWidget(Caller caller, string widgetId);
}

/// <summary>All widgets of a business: at most <see cref="WidgetBounds.WidgetsMax"/>.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-list")]
public sealed record WidgetList([property: Id(0)] ImmutableArray<WidgetView> Widgets);
