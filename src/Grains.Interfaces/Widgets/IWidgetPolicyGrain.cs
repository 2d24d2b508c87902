using System.Collections.Immutable;
using Bleepay.Grains.Sessions;
using Orleans.Concurrency;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// One widget as a silo sees it: its allowed networks, its limits and its secrets. Every silo has its own, so that a
/// request needs no other silo to be judged. Its key is the widget's id.
/// </summary>
/// <remarks>
/// A change of the widget is in force here after a second at the latest, and a request is refused only by the widget
/// as it is then.
/// </remarks>
[GrainInterfaceType(IWidgetPolicyGrain.TypeName), Alias(IWidgetPolicyGrain.TypeName)]
public interface IWidgetPolicyGrain : IGrainWithStringKey
{
    const string TypeName = "bleepay.widget-policy";

    /// <summary>The widget's <c>allowedDomains</c>, which a preflight asks for without a credential.</summary>
    /// <returns>Null when there is no such widget.</returns>
    [Alias("ReadDomains"), AlwaysInterleave]
    Task<ImmutableArray<string>?> ReadDomains();

    /// <summary>What a page needs to show the widget's form.</summary>
    /// <param name="origin">Where the request comes from, as in <see cref="CreateSession.Origin"/>.</param>
    /// <returns>The widget and whether the page may use it; <c>NotFound</c>, <c>Unauthorized</c>.</returns>
    [Alias("ReadForPage"), AlwaysInterleave]
    Task<Result<WidgetPage>> ReadForPage(Caller caller, string? origin);

    /// <summary>What the customer of a session sees of the widget, also while it is disabled.</summary>
    /// <returns>Null when there is no such widget, as after its deletion.</returns>
    [Alias("ReadMerchant"), AlwaysInterleave]
    Task<WidgetMerchant?> ReadMerchant();

    /// <summary>Checks a request against the widget's rules and opens the session.</summary>
    /// <returns>The session; a refusal in the order of the contract: <c>NotFound</c>, <c>Unauthorized</c>,
    /// <c>DomainNotAllowed</c>, what made the body unreadable, <c>ValidationFailed</c>,
    /// <c>IdempotencyConflict</c>, <c>RateLimit</c>. Safe to repeat with the same session id.</returns>
    [Alias("CreateSession"), AlwaysInterleave]
    Task<Result<SessionView>> CreateSession(CreateSession command);

    /// <summary>Called where a session has ended: a widget that was full asks the store for a slot again.</summary>
    [Alias("SlotFreed"), AlwaysInterleave]
    Task SlotFreed();

    /// <summary>Called where a change was made, so that it is in force there at once.</summary>
    [Alias("Refresh"), AlwaysInterleave]
    Task Refresh();
}

/// <summary>A widget as a page sees it.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-page")]
public sealed record WidgetPage([property: Id(0)] WidgetView Widget, [property: Id(1)] PageObstacle? Obstacle);

/// <summary>What a customer sees of a widget.</summary>
/// <param name="Domain">The first of the widget's domains, without <c>*.</c>; null without a list.</param>
[GenerateSerializer, Immutable, Alias("bleepay.widget-merchant")]
public sealed record WidgetMerchant(
    [property: Id(0)] string Name,
    [property: Id(1)] string? IconUrl,
    [property: Id(2)] string? Color,
    [property: Id(3)] string? Emoji,
    [property: Id(4)] string? Domain,
    [property: Id(5)] string? SuccessUrl,
    [property: Id(6)] string? CancelUrl);

/// <summary>Why a page may not use a widget at the moment.</summary>
[GenerateSerializer, Alias("bleepay.page-obstacle")]
public enum PageObstacle
{
    WidgetDisabled = 0,
    DomainNotAllowed = 1,
}

/// <summary>A request to open a session, read from HTTP and not yet judged.</summary>
/// <param name="SessionId">Chosen by the gateway, so that a repeat meets the same session.</param>
/// <param name="Origin">The host of the browser's <c>Origin</c>, lower case; empty for one without a host;
/// null when the request comes from no browser.</param>
/// <param name="Draft">The fields of the body, or null when it could not be read.</param>
/// <param name="Unreadable">Why the body could not be read, or null.</param>
/// <param name="Fingerprint">See <see cref="CreateDepositSession.Fingerprint"/>.</param>
[GenerateSerializer, Immutable, Alias("bleepay.create-session")]
public sealed record CreateSession(
    [property: Id(0)] Caller Caller,
    [property: Id(1)] string SessionId,
    [property: Id(2)] string? Origin,
    [property: Id(3)] SessionDraft? Draft,
    [property: Id(4)] Refusal? Unreadable,
    [property: Id(5)] ImmutableArray<byte> Fingerprint,
    [property: Id(6)] string SecretKeyId);

/// <summary>
/// The known fields of a request body. Of the right JSON type where set, and nothing more is known.
/// </summary>
/// <param name="Errors">What was already wrong with the JSON; a field named here is null.</param>
[GenerateSerializer, Immutable, Alias("bleepay.session-draft")]
public sealed record SessionDraft(
    [property: Id(0)] string? Amount,
    [property: Id(1)] string? Currency,
    [property: Id(2)] string? Network,
    [property: Id(3)] string? CurrencyAddress,
    [property: Id(4)] string? DepositAddress,
    [property: Id(5)] string? CustomerEmail,
    [property: Id(6)] string? CustomerReference,
    [property: Id(7)] string? Metadata,
    [property: Id(8)] ImmutableArray<FieldError> Errors);
