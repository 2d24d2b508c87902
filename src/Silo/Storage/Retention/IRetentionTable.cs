namespace Bleepay.Silo.Storage.Retention;

/// <summary>Finds and deletes old sessions of one database, a batch at a time.</summary>
/// <remarks>
/// Sessions are found by the index of lists, <c>deposit_session_by_status</c>, which orders the sessions of a business
/// and status by their creation. It needs no other index, and space that is used again doesn't blur it.
/// </remarks>
internal interface IRetentionTable
{
    /// <summary>The businesses and final statuses of which there are sessions, each with its oldest.</summary>
    IReadOnlyList<FinalSessions> ReadOldest();

    /// <summary>
    /// Deletes sessions with their changes and payments, in one durable commit. A session with a webhook that waits or
    /// a payment that is not final stays; so does one that another commit holds at the time.
    /// </summary>
    RetentionBatch Delete(RetentionRange range, int sessionsMax);

    /// <summary>The number of sessions that <see cref="Delete"/> would delete of the range.</summary>
    long CountDeletable(RetentionRange range);

    /// <summary>
    /// Reads the ids of sessions whose customer's data is stored. A session with a webhook that waits is among them.
    /// </summary>
    RetentionBatch ReadUnerased(RetentionRange range, int sessionsMax);
}

/// <summary>The sessions of a business with one final status.</summary>
/// <param name="Status">The word of the API.</param>
/// <param name="OldestAt">When the oldest of them was created.</param>
internal sealed record FinalSessions(string BusinessId, string Status, DateTimeOffset OldestAt);

/// <summary>Sessions of a business with one final status, by the time of their creation.</summary>
/// <param name="After">Those created at this time or before are left out.</param>
/// <param name="Before">Those created at this time or later are left out.</param>
/// <param name="OnlyUnpaid">Leaves out those with any payment.</param>
internal sealed record RetentionRange(
    string BusinessId, string Status, DateTimeOffset After, DateTimeOffset Before, bool OnlyUnpaid = false);

/// <summary>What one batch has found.</summary>
/// <param name="HasMore">False at the end of the range.</param>
/// <param name="SessionIds">Of those that were deleted, or whose data is to be erased.</param>
/// <param name="LastAt">When the last session that it has looked at was created; null without one.</param>
internal sealed record RetentionBatch(bool HasMore, IReadOnlyList<string> SessionIds, DateTimeOffset? LastAt);
