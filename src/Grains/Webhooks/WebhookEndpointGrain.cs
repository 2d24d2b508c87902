using System.Collections.Immutable;
using System.Net.Sockets;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Keys;
using Bleepay.Grains.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Grains.Webhooks;

/// <summary>The owner of one endpoint, and the only one that delivers to it.</summary>
[GrainType("webhookendpoint")]
public sealed partial class WebhookEndpointGrain : Grain, IWebhookEndpointGrain, IDeliveryQueueOwner
{
    public const string StorageName = "webhooks";

    private static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ActiveTime = TimeSpan.FromMinutes(2);

    private static readonly Refusal TooManyTestEvents = Refusal.OverQuota(
        $"{WebhookBounds.TestEventsWaitingMax} test events of this endpoint wait to be delivered. Read why their " +
        "deliveries fail, and send another test event after they are delivered.",
        new Quota("test-events", WebhookBounds.TestEventsWaitingMax),
        retryAfterSeconds: 30);

    private readonly IPersistentState<WebhookEndpointState> stored;
    private readonly IWebhookStore store;
    private readonly WebhookNetwork network;
    private readonly WebhookOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<WebhookEndpointGrain> logger;
    private readonly DeliveryQueue queue;

    /// <summary>
    /// The begin of the present streak of failures on the monotonic clock; null without one. The endpoint stores the
    /// begin of a streak that lasts, as wall time.
    /// </summary>
    private TimeSpan? failingFrom;

