using Npgsql;

namespace Bleepay.Bench.Load;

/// <summary>The server that <c>bench/run</c> has started, and its own counters.</summary>
internal sealed class PostgreSql : IDisposable
{
    /// <summary>A connection string without a database.</summary>
    private const string ServerVariable = "BENCH_POSTGRES";

    private const string ProcessVariable = "BENCH_POSTGRES_PID";

    private static readonly string[] DescribedSettings =
    [
        "server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_compression", "shared_buffers",
        "max_wal_size",
    ];

    private readonly NpgsqlDataSource admin;
    private readonly string server;
    private readonly int processId;

    public PostgreSql()
    {
        server = Environment.GetEnvironmentVariable(ServerVariable)
            ?? throw new BenchmarkException("Start the benchmark with bench/run, which starts PostgreSQL.");
        processId = int.Parse(
            Environment.GetEnvironmentVariable(ProcessVariable)!, System.Globalization.CultureInfo.InvariantCulture);
        admin = NpgsqlDataSource.Create(ConnectionString("postgres"));
        Execute(admin, "create extension if not exists pg_stat_statements; " +
            "create extension if not exists pg_walinspect");
    }

    public string ConnectionString(string database) =>
        new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;

    public void Create(string database) => Execute(admin, $"create database {database}");

    public NpgsqlDataSource Open(string database) => NpgsqlDataSource.Create(ConnectionString(database));

    public TimeSpan Cpu() => ProcessTree.Cpu(processId);

    /// <summary>How the server is set up, for the report.</summary>
    public string Describe() => string.Join(", ",
        DescribedSettings.Select(name => $"{name} {Scalar<string>(admin, $"select current_setting('{name}')")}"));

    public Counters Read(string database) => new(
        Scalar<string>(admin, "select pg_current_wal_flush_lsn()::text"),
        Scalar<long>(admin,
            "select coalesce(sum(calls), 0)::bigint from pg_stat_statements " +
            $"where dbid = (select oid from pg_database where datname = '{database}')"));

    /// <summary>Commits that wrote something, counted in the log of commits itself.</summary>
    public long CommitsBetween(string begin, string end) => Scalar<long>(admin,
        $"select coalesce(sum(count), 0)::bigint from pg_get_wal_stats('{begin}', '{end}', true) " +
        "where \"resource_manager/record_type\" = 'Transaction/COMMIT'");

    public long BytesBetween(string begin, string end) =>
        Scalar<long>(admin, $"select pg_wal_lsn_diff('{end}', '{begin}')::bigint");

    /// <summary>So that no round pays for what was before.</summary>
    public void Settle(string database)
    {
        using var source = Open(database);
        Execute(source, "vacuum analyze");
        Execute(admin, "checkpoint");
    }

    public void Dispose() => admin.Dispose();

    public static void Execute(NpgsqlDataSource source, string sql)
    {
        using var connection = source.OpenConnection();
#pragma warning disable CA2100 // Every text is of this tool.
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public static T Scalar<T>(NpgsqlDataSource source, string sql)
    {
        using var connection = source.OpenConnection();
#pragma warning disable CA2100 // Every text is of this tool.
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        return (T)command.ExecuteScalar()!;
    }
}

/// <summary>Where the server's counters stand.</summary>
/// <param name="Position">Up to where the write-ahead log is on the disk: the rest can't be looked into yet.</param>
/// <param name="SqlCalls">Statements of one database so far.</param>
internal readonly record struct Counters(string Position, long SqlCalls);
