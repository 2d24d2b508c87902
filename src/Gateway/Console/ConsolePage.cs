using System.Text;
using Bleepay.Gateway.Checkout;
using Bleepay.Gateway.Http;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Console;

/// <summary>
/// The console: one response with its styles and its script, the same for every reader. It holds no data; its script
/// reads the API with the token that a reader pastes.
/// </summary>
internal sealed class ConsolePage
{
    private const string ContentType = "text/html; charset=utf-8";

    /// <summary>A browser that returns to the page starts it again, without a token.</summary>
    private const string CacheControl = "no-store";

    private readonly EmbeddedAsset page;
    private readonly string policy;

    public ConsolePage()
    {
        var bytes = EmbeddedAsset.Read("console.html");
        var html = Encoding.UTF8.GetString(bytes);
        page = new(bytes, ContentType);
        policy =
            $"default-src 'none'; script-src {InlineHashes.OfModules(html)}; " +
            $"style-src {InlineHashes.OfStyles(html)}; connect-src 'self'; img-src data:; base-uri 'none'; " +
            "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    }

    /// <summary>Size of the brotli form in bytes.</summary>
    public int CompressedSize => page.CompressedSize;

    /// <summary>Sends the page.</summary>
    public Task Send(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] =
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-write=(self)";
        headers["X-Robots-Tag"] = "noindex";
        return page.Send(http, CacheControl);
    }
}
