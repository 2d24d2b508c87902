namespace Bleepay.Gateway.OpenApi;

/// <summary>
/// Describes a field that holds an event type that is sent, or a list of types that may be subscribed to.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EventTypeAttribute : Attribute;
