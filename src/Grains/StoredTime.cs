namespace Bleepay.Grains;

/// <summary>Times as they are stored: in milliseconds, because the API returns them so.</summary>
internal static class StoredTime
{
    /// <summary>The time without parts of a millisecond.</summary>
    public static DateTimeOffset Of(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
