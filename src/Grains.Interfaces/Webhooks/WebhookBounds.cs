namespace Bleepay.Grains.Webhooks;

/// <summary>The limits of webhook endpoints, as the API description states them.</summary>
public static class WebhookBounds
{
    public const int EndpointsPerBusinessMax = 20;
    public const int UrlLengthMax = 2048;
    public const int DescriptionLengthMax = 256;

    /// <summary>Longest time for which the secret before a rotation signs along: a day.</summary>
    public const int GraceSecondsMax = 86_400;

    /// <summary>Most test events that wait for one endpoint.</summary>
    public const int TestEventsWaitingMax = 10;
}
