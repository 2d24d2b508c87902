namespace Bleepay.Grains.MetadataSchemas;

/// <summary>One thing that is wrong with a value that was validated.</summary>
/// <param name="Path">
/// Where, from the root of the value: <c>orderId</c>, <c>items[2].sku</c>, the empty string for the root
/// itself. A name that would read ambiguously there is written in brackets and quotes: <c>["a.b"]</c>.
/// </param>
/// <param name="Message">What is wrong, as a predicate of that location: <c>must be a string</c>.</param>
public sealed record SchemaViolation(string Path, string Message);
