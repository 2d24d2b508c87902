namespace Bleepay.Grains.Webhooks;

/// <summary>One endpoint, as it is stored.</summary>
public sealed record WebhookEndpoint
{
    public required string BusinessId { get; init; }
    public required EndpointSettings Settings { get; init; }
    public required bool IsEnabled { get; init; }

    /// <summary>Signs every request.</summary>
    public required SealedSecret Secret { get; init; }

    /// <summary>Signs along until its grace ends; null without a grace.</summary>
    public PreviousSecret? PreviousSecret { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Since when every attempt has failed; null while attempts succeed.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When deliveries were paused for that; null while they go out.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    public EndpointView View(string id) => new(id, BusinessId, Settings, IsEnabled, PausedAt, CreatedAt, UpdatedAt);
}

/// <summary>The secret before the last rotation.</summary>
/// <param name="Until">When it stops signing. UTC, whole milliseconds.</param>
public sealed record PreviousSecret(SealedSecret Secret, DateTimeOffset Until);

/// <summary>What the store of endpoints is handed.</summary>
public sealed class WebhookEndpointState
{
    /// <summary>Null for an endpoint that was never made or is deleted.</summary>
    public WebhookEndpoint? Endpoint { get; set; }

    /// <summary>
    /// Set by the store where it refuses the write: what is wrong with the endpoint's URL beside the business's other
    /// endpoints. Null after a write that took effect.
    /// </summary>
    public string? Refused { get; set; }
}
