namespace Bleepay.Grains;

/// <summary>The limits of lists, as the API description states them.</summary>
public static class ListBounds
{
    /// <summary>The most items that a request for a page may ask for.</summary>
    public const int LimitMax = 1_000;

    /// <summary>The deepest page that <c>offset</c> reaches: each item that it skips is read all the same.</summary>
    public const int OffsetMax = 10_000;

    /// <summary>
    /// The most bytes that a page has in an answer, unless its first item alone has more. A page that would have more
    /// ends early.
    /// </summary>
    public const int PageBytesMax = 1_000_000;
}
