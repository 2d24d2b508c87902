using Bleepay.Grains;

namespace Bleepay.Silo.Storage;

/// <summary>
/// Decides which reads of lists run: a bounded number at once, fewer of one business, and the businesses that wait take
/// turns. So a business that asks for much waits behind itself, and never before another.
/// </summary>
/// <param name="bounds">How many run and wait.</param>
internal sealed class ListTurns(ListTurnBounds bounds)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();

    /// <summary>Those with a read that runs or waits.</summary>
    private readonly Dictionary<string, Business> businesses = new(StringComparer.Ordinal);

    /// <summary>Those with a read that waits, the one whose turn is next first.</summary>
    private readonly LinkedList<Business> turns = [];

    private int running;
    private int waiting;

    /// <summary>How many reads run at the moment.</summary>
    public int Running
    {
        get
        {
            lock (gate) return running;
        }
    }

    /// <summary>How many reads wait at the moment.</summary>
    public int Waiting
    {
        get
        {
            lock (gate) return waiting;
        }
    }

    /// <summary>Waits for a turn, which <see cref="End"/> gives back.</summary>
    /// <returns>Null with the turn; <c>RateLimit</c> when too many of the business wait already.</returns>
    /// <exception cref="UnavailableException">Too many wait altogether.</exception>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    public async Task<Refusal?> Begin(string businessId, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> turn;
        Business business;
        lock (gate)
        {
            business = businesses.GetValueOrDefault(businessId) ?? new(businessId);
            if (running < bounds.AtOnce && business.Running < bounds.AtOnceOfBusiness)
            {
                Start(business);
                return null;
            }

            if (business.Waiting.Count >= bounds.WaitingOfBusiness) return TooMany;
            if (waiting >= bounds.Waiting) throw new UnavailableException("Too many lists wait for the database.");
            turn = business.Waiting.AddLast(
                new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            waiting++;
            businesses[businessId] = business;
            if (business.Waiting.Count == 1) turns.AddLast(business);
        }

        await using var leaving = cancellation.UnsafeRegister(_ => Leave(business, turn, cancellation), null);
        await turn.Value.Task;
        return null;
    }

    /// <summary>A read has ended; the next that may begin does.</summary>
    public void End(string businessId)
    {
        lock (gate)
        {
            var business = businesses[businessId];
            running--;
            business.Running--;
            StartNext();
            ForgetIfIdle(business);
        }
    }

    private Refusal TooMany => Refusal.OverQuota(
        "As many lists of this business are being read as may be. Ask for the next when one was answered.",
        new Quota("lists", bounds.AtOnceOfBusiness + bounds.WaitingOfBusiness),
        (int)RetryAfter.TotalSeconds);

    private void Start(Business business)
    {
        running++;
        business.Running++;
        businesses[business.Id] = business;
    }

    /// <summary>One that ends leaves room for one: nothing that waited before could have begun.</summary>
    private void StartNext()
    {
        var business = turns.FirstOrDefault(business => business.Running < bounds.AtOnceOfBusiness);
        if (business is null) return;

        turns.Remove(business);
        var first = business.Waiting.First!;
        business.Waiting.RemoveFirst();
        waiting--;
        Start(business);
        if (business.Waiting.Count > 0) turns.AddLast(business);
        first.Value.SetResult();
    }

    /// <summary>One that has its turn already keeps it; its read sees the cancellation by itself.</summary>
    private void Leave(Business business, LinkedListNode<TaskCompletionSource> turn, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (turn.List is null) return;
            business.Waiting.Remove(turn);
            waiting--;
            if (business.Waiting.Count == 0) turns.Remove(business);
            ForgetIfIdle(business);
        }

        turn.Value.SetCanceled(cancellation);
    }

    private void ForgetIfIdle(Business business)
    {
        if (business is { Running: 0, Waiting.Count: 0 }) businesses.Remove(business.Id);
    }

    private sealed class Business(string id)
    {
        public string Id => id;

        public int Running { get; set; }

        public LinkedList<TaskCompletionSource> Waiting { get; } = [];
    }
}

/// <summary>How many reads of lists run and wait on one silo.</summary>
/// <param name="AtOnce">Of all businesses together.</param>
/// <param name="AtOnceOfBusiness">Of one business.</param>
/// <param name="Waiting">Of all businesses together.</param>
/// <param name="WaitingOfBusiness">Of one business.</param>
internal sealed record ListTurnBounds(int AtOnce, int AtOnceOfBusiness, int Waiting, int WaitingOfBusiness);
