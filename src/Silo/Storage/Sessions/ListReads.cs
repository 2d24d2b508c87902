using System.Data.Common;
using Bleepay.Grains;

namespace Bleepay.Silo.Storage.Sessions;

/// <summary>
/// Reads lists, on connections of their own and a bounded time each, so that lists leave the database to those who pay.
/// </summary>
internal sealed class ListReads(IDatabase database)
{
    /// <summary>
    /// On one silo. Of one business two: one that takes long does not hold up another of the same merchant.
    /// </summary>
    public static readonly TurnBounds Bounds = new(
        AtOnce: 4, AtOnceOfOwner: 2, Waiting: 1_000, WaitingOfOwner: 48);

    /// <summary>
    /// Many times what a page takes whose index is used; the database ends a read that takes longer.
    /// </summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    private static readonly Refusal TooMany = Refusal.OverQuota(
        "Too many lists of this business are being read. Repeat the request after one of them is answered.",
        new Quota("lists", Bounds.AtOnceOfOwner + Bounds.WaitingOfOwner),
        retryAfterSeconds: 1);

    private readonly Turns turns = new("list reader", Bounds);

    /// <summary>How many reads run at the moment.</summary>
    public int Running => turns.Running;

    /// <summary>How many reads wait at the moment.</summary>
    public int Waiting => turns.Waiting;

    /// <summary>Reads in the business's turn. All statements see the same moment.</summary>
    /// <param name="read">Takes a connection for as long as it runs.</param>
    /// <returns>What was read; <c>RateLimit</c> when too many reads of the business wait already.</returns>
    /// <exception cref="UnavailableException">Too many wait altogether, or this one took too long.</exception>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    public async Task<Result<T>> Read<T>(
        string businessId,
        Func<DbConnection, CancellationToken, Task<T>> read,
        CancellationToken cancellation)
        where T : class
    {
        var outcome = ListOutcome.Failed;
        try
        {
            var answer = await ReadInTurn(businessId, read, cancellation);
            outcome = answer.Refusal is null ? ListOutcome.Answered : ListOutcome.Refused;
            return answer;
        }
        catch (OperationCanceledException ended)
        {
            outcome = cancellation.IsCancellationRequested ? ListOutcome.Cancelled : ListOutcome.TimedOut;
            if (outcome == ListOutcome.Cancelled) throw;
            throw new UnavailableException($"A list was not read within {TimeMax}.", ended);
        }
        finally
        {
            ListInstruments.Ended(outcome);
        }
    }

    private async Task<Result<T>> ReadInTurn<T>(
        string businessId,
        Func<DbConnection, CancellationToken, Task<T>> read,
        CancellationToken cancellation)
        where T : class
    {
        if (!await turns.TryBegin(businessId, cancellation)) return TooMany;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        end.CancelAfter(TimeMax);
        try
        {
            return await database.ReadSnapshot(read, end.Token);
        }
        finally
        {
            turns.End(businessId);
        }
    }
}
