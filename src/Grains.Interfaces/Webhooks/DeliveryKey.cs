using System.Globalization;
using Bleepay.Grains.Fields;

namespace Bleepay.Grains.Webhooks;

/// <summary>
/// Identifies a delivery: one event of one subject to one endpoint. Its id is made of the three, so the commit that
/// adds the delivery draws no id for it.
/// </summary>
/// <param name="SubjectId">The id of what the event is about: see <see cref="SubjectKind"/>.</param>
/// <param name="Sequence">Of the event among those of its subject, from 1.</param>
[GenerateSerializer, Immutable, Alias("bleepay.delivery-key")]
public sealed record DeliveryKey(
    [property: Id(0)] string EndpointId,
    [property: Id(1)] string SubjectId,
    [property: Id(2)] int Sequence)
{
    /// <summary>128 bits, as <see cref="Identifiers"/> writes them.</summary>
    private const int BodyLength = 22;

    /// <summary><c>dly_</c>, 22 characters of the endpoint, then the event's as in <see cref="EventId"/>.</summary>
    public string Id => string.Concat(
        Identifiers.DeliveryPrefix,
        EndpointId.AsSpan(Identifiers.EndpointPrefix.Length),
        Event(SubjectId, Sequence));

    /// <summary>
    /// The id of the event, the same for every endpoint and at every attempt: <c>evt_</c>, the letter of the subject's
    /// kind, the subject's 22 characters and the sequence number.
    /// </summary>
    public string EventId => EventIdOf(SubjectId, Sequence);

    /// <inheritdoc cref="EventId"/>
    public static string EventIdOf(string subjectId, int sequence) =>
        Identifiers.EventPrefix + Event(subjectId, sequence);

    private static string Event(string subjectId, int sequence)
    {
        var kind = SubjectKind.Of(subjectId);
        return string.Create(
            CultureInfo.InvariantCulture, $"{kind.Letter}{subjectId.AsSpan(kind.Prefix.Length)}{sequence}");
    }

    /// <summary>Null for a text that is no delivery's id.</summary>
    public static DeliveryKey? Parse(string id)
    {
        var letter = Identifiers.DeliveryPrefix.Length + BodyLength;
        var subject = letter + 1;
        var sequence = subject + BodyLength;
        return Identifiers.IsDelivery(id)
            && id.Length > sequence
            && SubjectKind.Of(id[letter])?.Prefix is { } prefix
            && int.TryParse(id.AsSpan(sequence), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new DeliveryKey(
                string.Concat(Identifiers.EndpointPrefix, id.AsSpan(Identifiers.DeliveryPrefix.Length, BodyLength)),
                string.Concat(prefix, id.AsSpan(subject, BodyLength)),
                number)
            : null;
    }
}
