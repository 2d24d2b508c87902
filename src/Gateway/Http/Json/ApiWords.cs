using System.Text.Json;

namespace Bleepay.Gateway.Http.Json;

/// <summary>The API's words for the names of an enum: <c>FixedAmount</c> is <c>FIXED_AMOUNT</c>.</summary>
internal static class ApiWords
{
    public static IReadOnlyList<string> Of(Type type) => [.. Enum.GetNames(type).Select(Word)];

    public static IReadOnlyList<string> Of<T>()
        where T : struct, Enum => Of(typeof(T));

    /// <returns>The value, or null for a word that the enum does not have.</returns>
    public static object? Parse(Type type, string word) =>
        Enum.GetNames(type).FirstOrDefault(name => Word(name) == word) is { } name ? Enum.Parse(type, name) : null;

    /// <inheritdoc cref="Parse(Type, string)"/>
    public static T? Parse<T>(string word)
        where T : struct, Enum => (T?)Parse(typeof(T), word);

    private static string Word(string name) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(name);
}
