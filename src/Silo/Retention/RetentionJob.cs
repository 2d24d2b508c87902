using Bleepay.Grains;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Retention;
using Bleepay.Silo.Storage.Sessions;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Retention;

/// <summary>
/// Deletes old sessions, and erases their customers' data, in small batches with pauses. One silo does it for the
/// cluster: the home of a name. Where two believe to be that home for a moment, each skips the rows of the other.
/// </summary>
internal sealed partial class RetentionJob(
    IRetentionTable table,
    SessionStore store,
    ISessionHomes homes,
    IGrainFactory grains,
    IOptions<RetentionOptions> options,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider clock,
    ILogger<RetentionJob> logger)
    : BackgroundService
{
    /// <summary>Its home does the work.</summary>
    private const string Name = "retention";

    private const int ErasuresAtOnce = 50;

    private static readonly TimeSpan BacklogPause = TimeSpan.FromSeconds(1);

    /// <summary>One run at a time: by the timer, or by a command.</summary>
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>For each business and status, until when this process has erased.</summary>
    private readonly Dictionary<(string, string), DateTimeOffset> erasedUntil = [];

    /// <summary>Runs until the service stops; a failure is logged, and the next search tries again.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsOn) return;
        using var timer = new PeriodicTimer(options.Value.Interval, clock);
        while (await Next(timer, stoppingToken))
        {
            if (homes.IsElsewhere(Name)) continue;
            try
            {
                await Run(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The database may be down; the next search finds the same.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                LogFailed(failure);
            }
        }
    }

    /// <summary>True if anything is ever deleted.</summary>
    public bool IsOn => options.Value.IsOn;

    /// <summary>The number of sessions that are old enough to be deleted now.</summary>
    public Task<long> CountDeletable(CancellationToken cancellation) => Task.Run(
        () => table.ReadOldest().Sum(sessions => RetentionRules.ToDelete(sessions, options.Value, clock.GetUtcNow())
            .Select(table.CountDeletable).DefaultIfEmpty().Max()),
        cancellation);

    /// <summary>Searches once, and deletes and erases all that is old enough.</summary>
    /// <returns>The numbers of sessions that were deleted and erased.</returns>
    public async Task<(int Deleted, int Erased)> Run(CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            return await RunAlone(cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    public override void Dispose()
    {
        turn.Dispose();
        base.Dispose();
    }

    private async Task<(int Deleted, int Erased)> RunAlone(CancellationToken cancellation)
    {
        var (deleted, erased) = (0, 0);
        foreach (var sessions in await Search(cancellation))
        {
            var now = clock.GetUtcNow();
            foreach (var range in RetentionRules.ToDelete(sessions, options.Value, now))
                deleted += await Delete(range, sessions.OldestAt, cancellation);
            erased += await Erase(sessions, now, cancellation);
        }

        await Search(cancellation);
        if (deleted + erased > 0) LogDone(deleted, erased);
        return (deleted, erased);
    }

    private async Task<IReadOnlyList<FinalSessions>> Search(CancellationToken cancellation)
    {
        var found = await Task.Run(table.ReadOldest, cancellation);
        var oldestAge = found.Count == 0
            ? TimeSpan.Zero
            : clock.GetUtcNow() - found.Min(sessions => sessions.OldestAt);
        RetentionInstruments.Searched(oldestAge, RetentionRules.Overdue(oldestAge, options.Value));
        return found;
    }

    private static async Task<bool> Next(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<int> Delete(RetentionRange range, DateTimeOffset oldestAt, CancellationToken cancellation)
    {
        if (oldestAt >= range.Before) return 0;
        var deleted = 0;
        for (var batch = new RetentionBatch(true, [], range.After); batch.HasMore;)
        {
            var rest = range with { After = batch.LastAt ?? range.After };
            batch = await Task.Run(() => table.Delete(rest, options.Value.RowsPerBatch), cancellation);
            deleted += batch.SessionIds.Count;
            RetentionInstruments.Deleted(batch.SessionIds.Count);
            await Rest(cancellation);
        }

        return deleted;
    }

    private async Task<int> Erase(FinalSessions sessions, DateTimeOffset now, CancellationToken cancellation)
    {
        var key = (sessions.BusinessId, sessions.Status);
        var doneUntil = erasedUntil.GetValueOrDefault(key, DateTimeOffset.UnixEpoch);
        if (RetentionRules.ToErase(sessions, options.Value, now, doneUntil) is not { } range) return 0;

        var erased = 0;
        var owner = new Member([sessions.BusinessId]);
        for (var batch = new RetentionBatch(true, [], range.After); batch.HasMore;)
        {
            var rest = range with { After = batch.LastAt ?? range.After };
            batch = await Task.Run(() => table.ReadUnerased(rest, options.Value.RowsPerBatch), cancellation);
            foreach (var ids in batch.SessionIds.Chunk(ErasuresAtOnce))
            {
                await Task.WhenAll(ids.Select(id => grains.DepositSession(id).EraseCustomer(owner)));
                RetentionInstruments.Erased(ids.Length);
                erased += ids.Length;
            }

            if (batch.LastAt is { } lastAt) erasedUntil[key] = lastAt;
            await Rest(cancellation);
        }

        return erased;
    }

    /// <summary>Lets the service's own commits go first.</summary>
    private async Task Rest(CancellationToken cancellation)
    {
        await Task.Delay(options.Value.Pause, clock, cancellation);
        while (store.HasBacklog) await Task.Delay(BacklogPause, clock, cancellation);
    }

    [LoggerMessage(LogLevel.Information,
        "Retention: {Deleted} sessions were deleted, and the customer's data of {Erased} was erased")]
    private partial void LogDone(int deleted, int erased);

    [LoggerMessage(LogLevel.Warning, "The deletion of old sessions failed; the next search tries again")]
    private partial void LogFailed(Exception failure);
}
