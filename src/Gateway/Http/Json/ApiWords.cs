using System.Text.Json;
using Bleepay.Gateway.Checkout;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Http.Json;

/// <summary>
/// The API's words for the names of an enum: <c>FixedAmount</c> is <c>FIXED_AMOUNT</c>. Reasons and simulated
/// outcomes are in lower case.
/// </summary>
internal static class ApiWords
{
    private static readonly Type[] LowerCase =
        [typeof(ExpiryReason), typeof(UnmatchedReason), typeof(SimulatedOutcome)];

    public static IReadOnlyList<string> Of(Type type) => [.. Enum.GetNames(type).Select(name => Word(type, name))];

    public static IReadOnlyList<string> Of<T>()
        where T : struct, Enum => Of(typeof(T));

    /// <returns>The value, or null for a word that the enum does not have.</returns>
    public static object? Parse(Type type, string word) =>
        Enum.GetNames(type).FirstOrDefault(name => Word(type, name) == word) is { } name
            ? Enum.Parse(type, name)
            : null;

    /// <inheritdoc cref="Parse(Type, string)"/>
    public static T? Parse<T>(string word)
        where T : struct, Enum => (T?)Parse(typeof(T), word);

    private static string Word(Type type, string name) =>
        (LowerCase.Contains(type) ? JsonNamingPolicy.SnakeCaseLower : JsonNamingPolicy.SnakeCaseUpper)
        .ConvertName(name);
}
