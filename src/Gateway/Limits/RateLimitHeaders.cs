using System.Globalization;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Limits;

/// <summary>
/// The headers <c>RateLimit-Policy</c> and <c>RateLimit</c> of draft-ietf-httpapi-ratelimit-headers: each is a list
/// with one item for each policy.
/// </summary>
internal static class RateLimitHeaders
{
    private const string PolicyName = "RateLimit-Policy";
    private const string Name = "RateLimit";

    /// <param name="remaining">The unused part of the quota.</param>
    /// <param name="resetSeconds">Seconds until the quota, or a further part of it, is available.</param>
    public static void Add(IHeaderDictionary headers, Quota quota, long remaining, int resetSeconds)
    {
        var window = quota.WindowSeconds is { } seconds ? Text($";w={seconds}") : "";
        headers.Append(PolicyName, Text($"\"{quota.Policy}\";q={quota.Limit}{window}"));
        headers.Append(Name, Text($"\"{quota.Policy}\";r={remaining};t={resetSeconds}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
