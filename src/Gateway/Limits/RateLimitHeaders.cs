using System.Globalization;
using Bleepay.Grains;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Limits;

/// <summary>
/// <c>RateLimit-Policy</c> and <c>RateLimit</c> as draft-ietf-httpapi-ratelimit-headers has them: a list of policies,
/// one item each.
/// </summary>
internal static class RateLimitHeaders
{
    private const string PolicyName = "RateLimit-Policy";
    private const string Name = "RateLimit";

    /// <param name="left">How much of the quota is left.</param>
    /// <param name="resetSeconds">When all of it, or some more of it, is there again.</param>
    public static void Add(IHeaderDictionary headers, Quota quota, long left, int resetSeconds)
    {
        var window = quota.WindowSeconds is { } seconds ? Text($";w={seconds}") : "";
        headers.Append(PolicyName, Text($"\"{quota.Policy}\";q={quota.Limit}{window}"));
        headers.Append(Name, Text($"\"{quota.Policy}\";r={left};t={resetSeconds}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
