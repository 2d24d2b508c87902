using System.Text.RegularExpressions;
using Bleepay.Gateway.Http;
using Microsoft.Playwright;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The script and the page of the release before, in place of the service's: a page keeps what it has loaded while the
/// service is upgraded, and during a roll it may load one half from a node of each release.
/// </summary>
internal static partial class PreviousRelease
{
    private static readonly string Folder =
        Path.Combine(SourceFolder.Root, "tests", "Gateway", "Checkout", "Previous");

    /// <returns>The URLs that were answered so, as they come.</returns>
    public static async Task<IReadOnlyList<string>> SendScript(IPage page)
    {
        var sent = new List<string>();
        await page.RouteAsync("**/v1/widget.js", route =>
        {
            sent.Add(route.Request.Url);
            return route.FulfillAsync(new()
            {
                Path = Path.Combine(Folder, "widget.js"),
                ContentType = "text/javascript",
                Headers = new Dictionary<string, string> { ["Access-Control-Allow-Origin"] = "*" },
            });
        });
        return sent;
    }

    /// <summary>The page has the service's headers, except for the hashes of its script and styles.</summary>
    /// <inheritdoc cref="SendScript" path="/returns"/>
    public static async Task<IReadOnlyList<string>> SendPage(IPage page)
    {
        var sent = new List<string>();
        var html = await File.ReadAllTextAsync(Path.Combine(Folder, "pay.html"));
        await page.RouteAsync("**/pay/**", async route =>
        {
            sent.Add(route.Request.Url);
            var answer = await route.FetchAsync();
            var headers = answer.Headers.ToDictionary();
            var policy = headers["content-security-policy"];
            policy = ScriptSource().Replace(policy, $"script-src {InlineHashes.OfModules(html)}");
            policy = StyleSource().Replace(policy, $"style-src {InlineHashes.OfStyles(html)}");
            headers["content-security-policy"] = policy;
            headers.Remove("content-encoding");
            headers.Remove("content-length");
            await route.FulfillAsync(new() { Status = answer.Status, Headers = headers, Body = html });
        });
        return sent;
    }

    [GeneratedRegex("script-src [^;]*")]
    private static partial Regex ScriptSource();

    [GeneratedRegex("style-src [^;]*")]
    private static partial Regex StyleSource();
}
