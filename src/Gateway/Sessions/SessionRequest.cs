using System.Collections.Immutable;
using Bleepay.Gateway.Http.Json;
using Bleepay.Grains;
using Bleepay.Grains.Fields;
using Bleepay.Grains.Sessions;
using Bleepay.Grains.Widgets;
using Microsoft.AspNetCore.Http;

namespace Bleepay.Gateway.Sessions;

/// <summary>A create-session request as HTTP brought it, read but not judged.</summary>
/// <param name="SessionId">New, or that of the request's Idempotency-Key.</param>
/// <param name="Fingerprint">Of the body, when there is a key; else empty.</param>
internal sealed record SessionRequest(
    string SessionId, SessionDraft? Draft, ImmutableArray<byte> Fingerprint, Refusal? Unreadable)
{
    private const string KeyHeader = "Idempotency-Key";

    public static async ValueTask<SessionRequest> Read(
        HttpRequest request, string widgetId, ISessionHomes homes, DateTimeOffset now)
    {
        var (document, unreadable) = await JsonBody.Read(request);
        if (document is null) return new(SessionIdentity.New(homes, now), null, [], unreadable);

        using (document)
        {
            var fields = new JsonFields(document.RootElement);
            var key = Key(request, fields);
            var metadata = fields.ObjectElement("metadata", FieldRules.MetadataDepthMax);
            var draft = new SessionDraft(
                fields.String("amount"),
                fields.String("currency"),
                fields.String("network"),
                fields.String("currencyAddress"),
                fields.String("depositAddress"),
                fields.String("customerEmail"),
                fields.String("customerReference"),
                metadata is { } value ? CleanJson.Minify(value) : null,
                fields.Errors);
            if (key is null) return new(SessionIdentity.New(homes, now), draft, [], null);

            var fingerprint = SessionIdentity.Fingerprint(
                draft.Amount, draft.Currency, draft.Network, draft.CurrencyAddress, draft.DepositAddress,
                draft.CustomerEmail, draft.CustomerReference,
                metadata is { } members ? CleanJson.Minify(members, isSorted: true) : null);
            return new(SessionIdentity.Of(widgetId, key), draft, fingerprint, null);
        }
    }

    private static string? Key(HttpRequest request, JsonFields fields)
    {
        var header = request.Headers[KeyHeader];
        if (header.Count == 0) return null;

        var problem = header.Count > 1 ? "must be sent once" : FieldRules.IdempotencyKey(header.ToString());
        if (problem is not null) fields.Add(KeyHeader, problem);
        return problem is null ? header.ToString() : null;
    }
}
