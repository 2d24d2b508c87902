namespace Bleepay.Bench;

/// <summary>A figure can't be had, or would be wrong. Ends the run.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
