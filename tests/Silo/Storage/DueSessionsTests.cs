using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.PostgreSql;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Tests.Harness;
using static Bleepay.Tests.Silo.Storage.TestStore;

namespace Bleepay.Tests.Silo.Storage;

public sealed class DueSessionsTests : IDisposable
{
    private TestStore store = null!;

    /// <summary>Ranges of Orleans' ring, <c>(begin, end]</c>; from 0x80000000 stored as negative.</summary>
    [Theory]
    [OnEachDatabase(0x10000000u, 0x60000000u)]
    [OnEachDatabase(0x40000000u, 0xC0000000u)]
    [OnEachDatabase(0x90000000u, 0xF0000000u)]
    [OnEachDatabase(0x60000000u, 0x10000000u)]
    [OnEachDatabase(0xC0000000u, 0x40000000u)]
    [OnEachDatabase(0xF0000000u, 0x90000000u)]
    [OnEachDatabase(0xF0000000u, 0x10000000u)]
    [OnEachDatabase(0x00000000u, 0x80000000u)]
    [OnEachDatabase(0x80000000u, 0x00000000u)]
    [OnEachDatabase(0x12345678u, 0x12345678u)]
    [OnEachDatabase(0x00000000u, 0x00000000u)]
    public void A_part_of_the_ring_is_served_with_exactly_its_sessions(string database, uint begin, uint end)
    {
        Use(database);
        var ids = Enumerable.Range(0, 400).Select(number => $"dep_{number}").ToList();
        store.Write([.. ids.Select(id => First(Opened(id)))]);

        var due = store.Sessions.ReadDue([new DueQuery(begin, end, DateTimeOffset.MaxValue)])[0];

        var expected = ids.Where(id => IsWithin(Hash(id), begin, end));
        Assert.Equal(expected.Order(), due.Select(one => one.Id).Order());
    }

    [Theory]
    [OnEachDatabase]
    public void A_hash_belongs_to_the_range_that_ends_with_it_and_not_to_the_one_that_begins_with_it(string database)
    {
        Use(database);
        store.Write(First(Opened("dep_1")));
        var hash = Hash("dep_1");

        var due = store.Sessions.ReadDue(
            [new(hash - 1, hash, DateTimeOffset.MaxValue), new(hash, hash + 1, DateTimeOffset.MaxValue)]);

        Assert.Single(due[0]);
        Assert.Empty(due[1]);
    }

    [Theory]
    [OnEachDatabase]
    public void Open_sessions_up_to_the_horizon_are_served_and_ended_ones_never(string database)
    {
        Use(database);
        var open = Opened("dep_open", Now);
        var ended = Opened("dep_ended", Now);
        store.Write(First(open), First(ended), First(Opened("dep_later", Now.AddMilliseconds(1))));
        store.Write(End(ended));

        var due = store.Sessions.ReadDue([new DueQuery(0, 0, Now)])[0];

        Assert.Equal([new DueSession("dep_open", Now)], due);
    }

    [Theory]
    [InlineData(SqliteDueReader.Everywhere)]
    [InlineData(SqliteDueReader.Within)]
    [InlineData(SqliteDueReader.Around)]
    public void In_SQLite_what_is_due_is_found_by_the_index_of_open_sessions(string query)
    {
        Use(Databases.Sqlite);
        var plan = store.Rows.Read("explain query plan " + query, row => row.GetString(3));

        Assert.Contains(plan, step => step.Contains("deposit_session_due", StringComparison.Ordinal));
        Assert.DoesNotContain("SCAN deposit_session", plan);
    }

    [TheoryThatNeeds(Tool.PostgreSql)]
    [InlineData(PostgreSqlSessionReader.Everywhere)]
    [InlineData(PostgreSqlSessionReader.Within)]
    [InlineData(PostgreSqlSessionReader.Around)]
    public void In_PostgreSQL_what_is_due_is_found_by_the_index_of_open_sessions(string query)
    {
        Use(Databases.PostgreSql);
        for (var batch = 0; batch < 10; batch++)
        {
            var ids = Enumerable.Range(batch * 500, 500);
            store.Write([.. ids.Select(id => First(Opened($"dep_{id}", Now.AddMinutes(id))))]);
        }

        store.Execute("analyze");
        var asked = query
            .Replace("$1", $"'{Now.AddMinutes(2):O}'", StringComparison.Ordinal)
            .Replace("$2", "-1000", StringComparison.Ordinal)
            .Replace("$3", "1000000000", StringComparison.Ordinal);
        var plan = string.Join('\n', store.Rows.Read("explain " + asked, row => row.GetString(0)));

        Assert.Contains("deposit_session_due", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    public void Dispose() => store.Dispose();

    private void Use(string database) => store = TestStore.On(database);

    private static uint Hash(string id) => unchecked((uint)SessionTable.HashOf(id));

    private static bool IsWithin(uint hash, uint begin, uint end) =>
        begin == end || (begin < end ? hash > begin && hash <= end : hash > begin || hash <= end);
}
