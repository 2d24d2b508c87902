using System.Collections.Immutable;

namespace Bleepay.Grains.Webhooks;

/// <summary>The limits of webhook endpoints, as the API description states them.</summary>
public static class WebhookBounds
{
    public const int EndpointsPerBusinessMax = 20;
    public const int UrlLengthMax = 2048;
    public const int DescriptionLengthMax = 256;

    /// <summary>Every event type that may be subscribed to. <c>deposit.failed</c> is never sent.</summary>
    public static readonly ImmutableArray<string> EventTypes =
    [
        "deposit.created", "deposit.pending", "deposit.confirmed", "deposit.expired", "deposit.underpaid",
        "deposit.overpaid", "deposit.paid_late", "deposit.failed",
    ];
}
