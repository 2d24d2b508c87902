using System.Collections.Immutable;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;

namespace Bleepay.Gateway.Sessions;

/// <summary>
/// Idempotency as identity: the same widget and key lead to the same session, on any node and after any
/// crash. No server key takes part, so that none can be rotated into a second session.
/// </summary>
internal static class SessionIdentity
{
    private const string Purpose = "dep/v1";

    /// <summary>
    /// Of a hundred silos and with this number of draws, every second session is at home where it is created.
    /// </summary>
    private const int DrawsMax = 64;

    /// <summary>
    /// A session that no request has named before. Ids are drawn until the session's home is this silo, so that its
    /// creation sends nothing to another.
    /// </summary>
    public static string New(ISessionHomes homes, DateTimeOffset now)
    {
        var id = Identifiers.New(Identifiers.SessionPrefix, now);
        for (var draws = 1; draws < DrawsMax && homes.IsElsewhere(id); draws++)
            id = Identifiers.New(Identifiers.SessionPrefix, now);
        return id;
    }

    /// <summary>
    /// The session of this key: the first 128 bits of SHA-256 over purpose, widget and key.
    /// </summary>
    public static string Of(string widgetId, string idempotencyKey) =>
        Identifiers.Of(Identifiers.SessionPrefix, Purpose, widgetId, idempotencyKey);

    /// <summary>
    /// Equal for bodies whose known fields are equal, whatever their order and white space.
    /// </summary>
    public static ImmutableArray<byte> Fingerprint(params ReadOnlySpan<string?> fields) =>
        [.. Identifiers.Hash(fields)];
}
