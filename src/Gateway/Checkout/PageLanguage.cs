using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Checkout;

/// <summary>The languages of the checkout page, by their BCP 47 tags.</summary>
internal static class PageLanguage
{
    /// <summary>The language of a customer who prefers none of the others.</summary>
    public const string Default = "en";

    /// <summary>Each has a file <c>text/*.json</c>.</summary>
    public static readonly IReadOnlyList<string> All =
        [Default, "de", "es", "fr", "pt", "it", "nl", "pl", "tr", "ja", "ko", "zh-Hans", "ar"];

    /// <summary>True if the language is written from right to left.</summary>
    public static bool IsRightToLeft(string language) => language == "ar";

    /// <summary>
    /// The language of the query's <c>locale</c>, else the one that <c>Accept-Language</c> prefers.
    /// </summary>
    public static string Of(HttpRequest request) =>
        Match(request.Query["locale"].ToString())
        ?? request.GetTypedHeaders().AcceptLanguage
            .Where(language => language.Quality is null or > 0)
            .OrderByDescending(language => language.Quality ?? 1)
            .Select(language => Match(language.Value.ToString()))
            .FirstOrDefault(language => language is not null)
        ?? Default;

    /// <summary>By the primary subtag (RFC 4647 §3.4): Brazilian Portuguese gets pt, any Chinese zh-Hans.</summary>
    private static string? Match(string tag)
    {
        var primary = tag.Split('-', '_')[0];
        return All.FirstOrDefault(language =>
            language.Split('-')[0].Equals(primary, StringComparison.OrdinalIgnoreCase));
    }
}