    public WebhookEndpointGrain(
        [PersistentState("webhook-endpoint", StorageName)] IPersistentState<WebhookEndpointState> stored,
        IWebhookStore store,
        WebhookNetwork network,
        WebhookSender sender,
        WebhookSecrets secrets,
        IOptions<WebhookOptions> options,
        [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
        ILogger<WebhookEndpointGrain> logger)
    {
        this.stored = stored;
        this.store = store;
        this.network = network;
        this.options = options.Value;
        this.clock = clock;
        this.logger = logger;
        queue = new DeliveryQueue(this, store, sender, secrets, options.Value, clock, logger);
    }

    public string Id => this.GetPrimaryKeyString();

    public WebhookEndpoint? Endpoint => stored.State.Endpoint;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        failingFrom = StoredStreak();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.WhenAny(queue.Stop(), Task.Delay(Timeout.Infinite, cancellationToken));
        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    public async Task<Result<EndpointView>> Create(Caller caller, CreateEndpoint command)
    {
        var businessId = command.BusinessId;
        if (!caller.IsMemberOf(businessId) || (Endpoint?.BusinessId ?? businessId) != businessId)
        {
            if (Endpoint is null) DeactivateOnIdle();
            return Refusal.NotFound("business");
        }

        if (Endpoint is { } known) return known.View(Id);

        var errors = await Check(command.Settings, command.Errors);
        if (errors.IsEmpty)
        {
            var now = StoredTime.Of(clock.GetUtcNow());
            await Store(new WebhookEndpoint
            {
                BusinessId = businessId,
                Settings = command.Settings,
                IsEnabled = true,
                Secret = command.Secret,
                CreatedAt = now,
                UpdatedAt = now,
            });
            if (stored.State.Refused is not { } problem)
            {
                LogCreated(Id, businessId);
                return Endpoint!.View(Id);
            }

            errors = [new("url", problem)];
        }

        DeactivateOnIdle();
        return Refusal.Validation(errors);
    }

    public Task<Result<EndpointView>> Read(Caller caller, string businessId) => Task.FromResult<Result<EndpointView>>(
        FindOrDeactivate(caller, businessId) is { } endpoint ? endpoint.View(Id) : NotFound());

    public async Task<Result<EndpointView>> Update(Caller caller, string businessId, EndpointChange change)
    {
        if (FindOrDeactivate(caller, businessId) is not { } endpoint) return NotFound();

        var settings = EndpointRules.Apply(endpoint.Settings, change);
        var errors = await Check(settings, change.Errors);
        if (!errors.IsEmpty) return Refusal.Validation(errors);
        var changed = await Change(now => Renewed(now) with { Settings = settings });
        return stored.State.Refused is { } problem ? Refusal.Validation([new("url", problem)]) : changed;
    }

    public async Task<Result<EndpointView>> RotateSecret(
        Caller caller, string businessId, RotateEndpointSecret command)
    {
        if (FindOrDeactivate(caller, businessId) is not { } endpoint) return NotFound();
        if (command.Unreadable is { } unreadable) return unreadable;

        var errors = command.Errors;
        if (command.GraceSeconds is < 0 or > WebhookBounds.GraceSecondsMax)
            errors = errors.Add(new("graceSeconds", $"must be 0–{WebhookBounds.GraceSecondsMax}"));
        return errors.IsEmpty
            ? await Change(now => EndpointRules.Rotate(endpoint, command.Secret, command.GraceSeconds, now))
            : Refusal.Validation(errors);
    }

    public async Task<Result<DeliverySummary>> SendTestEvent(Caller caller, string businessId, SendTestEvent command)
    {
        if (FindOrDeactivate(caller, businessId) is not { } endpoint) return NotFound();
        if (command.Unreadable is { } unreadable) return unreadable;

        var errors = command.Errors;
        if (!errors.Any(error => EndpointRules.IsAbout("type", error)) && !EventTypes.Sent.Contains(command.EventType))
            errors = errors.Add(new("type", $"must be one of: {string.Join(", ", EventTypes.Sent)}"));
        if (!errors.IsEmpty) return Refusal.Validation(errors);
        if (!endpoint.IsEnabled)
            return Refusal.Validation([new("endpointId", "must be of an enabled endpoint; enable it first")]);

        var key = new DeliveryKey(Id, Identifiers.New(Identifiers.TestEventPrefix), TestEvent.Sequence);
        var now = StoredTime.Of(clock.GetUtcNow());
        if (!await store.AddTestEvent(new TestEventDelivery(key, businessId, command.EventType, now)))
            return TooManyTestEvents;

        queue.Wake();
        return new DeliverySummary(key, command.EventType, DeliveryStatus.Pending, 0, null, now);
    }

    public async Task<Result<EndpointView>> SetEnabled(Caller caller, string businessId, bool isEnabled)
    {
        if (FindOrDeactivate(caller, businessId) is not { } endpoint) return NotFound();
        if (endpoint.IsEnabled == isEnabled && endpoint.PausedAt is null) return endpoint.View(Id);
        return await Change(now => Renewed(now) with { IsEnabled = isEnabled });
    }

    public async Task<Result<EndpointView>> Delete(Caller caller, string businessId)
    {
        if (FindOrDeactivate(caller, businessId) is not { } endpoint) return NotFound();

        await stored.ClearStateAsync();
        LogDeleted(Id, businessId);
        await CancelTheRest();
        return endpoint.View(Id);
    }

    public Task Wake(DeliveryKey? cause)
    {
        if (Endpoint is null) return CancelTheRest();
        if (cause is not null && Traces.Caller is { } caller) queue.Link(cause, caller);
        queue.Wake();
        return Task.CompletedTask;
    }

    public async Task Observe(AttemptOutcome outcome)
    {
        var uptime = clock.Uptime();
        failingFrom = outcome.IsSuccess ? null : failingFrom ?? uptime;
        if (Endpoint is not { } before) return;

        var after = EndpointRules.Observe(before, uptime - failingFrom, clock.GetUtcNow(), options.PauseAfter);
        if (ReferenceEquals(after, before)) return;
        await Store(after);
        if (before.PausedAt is null && after.PausedAt is not null) LogPaused(Id, before.BusinessId, after.FailingSince);
        else if (before.PausedAt is not null && after.PausedAt is null) LogResumed(Id, before.BusinessId);
    }

    public void KeepActive() => DelayDeactivation(ActiveTime);

    private async Task<ImmutableArray<FieldError>> Check(
        EndpointSettings settings, ImmutableArray<FieldError> alreadyWrong)
    {
        var errors = EndpointRules.Check(settings, alreadyWrong, options.AllowPrivateNetworks);
        if (errors.Any(error => EndpointRules.IsAbout("url", error))) return errors;

        using var timeout = new CancellationTokenSource(ResolveTimeout);
        try
        {
            await network.Resolve(new Uri(settings.Url).DnsSafeHost, timeout.Token);
            return errors;
        }
        catch (Exception failure) when (failure is AddressNotAllowedException or SocketException
            or OperationCanceledException or ArgumentException)
        {
            // The same for a name that does not resolve and for one that resolves to a private address: the difference
            // would list the names of the operator's own network.
            return errors.Add(new("url", "must have a host that resolves to addresses of the public internet only"));
        }
    }

    /// <summary>A change ends the streak of failures and the pause.</summary>
    private WebhookEndpoint Renewed(DateTimeOffset now) =>
        Endpoint! with { UpdatedAt = now, FailingSince = null, PausedAt = null };

    private async Task<Result<EndpointView>> Change(Func<DateTimeOffset, WebhookEndpoint> change)
    {
        var now = StoredTime.Of(clock.GetUtcNow());
        await Store(change(now));
        failingFrom = StoredStreak();
        queue.EndBackOff();
        queue.Wake();
        return Endpoint!.View(Id);
    }

    private TimeSpan? StoredStreak() => clock.Uptime() - EndpointRules.FailingFor(Endpoint, clock.GetUtcNow());

    private async Task Store(WebhookEndpoint endpoint)
    {
        var isStored = false;
        try
        {
            stored.State.Endpoint = endpoint;
            await stored.WriteStateAsync();
            isStored = stored.State.Refused is null;
        }
        finally
        {
            // Whether a failed write took effect is unknown here. The next activation reads the truth.
            if (!isStored) DeactivateOnIdle();
        }
    }

    private async Task CancelTheRest()
    {
        while (await store.Cancel(Id)) KeepActive();
        DeactivateOnIdle();
    }

    /// <summary>The endpoint if the caller may see it; an id without an endpoint leaves nothing in memory.</summary>
    private WebhookEndpoint? FindOrDeactivate(Caller caller, string businessId)
    {
        if (Endpoint is null) DeactivateOnIdle();
        return Endpoint is { } endpoint && endpoint.BusinessId == businessId && caller.IsMemberOf(businessId)
            ? endpoint
            : null;
    }

    private static Refusal NotFound() => Refusal.NotFound("webhook endpoint");

    [LoggerMessage(LogLevel.Information, "Webhook endpoint {EndpointId} of business {BusinessId} created")]
    private partial void LogCreated(string endpointId, string businessId);

    [LoggerMessage(LogLevel.Information, "Webhook endpoint {EndpointId} of business {BusinessId} deleted")]
    private partial void LogDeleted(string endpointId, string businessId);

    [LoggerMessage(LogLevel.Warning,
        "Webhook endpoint {EndpointId} of business {BusinessId} is paused: it has failed since {FailingSince}")]
    private partial void LogPaused(string endpointId, string businessId, DateTimeOffset? failingSince);

    [LoggerMessage(LogLevel.Information,
        "Webhook endpoint {EndpointId} of business {BusinessId} is no longer paused")]
    private partial void LogResumed(string endpointId, string businessId);
}
