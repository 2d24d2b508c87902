using System.Collections.Immutable;
using Bleepay.Grains.Sessions;
using Orleans.Concurrency;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// One widget: what a merchant has configured, and the rules that a session must meet. Its key is the
/// widget's id.
/// </summary>
[GrainInterfaceType(IWidgetGrain.TypeName), Alias(IWidgetGrain.TypeName)]
public interface IWidgetGrain : IGrainWithStringKey
{
    const string TypeName = "bleepay.widget";

    /// <summary>Creates the widget. Only its business calls this, after it has reserved a slot.</summary>
    /// <param name="command">Settings that obey the rules.</param>
    /// <returns>The widget, or <c>NotFound</c> once it was deleted. Repeated on a widget that exists, it changes
    /// nothing and returns the widget as it is.</returns>
    [Alias("Create")]
    Task<Result<WidgetView>> Create(Caller caller, CreateWidget command);

    /// <summary>
    /// Deletes the widget for good, also one that does not exist yet. Only its business calls this. Safe to repeat.
    /// </summary>
    /// <returns>Null when it is deleted, or <c>NotFound</c>.</returns>
    [Alias("Delete")]
    Task<Refusal?> Delete(Caller caller, string businessId);

    /// <summary>The whole configuration, or <c>NotFound</c> for who is no member of its business.</summary>
    [Alias("Read"), AlwaysInterleave]
    Task<Result<WidgetView>> Read(Caller caller, string businessId);

    /// <summary>Changes the settings that are given and leaves the others.</summary>
    /// <returns>The widget as it is now; <c>NotFound</c>, what made the body unreadable, or <c>ValidationFailed</c>
    /// with every field at fault.</returns>
    [Alias("Update")]
    Task<Result<WidgetView>> Update(Caller caller, string businessId, UpdateWidget command);

    /// <summary>Lets the widget open sessions, or no longer. What it is already is no error.</summary>
    /// <returns>The widget as it is now, or <c>NotFound</c>.</returns>
    [Alias("SetEnabled")]
    Task<Result<WidgetView>> SetEnabled(Caller caller, string businessId, bool isEnabled);

    /// <summary>Gives the widget a new secret; those before it open it for the grace, none of them longer.</summary>
    /// <returns>The widget as it is now; <c>NotFound</c>, what made the body unreadable, or
    /// <c>ValidationFailed</c>.</returns>
    [Alias("RotateSecret")]
    Task<Result<WidgetView>> RotateSecret(Caller caller, string businessId, RotateSecret command);

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

    /// <summary>Called by a session that has ended: a widget that was full asks the store for a slot again.</summary>
    [Alias("SlotFreed"), AlwaysInterleave]
    Task SlotFreed();
}

/// <summary>A widget to be made.</summary>
/// <param name="WidgetId">Drawn at random.</param>
/// <param name="SecretHash">SHA-256 of the client secret's UTF-8 bytes.</param>
/// <param name="Errors">What was already wrong with the JSON; a field named here is not judged again.</param>
[GenerateSerializer, Immutable, Alias("bleepay.create-widget")]
public sealed record CreateWidget(
    [property: Id(4)] string WidgetId,
    [property: Id(0)] string BusinessId,
    [property: Id(1)] WidgetSettings Settings,
    [property: Id(2)] ImmutableArray<byte> SecretHash,
    [property: Id(3)] ImmutableArray<FieldError> Errors);

/// <summary>A change of some of a widget's settings.</summary>
/// <param name="Unreadable">Why the body could not be read, or null.</param>
/// <param name="Given">The API's names of the settings to change; the others of <paramref name="Settings"/> say
/// nothing.</param>
/// <param name="Errors">As in <see cref="CreateWidget.Errors"/>.</param>
[GenerateSerializer, Immutable, Alias("bleepay.update-widget")]
public sealed record UpdateWidget(
    [property: Id(0)] Refusal? Unreadable,
    [property: Id(1)] WidgetSettings Settings,
    [property: Id(2)] ImmutableArray<string> Given,
    [property: Id(3)] ImmutableArray<FieldError> Errors);

/// <summary>A new secret for a widget.</summary>
/// <param name="Unreadable">Why the body could not be read, or null.</param>
/// <param name="GraceSeconds">For how long the secrets before it open the widget: 0–86,400.</param>
/// <param name="Errors">What was already wrong with the JSON.</param>
[GenerateSerializer, Immutable, Alias("bleepay.rotate-secret")]
public sealed record RotateSecret(
    [property: Id(0)] Refusal? Unreadable,
    [property: Id(1)] int GraceSeconds,
    [property: Id(2)] ImmutableArray<byte> SecretHash,
    [property: Id(3)] ImmutableArray<FieldError> Errors);

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

/// <summary>A widget as it is now, without its secret.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-view")]
public sealed record WidgetView(
    [property: Id(0)] string Id,
    [property: Id(1)] string BusinessId,
    [property: Id(2)] WidgetSettings Settings,
    [property: Id(3)] bool Enabled,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] DateTimeOffset UpdatedAt);

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
