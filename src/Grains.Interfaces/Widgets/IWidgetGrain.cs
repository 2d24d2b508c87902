using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Bleepay.Grains.Widgets;

/// <summary>
/// One widget: what a merchant has configured. Its key is the widget's id. It alone changes the widget, and counts
/// what must be counted once; sessions are created by the copies (<see cref="IWidgetPolicyGrain"/>).
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
    /// Deletes the widget permanently, also one that does not exist yet. Only its business calls this. Safe to repeat.
    /// </summary>
    /// <returns>Null when it is deleted, or <c>NotFound</c>.</returns>
    [Alias("Delete")]
    Task<Refusal?> Delete(Caller caller, string businessId);

    /// <summary>The whole configuration, or <c>NotFound</c> for a caller that is not a member.</summary>
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

    /// <summary>The widget with its version, for the copies that every silo holds.</summary>
    [Alias("ReadVersion"), AlwaysInterleave]
    Task<WidgetVersion> ReadVersion();

    /// <summary>Counts one creation against <c>maxCreationsPerSecond</c>.</summary>
    /// <returns>False when the widget has reached its rate. Without a rate always true.</returns>
    [Alias("TryTakeCreation"), AlwaysInterleave]
    Task<bool> TryTakeCreation();
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
/// <param name="Given">The API's names of the settings to change; the others of <paramref name="Settings"/> are
/// ignored.</param>
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

/// <summary>A widget as it is now, without its secret.</summary>
[GenerateSerializer, Immutable, Alias("bleepay.widget-view")]
public sealed record WidgetView(
    [property: Id(0)] string Id,
    [property: Id(1)] string BusinessId,
    [property: Id(2)] WidgetSettings Settings,
    [property: Id(3)] bool Enabled,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] DateTimeOffset UpdatedAt);
