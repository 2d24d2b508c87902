using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bleepay.Gateway.Chains;
using Bleepay.Gateway.Checkout;
using Bleepay.Gateway.Health;
using Bleepay.Gateway.Sessions;
using Bleepay.Gateway.Webhooks;
using Bleepay.Gateway.Widgets;
using Bleepay.Grains.Chains;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Webhooks;
using Bleepay.Grains.Widgets;

namespace Bleepay.Gateway.Http.Json;

/// <summary>
/// How answers are written: camelCase names, UPPER_SNAKE words, null for a field without a value.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters =
    [
        typeof(UtcMillisecondsConverter),
        typeof(UpperSnakeConverter<PaymentStatus>),
        typeof(UpperSnakeConverter<ChangeCause>),
        typeof(UpperSnakeConverter<PaymentStage>),
        typeof(UpperSnakeConverter<WidgetMode>),
        typeof(UpperSnakeConverter<RenderMode>),
        typeof(UpperSnakeConverter<DeliveryStatus>),
        typeof(LowerSnakeConverter<ExpiryReason>),
        typeof(LowerSnakeConverter<UnmatchedReason>),
    ])]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(IReadOnlyList<ChainHealth>))]
[JsonSerializable(typeof(IReadOnlyList<NetworkResource>))]
[JsonSerializable(typeof(IReadOnlyList<CurrencyResource>))]
[JsonSerializable(typeof(CreateSessionRequest))]
[JsonSerializable(typeof(SessionCreated))]
[JsonSerializable(typeof(CheckoutResource))]
[JsonSerializable(typeof(SessionResource))]
[JsonSerializable(typeof(SessionDetails))]
[JsonSerializable(typeof(ListedSession))]
[JsonSerializable(typeof(IReadOnlyList<ListedSession>))]
[JsonSerializable(typeof(SessionCancelled))]
[JsonSerializable(typeof(ReportPaymentRequest))]
[JsonSerializable(typeof(CreateWidgetRequest))]
[JsonSerializable(typeof(UpdateWidgetRequest))]
[JsonSerializable(typeof(RotateSecretRequest))]
[JsonSerializable(typeof(WidgetCreated))]
[JsonSerializable(typeof(SecretRotated))]
[JsonSerializable(typeof(WidgetResource))]
[JsonSerializable(typeof(IReadOnlyList<WidgetResource>))]
[JsonSerializable(typeof(WidgetConfigAnswer))]
[JsonSerializable(typeof(CreateEndpointRequest))]
[JsonSerializable(typeof(UpdateEndpointRequest))]
[JsonSerializable(typeof(EndpointCreated))]
[JsonSerializable(typeof(EndpointResource))]
[JsonSerializable(typeof(IReadOnlyList<EndpointResource>))]
[JsonSerializable(typeof(RotateEndpointSecretRequest))]
[JsonSerializable(typeof(EndpointSecretRotated))]
[JsonSerializable(typeof(SendTestEventRequest))]
[JsonSerializable(typeof(DeliveryResource))]
[JsonSerializable(typeof(IReadOnlyList<DeliveryResource>))]
[JsonSerializable(typeof(DeliveryDetailsResource))]
[JsonSerializable(typeof(DepositEventBody))]
[JsonSerializable(typeof(UnmatchedEventBody))]
[JsonSerializable(typeof(AssignPaymentRequest))]
[JsonSerializable(typeof(UnmatchedPaymentResource))]
[JsonSerializable(typeof(IReadOnlyList<UnmatchedPaymentResource>))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;

/// <summary>
/// The types of the API with the encoder that answers need: text is written with only the escapes that JSON requires,
/// because answers are JSON by their media type and never part of a page.
/// </summary>
internal static class ApiJson
{
    public static ApiJsonContext Types { get; } = new(new JsonSerializerOptions(ApiJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>
/// The words of the API for the names of an enum: <c>FixedAmount</c> is <c>FIXED_AMOUNT</c>.
/// </summary>
internal sealed class UpperSnakeConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseUpper, false)
    where T : struct, Enum;

/// <summary>The same in lower case, for reasons.</summary>
internal sealed class LowerSnakeConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, false)
    where T : struct, Enum;

/// <summary>ISO 8601 in UTC, always with three digits of a second and <c>Z</c>.</summary>
internal sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        value.UtcDateTime.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}
