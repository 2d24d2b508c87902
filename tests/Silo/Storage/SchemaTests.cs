using Bleepay.Silo.Storage;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

[Collection(Databases.Name)]
public sealed class SchemaTests(Databases databases)
{
    private const string NewerRelease =
        "insert into bleepay_schema (version, name, applied_at) values (9999, 'later', '2026-01-01')";

    [Theory]
    [OnEachDatabase]
    public async Task Starts_at_the_same_moment_on_an_empty_database_apply_each_step_once(string database)
    {
        const int Starts = 5;
        using var store = TestStore.Empty(databases, database);
        using var together = new Barrier(Starts);

        await Task.WhenAll(Enumerable.Range(0, Starts).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                store.Migrate();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(
            Migration.Of(store.Database.Provider).Select(migration => migration.Version),
            store.Rows.Read("select version from bleepay_schema order by version", row => row.GetInt32(0)));
    }

    [Theory]
    [OnEachDatabase]
    public void A_second_start_changes_nothing(string database)
    {
        using var store = TestStore.On(databases, database);
        var before = Steps(store);

        store.Migrate();

        Assert.Equal(before, Steps(store));
    }

    [Theory]
    [OnEachDatabase]
    public void A_schema_of_a_newer_release_is_refused_and_left_alone(string database)
    {
        using var store = TestStore.On(databases, database);
        store.Execute(NewerRelease);
        var before = Steps(store);

        var refused = Assert.Throws<SchemaTooNewException>(store.Migrate);

        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Steps(store));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public void Sessions_of_before_keep_their_values_and_indexes_when_columns_move()
    {
        const int Before = 9;
        using var store = TestStore.Empty(databases, Databases.PostgreSql);
        store.Execute("create table bleepay_schema (version integer, name text, applied_at timestamptz default now())");
        foreach (var step in Migration.Of(StorageProvider.PostgreSql).Where(step => step.Version <= Before))
        {
            store.Execute(step.Sql);
            store.Execute($"insert into bleepay_schema values ({step.Version}, '{step.Name}')");
        }

        ManySessions.Fill(store, Databases.PostgreSql, 1_000, open: 100);
        var (rows, indexes) = (Contents(store), Indexes(store));

        store.Migrate();

        Assert.Equal(1_000, rows.Count);
        Assert.Equal(rows, Contents(store));
        Assert.Equal(9, indexes.Count);
        Assert.Equal(indexes, Indexes(store));
        Assert.Equal("created_at", store.Ask(
            "select column_name from information_schema.columns " +
            "where table_name = 'deposit_session' and ordinal_position = 1"));
    }

    [Fact]
    public void In_SQLite_commits_reach_the_disk_before_they_return()
    {
        using var store = TestStore.On(databases, Databases.Sqlite);

        Assert.Equal(2L, store.Ask("pragma synchronous"));
        Assert.Equal("wal", store.Ask("pragma journal_mode"));
    }

    /// <summary>Every column by its name, wherever in the row it is.</summary>
    private static IReadOnlyList<string> Contents(TestStore store) => store.Rows.Read(
        "select to_jsonb(deposit_session)::text from deposit_session order by id", row => row.GetString(0));

    private static IReadOnlyList<string> Indexes(TestStore store) => store.Rows.Read(
        "select indexdef from pg_indexes where tablename = 'deposit_session' order by indexname",
        row => row.GetString(0));

    private static IReadOnlyList<string> Steps(TestStore store) => store.Rows.Read(
        "select version || name || applied_at from bleepay_schema order by version", row => row.GetString(0));
}
