using System.Collections.Frozen;
using System.Text.Json;

namespace Bleepay.Grains.Telemetry;

/// <summary>
/// The words of the API for the values of an enum, as labels of metrics and spans. They are made once: an enum as a
/// label would be boxed at each measurement, and exported by the name that it has in this code.
/// </summary>
public static class LabelWords
{
    /// <summary><c>PaymentSeen</c> is <c>PAYMENT_SEEN</c>.</summary>
    public static string Upper<T>(T value)
        where T : struct, Enum => Of<T>.Upper[value];

    /// <summary><c>NoSession</c> is <c>no_session</c>.</summary>
    public static string Lower<T>(T value)
        where T : struct, Enum => Of<T>.Lower[value];

    private static class Of<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Upper = In(JsonNamingPolicy.SnakeCaseUpper);

        public static readonly FrozenDictionary<T, string> Lower = In(JsonNamingPolicy.SnakeCaseLower);

        private static FrozenDictionary<T, string> In(JsonNamingPolicy naming) =>
            Enum.GetValues<T>().ToFrozenDictionary(value => value, value => naming.ConvertName($"{value}"));
    }
}
