using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Bleepay.Gateway.Http;

/// <summary>
/// Sources of a <c>Content-Security-Policy</c> that allow a page's own inline scripts or styles (Content Security
/// Policy Level 3, §2.3.1).
/// </summary>
internal static partial class InlineHashes
{
    /// <summary>The sources for each <c>script</c> of type <c>module</c>, separated by spaces.</summary>
    public static string OfModules(string html) => string.Join(' ', Of(html, Module()));

    /// <summary>The sources for each <c>style</c>, separated by spaces.</summary>
    public static string OfStyles(string html) => string.Join(' ', Of(html, Style()));

    /// <param name="html">The page.</param>
    /// <param name="block">Matches an inline element; its first group is the content.</param>
    /// <returns>One source for each element, such as <c>'sha256-…'</c>.</returns>
    public static IEnumerable<string> Of(string html, Regex block) => block.Matches(html)
        .Select(element => SHA256.HashData(Encoding.UTF8.GetBytes(element.Groups[1].Value)))
        .Select(hash => $"'sha256-{Convert.ToBase64String(hash)}'");

    [GeneratedRegex("<script type=\"module\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Module();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
