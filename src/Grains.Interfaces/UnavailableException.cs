namespace Bleepay.Grains;

/// <summary>
/// The store can't serve at the moment, or the outcome of a write is unknown. Nothing that was acknowledged
/// is lost; the same request may be sent again.
/// </summary>
[GenerateSerializer, Alias("bleepay.unavailable")]
public sealed class UnavailableException : Exception
{
    public UnavailableException()
        : this("The store is not available.")
    {
    }

    public UnavailableException(string message)
        : base(message)
    {
    }

    public UnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
