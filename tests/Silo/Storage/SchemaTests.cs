using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Storage;

public sealed class SchemaTests
{
    private const string NewerRelease =
        "insert into bleepay_schema (version, name, applied_at) values (9999, 'later', '2026-01-01')";

    [Theory]
    [OnEachDatabase]
    public async Task Starts_at_the_same_moment_on_an_empty_database_apply_each_step_once(string database)
    {
        const int Starts = 5;
        using var store = TestStore.Empty(database);
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
        using var store = TestStore.On(database);
        var before = Steps(store);

        store.Migrate();

        Assert.Equal(before, Steps(store));
    }

    [Theory]
    [OnEachDatabase]
    public void A_schema_of_a_newer_release_is_refused_and_not_changed(string database)
    {
        using var store = TestStore.On(database);
        store.Execute(NewerRelease);
        var before = Steps(store);

        var refused = Assert.Throws<SchemaTooNewException>(store.Migrate);

        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Steps(store));
    }

    [Theory]
    [OnEachDatabase]
    public void The_tables_of_sessions_have_the_columns_that_the_code_declares(string database)
    {
        using var store = TestStore.On(database);

        Assert.Equal(Declared(SessionTable.Table), Columns(store, "deposit_session"));
        Assert.Equal(Declared(SessionEventTable.Table), Columns(store, "session_event"));
        Assert.Equal(Declared(SessionPaymentTable.Table), Columns(store, "session_payment"));
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public void In_PostgreSQL_the_columns_of_fixed_width_come_first_and_the_widest_before_the_others()
    {
        using var store = TestStore.On(Databases.PostgreSql);

        var widths = store.Rows.Read(
            "select attlen from pg_attribute where attrelid = 'deposit_session'::regclass and attnum > 0 " +
            "order by attnum",
            row => row.GetInt16(0));

        Assert.Equal(SessionTable.Table.Columns.Count, widths.Count);
        Assert.Equal(widths.OrderDescending(), widths);
    }

    [Fact]
    public void In_SQLite_commits_reach_the_disk_before_they_return()
    {
        using var store = TestStore.On(Databases.Sqlite);

        Assert.Equal(2L, store.Ask("pragma synchronous"));
        Assert.Equal("wal", store.Ask("pragma journal_mode"));
    }

    private static IEnumerable<string> Declared<TRow>(Table<TRow> table) =>
        table.Columns.Select(column => column.Name).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Columns(TestStore store, string table) => store.Rows.Read(
        store.Database.Provider == StorageProvider.Sqlite
            ? $"select name from pragma_table_info('{table}')"
            : $"select column_name from information_schema.columns where table_name = '{table}'",
        row => row.GetString(0)).Order(StringComparer.Ordinal);

    private static IReadOnlyList<string> Steps(TestStore store) => store.Rows.Read(
        "select version || name || applied_at from bleepay_schema order by version", row => row.GetString(0));
}
