using System.Globalization;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// Identifies a delivery: one event of one session to one endpoint. Its id is made of the three, so that the
/// commit that owes the delivery needs none drawn for it.
/// </summary>
/// <param name="Sequence">The session's sequence number at the event.</param>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-key")]
public sealed record DeliveryKey(
    [property: Id(0)] string EndpointId,
    [property: Id(1)] string SessionId,
    [property: Id(2)] int Sequence)
{
    /// <summary>128 bits, as <see cref="Identifiers"/> writes them.</summary>
    private const int BodyLength = 22;

    /// <summary><c>dly_</c>, the endpoint's and the session's 22 characters, and the sequence number.</summary>
    public string Id => string.Create(
        CultureInfo.InvariantCulture,
        $"{Identifiers.DeliveryPrefix}{Body(EndpointId, Identifiers.EndpointPrefix)}" +
        $"{Body(SessionId, Identifiers.SessionPrefix)}{Sequence}");

    /// <summary>The id of the event, the same for every endpoint and at every attempt.</summary>
    public string EventId => string.Create(
        CultureInfo.InvariantCulture,
        $"{Identifiers.EventPrefix}{Body(SessionId, Identifiers.SessionPrefix)}{Sequence}");

    /// <summary>Null for a text that is no delivery's id.</summary>
    public static DeliveryKey? Parse(string id)
    {
        var begin = Identifiers.DeliveryPrefix.Length;
        var sequence = begin + (2 * BodyLength);
        return Identifiers.IsDelivery(id)
            && id.Length > sequence
            && int.TryParse(id.AsSpan(sequence), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new DeliveryKey(
                string.Concat(Identifiers.EndpointPrefix, id.AsSpan(begin, BodyLength)),
                string.Concat(Identifiers.SessionPrefix, id.AsSpan(begin + BodyLength, BodyLength)),
                number)
            : null;
    }

    private static string Body(string id, string prefix) => id[prefix.Length..];
}
