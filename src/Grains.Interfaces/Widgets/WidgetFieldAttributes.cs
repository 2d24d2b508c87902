using System.Buffers;
using System.Text.RegularExpressions;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Widgets;

/// <summary>A host name, or <c>*.example.com</c> for the subdomains of one.</summary>
public sealed class DomainFieldAttribute() : FieldAttribute(1, WidgetBounds.DomainLengthMax, WidgetBounds.DomainPattern)
{
    public override string? Problem(string value) => DomainPattern.Problem(value);
}

/// <summary>A method of payment, as the merchant's form names it.</summary>
public sealed class MethodFieldAttribute() : FieldAttribute(1, WidgetBounds.MethodLengthMax, WidgetBounds.MethodPattern)
{
    public override string? Problem(string value) =>
        value.Length is 0 or > WidgetBounds.MethodLengthMax || value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? $"must be 1–{WidgetBounds.MethodLengthMax} printable ASCII characters"
            : null;
}

/// <summary>An absolute https URL without user information; http for the local machine only.</summary>
public sealed class UrlFieldAttribute() : FieldAttribute(1, WidgetBounds.UrlLengthMax, null)
{
    /// <summary>RFC 3986 §2: anything else is written percent-encoded.</summary>
    private static readonly SearchValues<char> UrlCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%");

    public override string? Problem(string value)
    {
        if (value.Length is 0 or > WidgetBounds.UrlLengthMax)
            return $"must be 1–{WidgetBounds.UrlLengthMax} characters long";
        return value.AsSpan().IndexOfAnyExcept(UrlCharacters) < 0
            && Uri.TryCreate(value, UriKind.Absolute, out var url)
            && url is { Host.Length: > 0, UserInfo.Length: 0 }
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? null
            : "must be an absolute https URL (http for localhost only), percent-encoded and without user name";
    }
}

/// <summary><c>#RRGGBBAA</c>.</summary>
public sealed partial class ColorFieldAttribute() : FieldAttribute(9, 9, WidgetBounds.ColorPattern)
{
    public override string? Problem(string value) => Color().IsMatch(value) ? null : "must be #RRGGBBAA";

    [GeneratedRegex(@"^#[0-9A-Fa-f]{8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Color();
}

/// <summary>A default of the form: it obeys its field's rule, and the list may not exclude it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllowedByAttribute(string list) : Attribute
{
    /// <summary>The property of <see cref="WidgetSettings"/> that lists the allowed values.</summary>
    public string List => list;
}

/// <summary>A list may have at most this number of items.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ItemsMaxAttribute(int count) : Attribute
{
    public int Count => count;
}
