using System.Diagnostics;
using Bleepay.Grains;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Schedules database work that is not batched: a bounded number of tasks run at once, fewer of one owner, and the
/// owners that wait take turns. An owner with many tasks waits behind itself and never ahead of another.
/// </summary>
internal sealed class Turns : IMeasuredQueue
{
    private readonly string name;
    private readonly TurnBounds bounds;
    private readonly Lock gate = new();

    /// <summary>The owners with a task that runs or waits.</summary>
    private readonly Dictionary<string, Owner> owners = new(StringComparer.Ordinal);

    /// <summary>The owners with a task that waits; the first has the next turn.</summary>
    private readonly LinkedList<Owner> turns = [];

    private int running;
    private int waiting;

    /// <param name="name">Of the work, for its errors and metrics. Constant, in lower case.</param>
    public Turns(string name, TurnBounds bounds)
    {
        this.name = name;
        this.bounds = bounds;
        StoreInstruments.Measure(this);
    }

    /// <summary>The number of tasks that run now.</summary>
    public int Running
    {
        get
        {
            lock (gate) return running;
        }
    }

    /// <summary>The number of tasks that wait now.</summary>
    public int Waiting
    {
        get
        {
            lock (gate) return waiting;
        }
    }

    string IMeasuredQueue.Name => name;

    int IMeasuredQueue.WaitingCount => Waiting;

    int IMeasuredQueue.Capacity => bounds.Waiting;

    /// <summary>Runs blocking work on the thread pool in the owner's turn.</summary>
    /// <exception cref="UnavailableException">Too many tasks wait, or the work failed; a write may then have taken
    /// effect or not.</exception>
    public async Task<T> Run<T>(string ownerId, Func<T> work)
    {
        if (!await TryBegin(ownerId, default)) throw new UnavailableException($"The {name} is full.");
        try
        {
            return await Task.Run(work);
        }
        catch (Exception failure) when (failure is not UnavailableException)
        {
            throw new UnavailableException($"The {name} failed.", failure);
        }
        finally
        {
            End(ownerId);
        }
    }

    /// <summary>Waits for a turn, which <see cref="End"/> gives back.</summary>
    /// <returns>False without a turn: <see cref="TurnBounds.WaitingOfOwner"/> tasks of the owner wait
    /// already.</returns>
    /// <exception cref="UnavailableException">Too many wait altogether.</exception>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    public async Task<bool> TryBegin(string ownerId, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var since = Stopwatch.GetTimestamp();
        LinkedListNode<TaskCompletionSource> turn;
        Owner owner;
        lock (gate)
        {
            owner = owners.GetValueOrDefault(ownerId) ?? new(ownerId);
            if (running < bounds.AtOnce && owner.Running < bounds.AtOnceOfOwner)
            {
                Start(owner);
                StoreInstruments.Waited(name, since);
                return true;
            }

            if (owner.Waiting.Count >= bounds.WaitingOfOwner) return false;
            if (waiting >= bounds.Waiting) throw new UnavailableException($"The {name} is full.");
            turn = owner.Waiting.AddLast(
                new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            waiting++;
            owners[ownerId] = owner;
            if (owner.Waiting.Count == 1) turns.AddLast(owner);
        }

        await using var leaving = cancellation.UnsafeRegister(_ => Leave(owner, turn, cancellation), null);
        await turn.Value.Task;
        StoreInstruments.Waited(name, since);
        return true;
    }

    /// <summary>Gives a turn back, and starts the next task.</summary>
    public void End(string ownerId)
    {
        lock (gate)
        {
            var owner = owners[ownerId];
            running--;
            owner.Running--;
            StartNext();
            ForgetIfIdle(owner);
        }
    }

    private void Start(Owner owner)
    {
        running++;
        owner.Running++;
        owners[owner.Id] = owner;
    }

    /// <summary>Starts one task, because one has ended; any other that may run has started before.</summary>
    private void StartNext()
    {
        var owner = turns.FirstOrDefault(owner => owner.Running < bounds.AtOnceOfOwner);
        if (owner is null) return;

        turns.Remove(owner);
        var first = owner.Waiting.First!;
        owner.Waiting.RemoveFirst();
        waiting--;
        Start(owner);
        if (owner.Waiting.Count > 0) turns.AddLast(owner);
        first.Value.SetResult();
    }

    /// <summary>A task that has its turn keeps it; the task itself observes the cancellation.</summary>
    private void Leave(Owner owner, LinkedListNode<TaskCompletionSource> turn, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (turn.List is null) return;
            owner.Waiting.Remove(turn);
            waiting--;
            if (owner.Waiting.Count == 0) turns.Remove(owner);
            ForgetIfIdle(owner);
        }

        turn.Value.SetCanceled(cancellation);
    }

    private void ForgetIfIdle(Owner owner)
    {
        if (owner is { Running: 0, Waiting.Count: 0 }) owners.Remove(owner.Id);
    }

    private sealed class Owner(string id)
    {
        public string Id => id;

        public int Running { get; set; }

        public LinkedList<TaskCompletionSource> Waiting { get; } = [];
    }
}

/// <summary>How many tasks run and wait on one silo.</summary>
/// <param name="AtOnce">Running tasks of all owners.</param>
/// <param name="AtOnceOfOwner">Running tasks of one owner.</param>
/// <param name="Waiting">Waiting tasks of all owners.</param>
/// <param name="WaitingOfOwner">Waiting tasks of one owner.</param>
internal sealed record TurnBounds(int AtOnce, int AtOnceOfOwner, int Waiting, int WaitingOfOwner);
