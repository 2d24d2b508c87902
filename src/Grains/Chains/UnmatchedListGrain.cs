using Orleans.Concurrency;

namespace Bleepay.Grains.Chains;

/// <summary>Lists the unmatched payments of one business as they are stored.</summary>
/// <remarks>One worker whose calls interleave, as of <see cref="Sessions.SessionListGrain"/>.</remarks>
[StatelessWorker(maxLocalWorkers: 1)]
[GrainType("unmatchedlist")]
public sealed class UnmatchedListGrain(IUnmatchedPayments payments) : Grain, IUnmatchedListGrain
{
    private string BusinessId => this.GetPrimaryKeyString();

    public async Task<Result<UnmatchedPage>> Find(
        Caller caller, UnmatchedQuery query, CancellationToken cancellation) =>
        caller.IsMemberOf(BusinessId)
            ? await payments.Find(BusinessId, query, cancellation)
            : Refusal.NotFound("business");
}
