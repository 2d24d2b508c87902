using System.Diagnostics.Metrics;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>What an operator can measure of lists, on the meter <c>Bleepay</c>.</summary>
internal static class ListInstruments
{
    public const string ReadsName = "bleepay.list.reads";
    public const string OutcomeTag = "outcome";

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Reads = Meter.CreateCounter<long>(
        ReadsName, "{read}", "Reads of lists, by outcome.");

    public static void Ended(ListOutcome outcome) =>
        Reads.Add(1, new KeyValuePair<string, object?>(OutcomeTag, outcome));
}

/// <summary>The outcome of one read of a list.</summary>
internal enum ListOutcome
{
    Answered,
    Refused,
    Cancelled,
    TimedOut,
    Failed,
}
