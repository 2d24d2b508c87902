using System.Collections.Concurrent;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;

namespace Bleepay.Tests.Harness;

/// <summary>
/// Real session tables that report to tests what passes through them, and can be made to fail where a disk or a network
/// would.
/// </summary>
internal sealed class ObservedSessionTables(ISessionTables real) : ISessionTables, IDisposable
{
    private readonly ConcurrentDictionary<(string Id, PaymentStatus Status), TaskCompletionSource> stored = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> due = new();
    private int failuresBefore;
    private int failuresAfter;

    public int ReadCount { get; private set; }

    /// <summary>Ends when the session has been stored in this status.</summary>
    public Task Stored(string id, PaymentStatus status) => Source(stored, (id, status)).Task;

    /// <summary>Ends when the session was next served as a reminder.</summary>
    public Task ServedAsDue(string id)
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        due[id] = next;
        return next.Task;
    }

    /// <summary>The next commits fail before they reach the disk.</summary>
    public void FailBeforeCommit(int count) => Volatile.Write(ref failuresBefore, count);

    /// <summary>The next commits succeed, but their answer is lost.</summary>
    public void FailAfterCommit(int count) => Volatile.Write(ref failuresAfter, count);

    public IReadOnlyList<SessionWriteResult> Write(IReadOnlyList<SessionWrite> batch) =>
        Write(batch, real.Write);

    public IReadOnlyList<SessionWriteResult> WriteContended(IReadOnlyList<SessionWrite> batch) =>
        Write(batch, real.WriteContended);

    public IReadOnlyList<SessionWriteResult> Erase(IReadOnlyList<SessionWrite> batch) => Write(batch, real.Erase);

    private IReadOnlyList<SessionWriteResult> Write(
        IReadOnlyList<SessionWrite> batch,
        Func<IReadOnlyList<SessionWrite>, IReadOnlyList<SessionWriteResult>> write)
    {
        if (Interlocked.Decrement(ref failuresBefore) >= 0) throw new IOException("The disk is gone.");
        var results = write(batch);
        foreach (var (one, result) in batch.Zip(results))
            if (result.Outcome == SessionWriteOutcome.Stored)
                Source(stored, (one.Session.Id, one.Session.Status)).TrySetResult();
        if (Interlocked.Decrement(ref failuresAfter) >= 0) throw new IOException("The answer is lost.");
        return results;
    }

    public IReadOnlyList<DepositSession?> Read(IReadOnlyList<string> ids)
    {
        ReadCount += ids.Count;
        return real.Read(ids);
    }

    public IReadOnlyList<IReadOnlyList<DueSession>> ReadDue(IReadOnlyList<DueQuery> queries)
    {
        var found = real.ReadDue(queries);
        foreach (var session in found.SelectMany(range => range))
            if (due.TryGetValue(session.Id, out var source))
                source.TrySetResult();
        return found;
    }

    public void Dispose() => (real as IDisposable)?.Dispose();

    private static TaskCompletionSource Source<TKey>(
        ConcurrentDictionary<TKey, TaskCompletionSource> sources, TKey key)
        where TKey : notnull =>
        sources.GetOrAdd(key, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
