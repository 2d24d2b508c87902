using System.Globalization;
using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using CsCheck;
using static Bleepay.Silo.Storage.Sessions.SessionWriteOutcome;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>
/// Random batches of two writers at once, held to a model: what each is answered and what is stored is as if one batch
/// had come after the other.
/// </summary>
public sealed class SlotPropertyTests
{
    private const int PerWidget = 4;
    private const int PerReference = 2;

    /// <summary>Each number stands for one session, whose widget, reference and kind of cap follow from it.</summary>
    private const int Sessions = 48;

    private static readonly int Histories =
        int.TryParse(Environment.GetEnvironmentVariable("SLOT_HISTORIES"), out var given) ? given : 25;

    private static readonly Gen<Batch> AnyBatch = Gen.Select(
        Gen.Select(Gen.Int[0, Sessions - 1], Gen.Bool, (number, opens) => new Step(number, opens)).Array[0, 14],
        Gen.Bool,
        (steps, waits) => new Batch([.. steps.DistinctBy(step => step.Number)], waits));

    private static readonly Gen<Round[]> AnyHistory =
        Gen.Select(AnyBatch, AnyBatch, (one, other) => new Round(one, other)).Array[1, 6];

    [Theory]
    [OnEachDatabase]
    public void Counters_equal_open_sessions_caps_hold_and_no_session_is_refused_while_a_slot_is_free(string database)
    {
        using var store = TestStore.On(database);
        using var second = new SecondWriter(store, database);
        var histories = 0;
        AnyHistory.Sample(
            rounds =>
            {
                var model = new Model(Interlocked.Increment(ref histories), endsFirst: database != Databases.Sqlite);
                foreach (var round in rounds) Run(store, second.Sessions, model, round);
            },
            iter: Histories,
            threads: 1,
            print: rounds => string.Join(Environment.NewLine, rounds.Select(round => round.ToString())));
    }

    private static void Run(TestStore store, ISessionTables second, Model model, Round drawn)
    {
        var round = new Round(model.Possible(drawn.One), model.Possible(drawn.Other));
        using var together = new Barrier(2);
        var answers = Task.WhenAll(
            Write(store.Sessions, model, round.One, together), Write(second, model, round.Other, together))
            .GetAwaiter().GetResult();

        var (one, other) = (round.One.Done(answers[0]), round.Other.Done(answers[1]));
        var first = model.After(one, out var oneFirst).After(other, out var otherSecond);
        var last = model.After(other, out var otherFirst).After(one, out var oneSecond);
        var given = (One: Batch.Known(answers[0]), Other: Batch.Known(answers[1]));
        if (given.One.SequenceEqual(oneFirst) && given.Other.SequenceEqual(otherSecond)) model.Become(first);
        else if (given.One.SequenceEqual(oneSecond) && given.Other.SequenceEqual(otherFirst)) model.Become(last);
        else Assert.Fail($"In neither order: {string.Join(' ', given.One)} and {string.Join(' ', given.Other)}");
        model.MustBeStoredIn(store.Rows);
    }

