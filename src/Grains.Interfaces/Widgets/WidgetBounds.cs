namespace Bleepay.Grains.Widgets;

/// <summary>The limits of a widget's settings, as the API description states them.</summary>
public static class WidgetBounds
{
    /// <summary>How many widgets a business may have.</summary>
    public const int WidgetsMax = 10;

    /// <summary>The longest grace of a secret that was rotated out: a day.</summary>
    public const int GraceSecondsMax = 86_400;

    /// <summary>How many secrets that were rotated out may be in their grace at once.</summary>
    public const int FormerSecretsMax = 10;

    public const int NameLengthMax = 128;
    public const int ListItemsMax = 100;
    public const int MethodsMax = 3;
    public const int MethodLengthMax = 32;
    public const int UrlLengthMax = 2048;
    public const int MetadataSchemaBytesMax = 2048;
    public const int EmojiLengthMax = 8;
    public const int DomainLengthMax = 255;
    public const string DomainPattern = @"^(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$";
    public const string MethodPattern = "^[ -~]+$";
    public const string ColorPattern = "^#[0-9A-Fa-f]{8}$";
}
