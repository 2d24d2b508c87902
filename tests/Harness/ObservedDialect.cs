using System.Collections.Concurrent;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A real session dialect that tells tests what passes through it, and can be made to fail where a disk or a
/// network would.
/// </summary>
internal sealed class ObservedDialect(ISessionDialect real) : ISessionDialect, IDisposable
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

    /// <summary>So many commits fail before they reach the disk.</summary>
    public void FailBeforeCommit(int count) => Volatile.Write(ref failuresBefore, count);

    /// <summary>So many commits succeed, and their answer is lost.</summary>
    public void FailAfterCommit(int count) => Volatile.Write(ref failuresAfter, count);

    public IReadOnlyList<SessionWriteOutcome> Write(IReadOnlyList<SessionWrite> batch) =>
        Write(batch, real.Write);

    public IReadOnlyList<SessionWriteOutcome> WriteContended(IReadOnlyList<SessionWrite> batch) =>
        Write(batch, real.WriteContended);

    private IReadOnlyList<SessionWriteOutcome> Write(
        IReadOnlyList<SessionWrite> batch,
        Func<IReadOnlyList<SessionWrite>, IReadOnlyList<SessionWriteOutcome>> write)
    {
        if (Interlocked.Decrement(ref failuresBefore) >= 0) throw new IOException("The disk is gone.");
        var outcomes = write(batch);
        foreach (var (one, outcome) in batch.Zip(outcomes))
            if (outcome == SessionWriteOutcome.Stored)
                Source(stored, (one.Session.Id, one.Session.Status)).TrySetResult();
        if (Interlocked.Decrement(ref failuresAfter) >= 0) throw new IOException("The answer is lost.");
        return outcomes;
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