    private static Task<SessionWriteOutcome[]> Write(
        ISessionTables sessions, Model model, Batch batch, Barrier together) => Task.Factory.StartNew(
        () =>
        {
            var writes = batch.Steps.Select(step => model.WriteOf(step)).ToList();
            together.SignalAndWait();
            if (writes.Count == 0) return [];
            var results = batch.Waits ? sessions.WriteContended(writes) : sessions.Write(writes);
            return results.Select(result => result.Outcome).ToArray();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <param name="Opens">Opens the session, again if it is there already; otherwise closes it.</param>
    private sealed record Step(int Number, bool Opens);

    private sealed record Batch(Step[] Steps, bool Waits)
    {
        /// <summary>Without what was busy, which must be as if it had never been asked.</summary>
        public Batch Done(SessionWriteOutcome[] answers) =>
            this with { Steps = [.. Steps.Where((_, index) => answers[index] != Busy)] };

        public static SessionWriteOutcome[] Known(SessionWriteOutcome[] answers) =>
            [.. answers.Where(one => one != Busy)];

        public override string ToString() =>
            (Waits ? "waits: " : "") + string.Join(' ', Steps.Select(step => (step.Opens ? "+" : "-") + step.Number));
    }

    private sealed record Round(Batch One, Batch Other);

    /// <summary>Another node on PostgreSQL; the only one again on SQLite, by another thread.</summary>
    private sealed class SecondWriter : IDisposable
    {
        private readonly Bleepay.Silo.Storage.PostgreSql.PostgreSqlDatabase? node;

        public SecondWriter(TestStore store, string database)
        {
            if (database == Databases.PostgreSql) node = new(store.Database.ConnectionString);
            Sessions = node?.Sessions() ?? store.Sessions;
        }

        public ISessionTables Sessions { get; }

        public void Dispose() => node?.Dispose();
    }

    /// <summary>The stored sessions in short: each one's number, and whether it is open.</summary>
    private sealed class Model(int history, bool endsFirst)
    {
        private Dictionary<int, bool> isOpen = [];

        public SessionWrite WriteOf(Step step)
        {
            var caps = CapsOf(step.Number);
            var session = Opened(Id(step.Number), caps: caps, reference: ReferenceOf(step.Number)) with
            {
                WidgetId = WidgetOf(step.Number),
            };
            return step.Opens ? First(session, caps) : End(session);
        }

        /// <summary>A session is closed by a writer that has read it, so not before it was stored.</summary>
        public Batch Possible(Batch batch) =>
            batch with { Steps = [.. batch.Steps.Where(step => step.Opens || isOpen.ContainsKey(step.Number))] };

        public Model After(Batch batch, out SessionWriteOutcome[] outcomes)
        {
            var next = new Model(history, endsFirst) { isOpen = new(isOpen) };
            var answered = new Dictionary<Step, SessionWriteOutcome>();
            foreach (var step in endsFirst ? batch.Steps.OrderBy(step => step.Opens) : batch.Steps.AsEnumerable())
                answered[step] = next.Answer(step);
            outcomes = [.. batch.Steps.Select(step => answered[step])];
            return next;
        }

        public void Become(Model other) => isOpen = other.isOpen;

        public void MustBeStoredIn(StoredRows rows)
        {
            Assert.Equal(
                isOpen.Where(one => one.Value).Select(one => Id(one.Key)).Order(StringComparer.Ordinal),
                rows.Read(
                    $"select id from deposit_session where id like 'dep_{history}_%' and {SessionTable.IsOpen}",
                    row => row.GetString(0)).Order(StringComparer.Ordinal));
            var counters = rows.Read(
                "select widget_id || '/' || customer_reference, open_sessions from open_session_count " +
                $"where widget_id like 'wdgt_{history}_%' and open_sessions > 0",
                row => (row.GetString(0), row.GetInt32(1)));
            Assert.Equal(
                Open().SelectMany(CountersOf).GroupBy(counter => counter).Select(one => (one.Key, one.Count())).Order(),
                counters.Order());
        }

        private SessionWriteOutcome Answer(Step step)
        {
            if (!step.Opens)
            {
                if (!isOpen.GetValueOrDefault(step.Number)) return Conflict;
                isOpen[step.Number] = false;
                return Stored;
            }

            if (isOpen.ContainsKey(step.Number)) return Conflict;
            if (CountersOf(step.Number).Any(counter => Open().SelectMany(CountersOf).Count(one => one == counter)
                >= (counter.EndsWith('/') ? PerWidget : PerReference)))
                return NoSlot;
            isOpen[step.Number] = true;
            return Stored;
        }

        private IEnumerable<int> Open() => isOpen.Where(one => one.Value).Select(one => one.Key);

        private IEnumerable<string> CountersOf(int number)
        {
            if (CapsOf(number).PerWidget is not null) yield return $"{WidgetOf(number)}/";
            if (CapsOf(number).PerReference is not null && ReferenceOf(number) is { } reference)
                yield return $"{WidgetOf(number)}/{reference}";
        }

        private string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"dep_{history}_{number}");

        private string WidgetOf(int number) =>
            string.Create(CultureInfo.InvariantCulture, $"wdgt_{history}_{number % 2}");

        private static string? ReferenceOf(int number) =>
            number / 2 % 3 == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"ref_{number / 2 % 3}");

        private static OpenSessionCaps CapsOf(int number) => (number / 6 % 4) switch
        {
            0 => default,
            1 => new(PerWidget, null),
            2 => new(null, PerReference),
            _ => new(PerWidget, PerReference),
        };
    }
}
