using System.Collections.Immutable;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// Which pages may show the checkout in a frame: the same that may open a session, by the directive of Content Security
/// Policy Level 3.
/// </summary>
internal static class FrameAncestors
{
    /// <summary>
    /// The directive's value. An entry has no scheme, so that it takes the page's own, and any port, as
    /// <c>allowedDomains</c> does.
    /// </summary>
    /// <param name="allowedDomains">Of the widget; empty allows all, null no page.</param>
    public static string Of(ImmutableArray<string>? allowedDomains) => allowedDomains switch
    {
        null => "'none'",
        { IsEmpty: true } => "*",
        { } domains => string.Join(' ', domains.Select(domain => $"{domain}:*")),
    };
}
