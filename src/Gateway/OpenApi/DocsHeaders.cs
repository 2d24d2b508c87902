using System.Text;
using System.Text.RegularExpressions;
using Bleepay.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.OpenApi;

/// <summary>
/// Headers of the page that describes the API: it runs its own scripts only, connects to this service only, and is
/// shown in no frame. A reader pastes tokens into it.
/// </summary>
internal static partial class DocsHeaders
{
    public const string Path = "/docs";

    private const string PagePath = Path + "/";

    public static void UseDocsHeaders(this WebApplication app) =>
        app.UseWhen(http => http.Request.Path == PagePath, page => page.Use(AddHeaders));

    /// <summary>
    /// The page's own inline script is allowed by its hash, and depends on the library and on the path that the service
    /// is reached by. So it is read from the page on its way out.
    /// </summary>
    private static async Task AddHeaders(HttpContext http, RequestDelegate next)
    {
        var answer = http.Response.Body;
        using var page = new MemoryStream();
        http.Response.Body = page;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = answer;
        }

        var html = Encoding.UTF8.GetString(page.GetBuffer(), 0, (int)page.Length);
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy(html);
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        page.Position = 0;
        await page.CopyToAsync(answer, http.RequestAborted);
    }

    /// <summary>Content Security Policy Level 3. Styles are set by script, which can't be allowed by hash.</summary>
    private static string Policy(string html)
    {
        var scripts = string.Join(' ', InlineHashes.Of(html, InlineScript()).Prepend("'self'"));
        return $"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; " +
            "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
            "frame-ancestors 'none'";
    }

    [GeneratedRegex("<script(?![^>]* src=)[^>]*>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex InlineScript();
}
