using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Bleepay.Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Bleepay.Gateway.Checkout;

/// <summary>
/// The page on which a customer pays: one response with its styles, its script and the words of one language. The same
/// bytes serve every widget and session; what differs are the headers.
/// </summary>
/// <remarks>
/// Nothing is loaded beside it, so that a page of one release never requests a file from a node of another. Styles and
/// script are allowed by their hashes, so that the response can be cached.
/// </remarks>
internal sealed class CheckoutPage
{
    private const string ContentType = "text/html; charset=utf-8";
    private const string CacheControl = "no-cache";

    private readonly string template = Encoding.UTF8.GetString(EmbeddedAsset.Read("pay.html"));
    private readonly ConcurrentDictionary<string, EmbeddedAsset> languages = new();
    private readonly string sources;

    public CheckoutPage() => sources =
        $"default-src 'none'; script-src {InlineHashes.OfModules(template)}; " +
        $"style-src {InlineHashes.OfStyles(template)}; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>Sends the page of a widget.</summary>
    /// <param name="http">The request, whose language it takes.</param>
    /// <param name="allowedDomains">The widget's; null if there is no such widget.</param>
    /// <param name="iconUrl">The merchant's icon, an absolute URL or null.</param>
    public Task Send(HttpContext http, ImmutableArray<string>? allowedDomains, string? iconUrl)
    {
        var language = PageLanguage.Of(http.Request);
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy =
            $"{sources}; img-src 'self' data:{OriginOf(iconUrl)}; frame-ancestors {FrameAncestors.Of(allowedDomains)}";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Embedder-Policy"] = "credentialless";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers["Permissions-Policy"] =
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self)";
        headers["X-Robots-Tag"] = "noindex";
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptLanguage);
        if (allowedDomains is null) http.Response.StatusCode = StatusCodes.Status404NotFound;
        return In(language).Send(http, CacheControl);
    }

    /// <summary>The page in one of <see cref="PageLanguage.All"/>.</summary>
    public EmbeddedAsset In(string language) => languages.GetOrAdd(language, _ => new(
        Encoding.UTF8.GetBytes(template
            .Replace("{lang}", language, StringComparison.Ordinal)
            .Replace("{dir}", PageLanguage.IsRightToLeft(language) ? "rtl" : "ltr", StringComparison.Ordinal)
            .Replace("{words}", WordsOf(language), StringComparison.Ordinal)),
        ContentType));

    /// <summary>The parsed scheme, host and port of the icon, never the merchant's own text.</summary>
    private static string OriginOf(string? iconUrl) =>
        Uri.TryCreate(iconUrl, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
            ? $" https://{url.IdnHost}:{url.Port}"
            : "";

    /// <summary>A data block of HTML ends at the first <c>&lt;/script</c>, which no dictionary needs.</summary>
    private static string WordsOf(string language) =>
        Encoding.UTF8.GetString(EmbeddedAsset.Read($"text/{language}.json"))
            .Replace("<", "\\u003c", StringComparison.Ordinal);
}
