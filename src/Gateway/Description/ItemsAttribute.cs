namespace Bleepay.Gateway.Description;

/// <summary>
/// States the bounds of a list's items in the API description; the rules themselves lie elsewhere.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemsAttribute(int minLength, int maxLength, string pattern) : Attribute
{
    public int MinLength => minLength;

    public int MaxLength => maxLength;

    public string Pattern => pattern;
}
