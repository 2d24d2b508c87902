using System.Collections.Immutable;
using Bleepay.Grains.Widgets;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Businesses;

/// <summary>
/// The owner of a business's widgets. One mailbox counts them, so that creations at the same moment can't pass the
/// limit together.
/// </summary>
[GrainType("business")]
public sealed partial class BusinessGrain(
    [PersistentState("business", WidgetGrain.StorageName)] IPersistentState<BusinessState> stored,
    ILogger<BusinessGrain> logger)
    : Grain, IBusinessGrain
{
    private static readonly FieldError IsFull = new(
        "business", $"has {WidgetBounds.WidgetsMax} widgets, which is the most; delete one first");

    private static readonly Refusal NotFound = Refusal.NotFound("business");

    /// <summary>Slots whose widget was seen. Any other may be what a crash has left.</summary>
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    private string Id => this.GetPrimaryKeyString();

    private ImmutableArray<string> WidgetIds => stored.State.WidgetIds;

    public async Task<Result<WidgetView>> CreateWidget(Caller caller, CreateWidget command)
    {
        if (!caller.IsMemberOf(Id) || command.BusinessId != Id) return NotFound;

        var errors = WidgetRules.Check(command.Settings, command.Errors).ToList();
        var isRepeated = WidgetIds.Contains(command.WidgetId);
        if (!isRepeated && WidgetIds.Length >= WidgetBounds.WidgetsMax)
        {
            await FreeSlotsWithoutWidget(caller);
            if (WidgetIds.Length >= WidgetBounds.WidgetsMax) errors.Add(IsFull);
        }

        if (errors.Count > 0) return Refusal.Validation(errors);

        if (!isRepeated) await Store(WidgetIds.Add(command.WidgetId));
        var created = await Widget(command.WidgetId).Create(caller, command);
        seen.Add(command.WidgetId);
        return created;
    }

    public async Task<Result<WidgetList>> ListWidgets(Caller caller)
    {
        if (!caller.IsMemberOf(Id)) return NotFound;

        var widgets = await Task.WhenAll(WidgetIds.Reverse().Select(id => Read(caller, id)));
        return new WidgetList([.. widgets.OfType<WidgetView>()]);
    }

    public async Task<Refusal?> DeleteWidget(Caller caller, string widgetId)
    {
        if (!caller.IsMemberOf(Id) || !WidgetIds.Contains(widgetId)) return Refusal.NotFound("widget");

        await Free(caller, widgetId);
        return null;
    }

    private async Task FreeSlotsWithoutWidget(Caller caller)
    {
        foreach (var id in WidgetIds.Where(id => !seen.Contains(id)))
            if (await Read(caller, id) is null)
            {
                LogEmptySlot(id, Id);
                await Free(caller, id);
            }
    }

    /// <summary>
    /// The widget first: once it is deleted, not even a creation that was long under way brings it back.
    /// </summary>
    private async Task Free(Caller caller, string widgetId)
    {
        await Widget(widgetId).Delete(caller, Id);
        await Store(WidgetIds.Remove(widgetId));
        seen.Remove(widgetId);
    }

    private async Task<WidgetView?> Read(Caller caller, string widgetId)
    {
        var read = await Widget(widgetId).Read(caller, Id);
        if (!read.TryGet(out var widget, out _)) return null;
        seen.Add(widgetId);
        return widget;
    }

    private IWidgetGrain Widget(string widgetId) => GrainFactory.Widget(widgetId);

    private async Task Store(ImmutableArray<string> widgetIds)
    {
        var isStored = false;
        try
        {
            stored.State.WidgetIds = widgetIds;
            await stored.WriteStateAsync();
            isStored = true;
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored) DeactivateOnIdle();
        }
    }

    [LoggerMessage(LogLevel.Warning, "The creation of widget {WidgetId} of business {BusinessId} was interrupted")]
    private partial void LogEmptySlot(string widgetId, string businessId);
}
