using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

/// <summary>Two nodes on one database write the same rows at the same time.</summary>
public sealed class PostgreSqlNodesTests
{
    private const int Rounds = 15;

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Of_two_nodes_that_open_the_same_sessions_each_session_has_one()
    {
        using var store = TestStore.On(Databases.PostgreSql);
        for (var round = 0; round < Rounds; round++)
        {
            var sessions = Enumerable.Range(0, 20).Select(number => Opened($"dep_{round}_{number}")).ToList();

            var outcomes = await OnBothNodes(store, node =>
                [.. (node == 0 ? sessions : Enumerable.Reverse(sessions)).Select(session => First(session))]);

            var winners = outcomes.SelectMany(outcome => outcome)
                .Where(outcome => outcome.Outcome == SessionWriteOutcome.Stored)
                .Select(outcome => outcome.Id);
            Assert.Equal(sessions.Select(session => session.Id).Order(), winners.Order());
        }

        Assert.Equal(Rounds * 20, store.Rows.Count("select count(*) from deposit_session"));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Of_two_nodes_that_end_the_same_session_one_stores_the_end()
    {
        using var store = TestStore.On(Databases.PostgreSql);
        var sessions = Enumerable.Range(0, Rounds).Select(number => Opened($"dep_{number}")).ToList();
        store.Write([.. sessions.Select(session => First(session))]);

        foreach (var session in sessions)
        {
            var outcomes = await OnBothNodes(store, _ => [End(session)]);
            Assert.Single(
                outcomes.SelectMany(outcome => outcome), one => one.Outcome == SessionWriteOutcome.Stored);
        }

        Assert.Equal(Rounds, store.Rows.Count("select count(*) from session_event"));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task Caps_hold_on_two_nodes_at_once_and_every_slot_comes_back()
    {
        const int PerWidget = 7;
        const int PerReference = 3;
        using var store = TestStore.On(Databases.PostgreSql);
        var caps = new OpenSessionCaps(PerWidget, PerReference);
        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await OnBothNodes(store, node => [.. Enumerable.Range(0, 10).Select(number => First(
                Opened($"dep_{round}_{node}_{number}", caps: caps, reference: $"ref_{(number + node) % 4}"), caps))]);

            var stored = outcomes.SelectMany(outcome => outcome)
                .Where(outcome => outcome.Outcome == SessionWriteOutcome.Stored)
                .ToList();
            Assert.Equal(PerWidget, stored.Count);
            Assert.Equal(PerWidget, store.Rows.Count(
                $"select count(*) from deposit_session where {SessionTable.IsOpen}"));
            Assert.InRange(
                store.Rows.Count(
                    $"""
                    select max(open) from (
                        select count(*) as open from deposit_session where {SessionTable.IsOpen}
                        group by customer_reference) as reference
                    """),
                1,
                PerReference);

            var ends = stored.Select(one => End(store.Sessions.Read([one.Id])[0]!)).ToList();
            await OnBothNodes(store, node => [.. ends.Where((_, index) => index % 2 == node)]);
            Assert.Equal(0, store.Rows.Count("select sum(open_sessions) from open_session_count"));
        }
    }

    /// <summary>Both nodes commit their batch at the same moment, each by its own connections.</summary>
    private static Task<(string Id, SessionWriteOutcome Outcome)[][]> OnBothNodes(
        TestStore store, Func<int, IReadOnlyList<SessionWrite>> batchOf)
    {
        var together = new Barrier(2);
        return Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Factory.StartNew(
            () =>
            {
                using var node = new PostgreSqlDatabase(store.Database.ConnectionString);
                var batch = batchOf(number);
                together.SignalAndWait();
                var results = node.Sessions().WriteContended(batch);
                return batch.Zip(results, (write, result) => (write.Session.Id, result.Outcome)).ToArray();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
    }
}
