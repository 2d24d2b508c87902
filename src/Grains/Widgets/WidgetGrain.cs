using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// The owner of one widget: its only writer. What is counted here is counted without an await in between, on the widget
/// as it was last committed.
/// </summary>
[GrainType(GrainReferences.WidgetType)]
public sealed partial class WidgetGrain(
    [PersistentState(WidgetGrain.StateName, WidgetGrain.StorageName)] IPersistentState<WidgetState> stored,
    WidgetChanges changes,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<WidgetGrain> logger)
    : Grain, IWidgetGrain
{
    public const string StorageName = "widgets";

    /// <summary>Stored with each widget: never to be changed.</summary>
    public const string StateName = "widget";

    private static readonly Refusal NotFound = Refusal.NotFound("widget");

    /// <summary>Null for a widget that does not exist. Changed in one piece, after its commit.</summary>
    private ActiveWidget? active;

    /// <summary>Of what is stored.</summary>
    private int version;

    private string Id => this.GetPrimaryKeyString();

    /// <summary>The stock storage's ETag is the number of writes; null without a row.</summary>
    private int StoredVersion => int.Parse(stored.Etag ?? "0", CultureInfo.InvariantCulture);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        version = StoredVersion;
        if (stored.State.Widget is { } widget) active = Activate(widget);
        return Task.CompletedTask;
    }

    public async Task<Result<WidgetView>> Create(Caller caller, CreateWidget command)
    {
        if (!caller.IsMemberOf(command.BusinessId) || stored.State.IsDeleted) return NotFound;
        if (active is { Widget: var known }) return known.BusinessId == command.BusinessId ? View(known) : NotFound;

        var now = clock.GetUtcNow();
        var widget = new Widget(command.BusinessId, command.Settings, true, command.SecretHash, now, now);
        return await Commit(widget, WidgetEvent.Created);
    }

    public async Task<Refusal?> Delete(Caller caller, string businessId)
    {
        var owner = active?.Widget.BusinessId;
        if (!caller.IsMemberOf(businessId) || (owner ?? businessId) != businessId) return NotFound;
        if (stored.State.IsDeleted) return null;

        await Store(null);
        active = null;
        if (owner is not null) LogChanged(Id, owner, WidgetEvent.Deleted);
        return null;
    }

    public Task<Result<WidgetView>> Read(Caller caller, string businessId) => Task.FromResult<Result<WidgetView>>(
        FindOwned(caller, businessId) is { } widget ? View(widget) : NotFound);

    public async Task<Result<WidgetView>> Update(Caller caller, string businessId, UpdateWidget command)
    {
        if (FindOwned(caller, businessId) is not { } widget) return NotFound;
        if (command.Unreadable is { } unreadable) return unreadable;

        var settings = WidgetChange.Apply(widget.Settings, command);
        var errors = WidgetRules.Check(settings, command.Errors);
        if (errors.Count > 0) return Refusal.Validation(errors);
        return await Commit(widget with { Settings = settings, UpdatedAt = clock.GetUtcNow() }, WidgetEvent.Updated);
    }

    public async Task<Result<WidgetView>> SetEnabled(Caller caller, string businessId, bool isEnabled)
    {
        if (FindOwned(caller, businessId) is not { } widget) return NotFound;
        if (widget.IsEnabled == isEnabled) return View(widget);

        return await Commit(
            widget with { IsEnabled = isEnabled, UpdatedAt = clock.GetUtcNow() },
            isEnabled ? WidgetEvent.Enabled : WidgetEvent.Disabled);
    }

    public async Task<Result<WidgetView>> RotateSecret(Caller caller, string businessId, RotateSecret command)
    {
        if (FindOwned(caller, businessId) is not { } widget) return NotFound;
        if (command.Unreadable is { } unreadable) return unreadable;
        if (!command.Errors.IsEmpty) return Refusal.Validation(command.Errors);

        var (rotated, error) = WidgetChange.Rotate(widget, command, clock.GetUtcNow());
        return error is null ? await Commit(rotated!, WidgetEvent.SecretRotated) : Refusal.Validation([error]);
    }

    public Task<WidgetVersion> ReadVersion()
    {
        // Only if the cluster was parted has another activation stored a later version. The next activation reads it.
        if (changes.IsSuperseded(Id, version)) DeactivateOnIdle();
        return Task.FromResult(new WidgetVersion(FindOrDeactivate()?.Widget, version));
    }

    public Task<bool> TryTakeCreation() => Task.FromResult(active?.Rate?.TryTake(clock.Uptime()) ?? true);

    /// <summary>The widget; an id without a widget leaves nothing in memory.</summary>
    private ActiveWidget? FindOrDeactivate()
    {
        if (active is null) DeactivateOnIdle();
        return active;
    }

    private Widget? FindOwned(Caller caller, string businessId) =>
        FindOrDeactivate()?.Widget is { } widget && widget.BusinessId == businessId && caller.IsMemberOf(businessId)
            ? widget
            : null;

    /// <summary>Stores a new version of the widget, then uses it.</summary>
    private async Task<Result<WidgetView>> Commit(Widget widget, WidgetEvent change)
    {
        await Store(widget);
        active = Activate(widget);
        LogChanged(Id, widget.BusinessId, change);
        return View(widget);
    }

    /// <param name="widget">Null to delete it.</param>
    private async Task Store(Widget? widget)
    {
        var isStored = false;
        try
        {
            stored.State.Widget = widget;
            stored.State.IsDeleted = widget is null;
            await stored.WriteStateAsync();
            isStored = true;
            version = StoredVersion;
            changes.Record(Id, version);
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored) DeactivateOnIdle();
        }
    }

    /// <summary>Keeps the rate limiter where its rate is unchanged: other changes must not refill it.</summary>
    private ActiveWidget Activate(Widget widget)
    {
        var perSecond = widget.Settings.MaxCreationsPerSecond;
        var rate = perSecond is null ? null
            : perSecond == active?.Widget.Settings.MaxCreationsPerSecond ? active.Rate
            : new CreationRate(perSecond.Value, clock.Uptime());
        return new(widget, rate);
    }

    private WidgetView View(Widget widget) => WidgetRules.View(Id, widget);

    [LoggerMessage(LogLevel.Information, "Widget {WidgetId} of business {BusinessId}: {Change}")]
    private partial void LogChanged(string widgetId, string businessId, WidgetEvent change);

    private enum WidgetEvent
    {
        Created,
        Updated,
        Enabled,
        Disabled,
        SecretRotated,
        Deleted,
    }

    private sealed record ActiveWidget(Widget Widget, CreationRate? Rate);
}
