namespace Bleepay.Grains.Webhooks;

/// <summary>One endpoint, as it is stored.</summary>
public sealed record WebhookEndpoint
{
    public required string BusinessId { get; init; }
    public required EndpointSettings Settings { get; init; }
    public required bool IsEnabled { get; init; }
    public required SealedSecret Secret { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Since when every attempt has failed; null while attempts succeed.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When deliveries were paused for that; null while they go out.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    public EndpointView View(string id) => new(id, BusinessId, Settings, IsEnabled, PausedAt, CreatedAt, UpdatedAt);
}

/// <summary>What the store of endpoints is handed.</summary>
public sealed class WebhookEndpointState
{
    /// <summary>Null for an endpoint that was never made or is deleted.</summary>
    public WebhookEndpoint? Endpoint { get; set; }

    /// <summary>Set by the store instead of storing, when the business has as many endpoints as it may.</summary>
    public bool HasNoPlace { get; set; }
}
