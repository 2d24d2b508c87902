using System.Data.Common;
using System.Diagnostics;
using Bleepay.Grains.Telemetry;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Lets many callers share one trip to the database: whatever waits when the worker is free makes the next
/// batch. One caller alone never waits for others, and under load the batches grow.
/// </summary>
/// <remarks>
/// The worker is a dedicated thread, because it blocks on the disk, and must block neither the thread pool nor a
/// grain's scheduler.
/// </remarks>
/// <typeparam name="TItem">What one caller hands in.</typeparam>
/// <typeparam name="TAnswer">What that caller gets back.</typeparam>
internal sealed class BatchQueue<TItem, TAnswer> : IMeasuredQueue, IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim arrivals = new(0);
    private readonly Queue<Waiting> waiting = new();
    private readonly string name;
    private readonly string spanName;
    private readonly int capacity;
    private readonly int batchMax;
    private readonly Func<IReadOnlyList<TItem>, IReadOnlyList<TAnswer>> run;
    private readonly Thread worker;
    private bool isClosed;

    /// <param name="capacity">How many callers may wait; one more is refused at once.</param>
    /// <param name="batchMax">How many of them share a trip.</param>
    /// <param name="run">Answers a batch, item by item in the same order; called by one thread only.</param>
    /// <param name="spanName">Of a trip in traces; the queue's name by default.</param>
    public BatchQueue(
        string name,
        int capacity,
        int batchMax,
        Func<IReadOnlyList<TItem>, IReadOnlyList<TAnswer>> run,
        string? spanName = null)
    {
        this.name = name;
        this.spanName = spanName ?? name;
        this.capacity = capacity;
        this.batchMax = batchMax;
        this.run = run;
        worker = new Thread(Work) { Name = name, IsBackground = true };

        // With the context of the first caller, every batch would belong to that caller's request.
        worker.UnsafeStart();
        StoreInstruments.Measure(this);
    }

    string IMeasuredQueue.Name => name;

    int IMeasuredQueue.Capacity => capacity;

    int IMeasuredQueue.WaitingCount
    {
        get
        {
            lock (gate) return waiting.Count;
        }
    }

    /// <summary>The answer, once the batch that holds this item is done.</summary>
    /// <exception cref="Grains.UnavailableException">The queue is full or closed, or the batch failed; a
    /// write may then have taken effect or not.</exception>
    public Task<TAnswer> Submit(TItem item)
    {
        var caller = Traces.Current is { } trace ? new TracedWaiting(item, trace) : new Waiting(item);
        lock (gate)
        {
            if (isClosed) throw new Grains.UnavailableException($"The {name} is shutting down.");
            if (waiting.Count >= capacity) throw new Grains.UnavailableException($"The {name} is full.");
            waiting.Enqueue(caller);
        }

        arrivals.Release();
        return caller.Task;
    }

    /// <summary>Answers all callers that wait, then ends the worker.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isClosed) return;
            isClosed = true;
        }

        arrivals.Release();
        worker.Join();
        arrivals.Dispose();
    }

    private void Work()
    {
        while (Next() is { Count: > 0 } batch)
        {
            StoreInstruments.Batched(name, batch.Count);
            foreach (var caller in batch) StoreInstruments.Waited(name, caller.Since);
            Answer(batch);
        }
    }

    /// <summary>Waits for the first item; empty once the queue is closed and drained.</summary>
    private List<Waiting> Next()
    {
        arrivals.Wait();
        var batch = new List<Waiting>();
        lock (gate)
        {
            while (batch.Count < batchMax && waiting.TryDequeue(out var caller)) batch.Add(caller);
        }

        // The others of this batch were announced as well. Closing is announced once more than there are
        // items.
        for (var announced = 1; announced < batch.Count; announced++) arrivals.Wait();
        return batch;
    }

    private void Answer(List<Waiting> batch)
    {
        try
        {
            var answers = Run(batch);
            for (var index = 0; index < batch.Count; index++) batch[index].SetResult(answers[index]);
        }
        catch (DbException refused) when (batch.Count > 1 && IsAboutAnItem(refused))
        {
            foreach (var caller in batch) Answer([caller]);
        }
#pragma warning disable CA1031 // Each failure is reported to the callers of this batch; the next batch runs.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            foreach (var caller in batch)
                caller.TrySetException(new Grains.UnavailableException($"The {name} failed.", failure));
        }
    }

    private IReadOnlyList<TAnswer> Run(List<Waiting> batch)
    {
        var began = Stopwatch.GetTimestamp();
        var hasFailed = true;
        using var span = SpanOf(batch);
        try
        {
            var answers = run([.. batch.Select(caller => caller.Item)]);
            hasFailed = false;
            return answers;
        }
        catch (Exception failure)
        {
            Traces.Fail(span, failure);
            throw;
        }
        finally
        {
            StoreInstruments.Travelled(name, began, hasFailed);
        }
    }

    /// <summary>Null unless one of the callers is traced.</summary>
    private Activity? SpanOf(List<Waiting> batch) => batch.Exists(caller => caller is TracedWaiting)
        ? Traces.Share(spanName, [.. batch.OfType<TracedWaiting>().Select(caller => caller.Trace)])
            ?.SetTag("bleepay.queue", name).SetTag("bleepay.items", batch.Count)
        : null;

    /// <summary>
    /// True when the failure is about some item of the batch: a value or a constraint (SQLSTATE classes 22 and 23), a
    /// row that another commit held for too long, or a deadlock with one. The database has stored nothing, and the
    /// other items have no part in it.
    /// </summary>
    private static bool IsAboutAnItem(DbException failure) => failure switch
    {
        // SQLite's driver gives no SQLSTATE.
        SqliteException sqlite => sqlite.SqliteErrorCode
            is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG,
        _ => failure.SqlState is ['2', '2' or '3', ..]
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected,
    };

    /// <summary>A caller's continuation runs on its own scheduler, never on the worker.</summary>
    private class Waiting(TItem item)
        : TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TItem Item { get; } = item;

        /// <summary>When it was added, as a timestamp of <see cref="Stopwatch"/>.</summary>
        public long Since { get; } = Stopwatch.GetTimestamp();
    }

    /// <summary>A caller whose request is traced. Most are not, and carry nothing.</summary>
    private sealed class TracedWaiting(TItem item, ActivityContext trace) : Waiting(item)
    {
        public ActivityContext Trace => trace;
    }
}
