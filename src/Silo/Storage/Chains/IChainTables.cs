using Bleepay.Grains.Chains;

namespace Bleepay.Silo.Storage.Chains;

/// <summary>What the stores of watchers and of unmatched payments need of a database.</summary>
internal sealed record ChainTables(IChainReader Reader, IUnmatchedTable Unmatched) : IDisposable
{
    public void Dispose()
    {
        (Reader as IDisposable)?.Dispose();
        (Unmatched as IDisposable)?.Dispose();
    }
}

/// <summary>Reads for a watcher, without holding up a write.</summary>
internal interface IChainReader
{
    /// <summary>Everything that the function reads is of one moment.</summary>
    T ReadSnapshot<T>(Func<IChainSnapshot, T> read);

    /// <summary>Every deposit address of sessions on the network, in lower case; those of others may be among them.
    /// </summary>
    /// <returns>Null where there are more, or where it takes long to read them.</returns>
    IReadOnlyList<string>? ReadAddresses(string network, int max);
}

/// <summary>The payments that no session took. Each change is one durable commit.</summary>
internal interface IUnmatchedTable
{
    /// <inheritdoc cref="IChainStore.Record"/>
    UnmatchedCommit Record(IReadOnlyList<UnmatchedSighting> sightings, DateTimeOffset now);

    /// <summary>The payment, or null.</summary>
    UnmatchedRow? Read(string id);

    /// <summary>
    /// Assigns a payment to a session, unless it is removed, assigned to another session, or recorded by another
    /// session of the business.
    /// </summary>
    /// <returns>The payment as it is assigned, or null.</returns>
    UnmatchedRow? Claim(string id, string sessionId, DateTimeOffset now);

    /// <summary>Takes the assignment to this session back.</summary>
    void Release(string id, string sessionId);
}

/// <summary>The database as it was at one moment, for a watcher.</summary>
internal interface IChainSnapshot
{
    /// <summary>The recipients whose address any session has used on any network, with the sessions that may be paid:
    /// at most <see cref="IChainStore.OpenSessionsMax"/> and <see cref="IChainStore.EndedSessionsMax"/> of each,
    /// whatever their businesses.</summary>
    IReadOnlyList<UsedRecipient> ReadUsed(IReadOnlyList<RecipientRow> recipients, PayableBounds bounds);

    /// <summary>The same numbers of sessions for each business, and those that ask exactly one of the recipient's
    /// amounts.</summary>
    ILookup<int, PayableRow> ReadCrowded(IReadOnlyList<RecipientRow> recipients, PayableBounds bounds);

    /// <summary>The payments of these sessions that were not removed.</summary>
    ILookup<string, string> ReadStanding(IReadOnlyList<string> sessionIds);

    /// <summary>Every transfer of these transactions that is recorded on the network.</summary>
    IReadOnlyList<RecordedRow> ReadRecorded(string network, IReadOnlyList<string> transactionIds);

    /// <inheritdoc cref="IChainStore.ReadPending"/>
    IReadOnlyList<TransferDecision> ReadPending(string network);

    /// <inheritdoc cref="IChainStore.ReadFinal"/>
    IReadOnlyList<TransferDecision> ReadFinal(string network, DateTimeOffset since);
}

/// <summary>A recipient that a statement looks for.</summary>
/// <param name="Number">Names it in the result.</param>
/// <param name="Amounts">Every spelling of what the transfers bring, separated by commas.</param>
/// <param name="Transfers">How many there are.</param>
internal sealed record RecipientRow(int Number, TransferRecipient Recipient, string Amounts, int Transfers);

/// <summary>Which sessions may be paid by their times.</summary>
/// <param name="Now">Decides whether a session is past its end.</param>
/// <param name="OpenSince">Open sessions were created after this time.</param>
/// <param name="EndedSince">Ended sessions were created after this time.</param>
/// <param name="Until">All of them were created by this time.</param>
internal sealed record PayableBounds(
    string Network, DateTimeOffset Now, DateTimeOffset OpenSince, DateTimeOffset EndedSince, DateTimeOffset Until);

/// <param name="Businesses">Those of the sessions that have used the address on the network lately.</param>
internal sealed record UsedRecipient(int Number, IReadOnlyList<string> Businesses, IReadOnlyList<PayableRow> Sessions);

/// <summary>A session that may be paid, without what it has received.</summary>
internal sealed record PayableRow(string BusinessId, PayableSession Session);

/// <summary>A recorded transfer with what identifies it.</summary>
internal sealed record RecordedRow(string BusinessId, TransferRecipient Recipient, RecordedTransfer Transfer);
