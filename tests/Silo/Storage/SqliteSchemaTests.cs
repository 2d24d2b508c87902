using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sqlite;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bleepay.Tests.Silo.Storage;

public sealed class SqliteSchemaTests
{
    [Fact]
    public async Task Starts_at_the_same_moment_on_an_empty_folder_apply_each_step_once()
    {
        const int Starts = 5;
        using var folder = new TemporaryFolder();
        using var together = new Barrier(Starts);
        var path = Path.Combine(folder.Path, "bleepay.db");

        await Task.WhenAll(Enumerable.Range(0, Starts).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                Schema(path).Migrate();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(
            Migration.Of(StorageProvider.Sqlite).Select(migration => migration.Version),
            new StoredRows(path)
                .Read("select version from bleepay_schema order by version", row => row.GetInt32(0)));
    }

    [Fact]
    public void A_second_start_changes_nothing()
    {
        using var store = new TestStore();
        var before = State(store);

        Schema(store.Database.Path).Migrate();

        Assert.Equal(before, State(store));
    }

    [Fact]
    public void A_schema_of_a_newer_release_is_refused_and_left_alone()
    {
        using var store = new TestStore();
        store.Execute("insert into bleepay_schema (version, name, applied_at) values (9999, 'later', '')");
        var before = State(store);

        var refused = Assert.Throws<SchemaTooNewException>(Schema(store.Database.Path).Migrate);

        Assert.Contains("9999", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, State(store));
    }

    [Fact]
    public void Commits_reach_the_disk_before_they_return()
    {
        using var store = new TestStore();
        using var connection = store.Database.Open();
        using var command = connection.CreateCommand();

        command.CommandText = "pragma synchronous";
        Assert.Equal(2L, command.ExecuteScalar());
        command.CommandText = "pragma journal_mode";
        Assert.Equal("wal", command.ExecuteScalar());
    }

    private static SqliteSchema Schema(string path) =>
        new(new SqliteDatabase($"Data Source={path};Pooling=False"), NullLogger<SqliteSchema>.Instance);

    /// <summary>SQLite counts every change of the schema.</summary>
    private static (long Changes, string Steps) State(TestStore store) => (
        store.Rows.Count("pragma schema_version"),
        string.Join(", ", store.Rows.Read(
            "select version || applied_at from bleepay_schema order by version", row => row.GetString(0))));
}
