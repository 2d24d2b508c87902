using System.Diagnostics.Metrics;
using Bleepay.Grains.Telemetry;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>What an operator can measure of lists, on the meter <c>Bleepay</c>.</summary>
internal static class ListInstruments
{
    public const string ReadsName = "bleepay.list.reads";
    public const string OutcomeTag = "outcome";

    private static readonly Meter Meter = new("Bleepay");

    private static readonly Counter<long> Reads = Meter.CreateCounter<long>(
        ReadsName, "{read}", "Reads of lists, by outcome.");

    /// <summary>A series that first appears with its first event shows no increase.</summary>
    public static void BeginAtZero()
    {
        foreach (var outcome in Enum.GetValues<ListOutcome>()) Count(0, outcome);
    }

    public static void Ended(ListOutcome outcome) => Count(1, outcome);

    private static void Count(int reads, ListOutcome outcome) =>
        Reads.Add(reads, new KeyValuePair<string, object?>(OutcomeTag, LabelWords.Lower(outcome)));
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
