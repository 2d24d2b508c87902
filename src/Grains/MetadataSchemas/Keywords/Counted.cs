using System.Globalization;

namespace Bleepay.Grains.MetadataSchemas.Keywords;

/// <summary>Writes a number together with what it counts.</summary>
internal static class Counted
{
    public static string Of(int count, string singular, string? plural = null)
    {
        var noun = count == 1 ? singular : plural ?? $"{singular}s";
        return string.Create(CultureInfo.InvariantCulture, $"{count} {noun}");
    }
}
