using Bleepay.Grains.Sessions;
using Bleepay.Silo.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bleepay.Bench.Baselines;

/// <summary>One session as a row.</summary>
internal sealed record SessionRow(
    string Id,
    string BusinessId,
    string WidgetId,
    SessionTerms Terms,
    string SecretKeyId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string? IdempotencyKey);

/// <summary>Where a baseline keeps its sessions.</summary>
internal interface ISessionTable
{
    /// <summary>The row is durable when the task has ended.</summary>
    /// <returns>The row, or the one that was stored before with its <c>Idempotency-Key</c>.</returns>
    Task<SessionRow> Insert(SessionRow row);
}

/// <summary>Keeps nothing: what HTTP, JSON and validation alone cost.</summary>
internal sealed class NoTable : ISessionTable
{
    public Task<SessionRow> Insert(SessionRow row) => Task.FromResult(row);
}

/// <summary>
/// Plain CRUD at its best: pooled connections that are not reset, a statement that stays prepared, and an insert that
/// is a separate commit.
/// </summary>
internal sealed class PostgreSqlTable : ISessionTable, IDisposable
{
    /// <summary>With the index by which a sweeper finds what is due.</summary>
    private const string Schema =
        """
        create table if not exists deposit_session (
            id                 text        not null primary key,
            business_id        text        not null,
            widget_id          text        not null,
            payment_status     text        not null,
            amount             text        not null,
            currency           text        not null,
            network            text        not null,
            currency_address   text        not null,
            deposit_address    text        not null,
            customer_email     text,
            customer_reference text,
            metadata           text,
            secret_key_id      text        not null,
            created_at         timestamptz not null,
            expires_at         timestamptz not null
        );
        create index if not exists deposit_session_due on deposit_session (expires_at)
            where payment_status = 'CREATED';
        """;

    internal const string Columns =
        """
        id, business_id, widget_id, payment_status, amount, currency, network, currency_address, deposit_address,
        customer_email, customer_reference, metadata, secret_key_id, created_at, expires_at
        """;

    private const string Sql =
        "insert into deposit_session (" + Columns + ") " +
        "values ($1, $2, $3, 'CREATED', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    private const string KeySchema =
        """
        alter table deposit_session add column if not exists idempotency_key text;
        create unique index if not exists deposit_session_by_key on deposit_session (widget_id, idempotency_key);
        """;

    private const string KeyedSql =
        "insert into deposit_session (" + Columns + ", idempotency_key) " +
        "values ($1, $2, $3, 'CREATED', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) " +
        "on conflict (widget_id, idempotency_key) do nothing";

    private const string KnownSql =
        "select id, secret_key_id, created_at, expires_at from deposit_session " +
        "where widget_id = $1 and idempotency_key = $2";

    private const int PreparedStatementsMax = 64;

    private readonly NpgsqlDataSource source;
    private readonly bool isKeyed;

    /// <param name="isKeyed">Requests have an <c>Idempotency-Key</c>, which a unique column holds.</param>
    public PostgreSqlTable(string connectionString, bool isKeyed)
    {
        this.isKeyed = isKeyed;
        source = Open(connectionString);
        if (!isKeyed) return;
        using var schema = source.CreateCommand(KeySchema);
        schema.ExecuteNonQuery();
    }

    public async Task<SessionRow> Insert(SessionRow row)
    {
        await using var command = source.CreateCommand(isKeyed ? KeyedSql : Sql);
        Add(row.Id);
        Add(row.BusinessId);
        Add(row.WidgetId);
        Add(row.Terms.Amount);
        Add(row.Terms.Currency);
        Add(row.Terms.Network);
        Add(row.Terms.CurrencyAddress);
        Add(row.Terms.DepositAddress);
        AddOptional(row.Terms.CustomerEmail);
        AddOptional(row.Terms.CustomerReference);
        AddOptional(row.Terms.Metadata);
        Add(row.SecretKeyId);
        Add(row.CreatedAt.UtcDateTime);
        Add(row.ExpiresAt.UtcDateTime);
        if (isKeyed) AddOptional(row.IdempotencyKey);
        return await command.ExecuteNonQueryAsync() == 1 ? row : await ReadBack(row);

        void Add<T>(T value) => command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

        void AddOptional(string? value) => command.Parameters.Add(
            value is null
                ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text }
                : new NpgsqlParameter<string> { TypedValue = value });
    }

    public void Dispose() => source.Dispose();

    private async Task<SessionRow> ReadBack(SessionRow row)
    {
        await using var command = source.CreateCommand(KnownSql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = row.WidgetId });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = row.IdempotencyKey! });
        await using var known = await command.ExecuteReaderAsync();
        await known.ReadAsync();
        return row with
        {
            Id = known.GetString(0),
            SecretKeyId = known.GetString(1),
            CreatedAt = known.GetDateTime(2),
            ExpiresAt = known.GetDateTime(3),
        };
    }

    internal static NpgsqlDataSource Open(string connectionString)
    {
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            NoResetOnClose = true,
            MaxAutoPrepare = PreparedStatementsMax,
        });
        using var schema = source.CreateCommand(Schema);
        schema.ExecuteNonQuery();
        return source;
    }
}

/// <summary>The same table, with commits that are shared by all requests that wait at the time.</summary>
internal sealed class GroupCommitTable : ISessionTable, IDisposable
{
    private const int WaitingMax = 20_000;
    private const int TogetherMax = 500;

    private const string Sql =
        "insert into deposit_session (" + PostgreSqlTable.Columns + ") " +
        """
        select id, business_id, widget_id, 'CREATED', amount, currency, network, currency_address, deposit_address,
            customer_email, customer_reference, metadata, secret_key_id, created_at, expires_at
        from unnest(
            $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[])
            as row (id, business_id, widget_id, amount, currency, network, currency_address, deposit_address,
                customer_email, customer_reference, metadata, secret_key_id, created_at, expires_at)
        """;

    private readonly NpgsqlDataSource source;
    private readonly BatchQueue<SessionRow, bool> queue;

    public GroupCommitTable(string connectionString)
    {
        source = PostgreSqlTable.Open(connectionString);
        queue = new("group commit", WaitingMax, TogetherMax, Insert);
    }

    public async Task<SessionRow> Insert(SessionRow row)
    {
        await queue.Submit(row);
        return row;
    }

    public void Dispose()
    {
        queue.Dispose();
        source.Dispose();
    }

    private bool[] Insert(IReadOnlyList<SessionRow> rows)
    {
        using var command = source.CreateCommand(Sql);
        Add(row => row.Id);
        Add(row => row.BusinessId);
        Add(row => row.WidgetId);
        Add(row => row.Terms.Amount);
        Add(row => row.Terms.Currency);
        Add(row => row.Terms.Network);
        Add(row => row.Terms.CurrencyAddress);
        Add(row => row.Terms.DepositAddress);
        Add(row => row.Terms.CustomerEmail);
        Add(row => row.Terms.CustomerReference);
        Add(row => row.Terms.Metadata);
        Add(row => row.SecretKeyId);
        Add(row => row.CreatedAt.UtcDateTime);
        Add(row => row.ExpiresAt.UtcDateTime);
        command.ExecuteNonQuery();
        return [.. rows.Select(_ => true)];

        void Add<T>(Func<SessionRow, T> value) => command.Parameters.Add(
            new NpgsqlParameter<T[]> { TypedValue = [.. rows.Select(value)] });
    }
}

/// <summary>
/// One durable insert a request in a file. SQLite has one writer, so one connection with a queue before it is the best
/// that separate requests can have: with several, the losers of the lock would sleep and retry.
/// </summary>
internal sealed class SqliteTable : ISessionTable, IDisposable
{
    private const string Schema =
        """
        pragma journal_mode = wal;
        pragma synchronous = full;
        create table if not exists deposit_session (
            id                 text    not null primary key,
            business_id        text    not null,
            widget_id          text    not null,
            payment_status     text    not null,
            amount             text    not null,
            currency           text    not null,
            network            text    not null,
            currency_address   text    not null,
            deposit_address    text    not null,
            customer_email     text,
            customer_reference text,
            metadata           text,
            secret_key_id      text    not null,
            created_at         integer not null,
            expires_at         integer not null
        ) strict, without rowid;
        create index if not exists deposit_session_due on deposit_session (expires_at)
            where payment_status = 'CREATED';
        """;

    private const string Sql =
        "insert into deposit_session (" + PostgreSqlTable.Columns + ") " +
        "values (?1, ?2, ?3, 'CREATED', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

    private const int ParameterCount = 14;

    private readonly SemaphoreSlim turn = new(1);
    private readonly SqliteConnection connection;
    private readonly SqliteCommand insert;

    public SqliteTable(string connectionString)
    {
        connection = new SqliteConnection(connectionString);
        connection.Open();
        using var schema = connection.CreateCommand();
        schema.CommandText = Schema;
        schema.ExecuteNonQuery();
        insert = connection.CreateCommand();
        insert.CommandText = Sql;
        for (var number = 1; number <= ParameterCount; number++)
            insert.Parameters.Add(new SqliteParameter { ParameterName = $"?{number}" });
    }

    public async Task<SessionRow> Insert(SessionRow row)
    {
        object?[] values =
        [
            row.Id, row.BusinessId, row.WidgetId, row.Terms.Amount, row.Terms.Currency, row.Terms.Network,
            row.Terms.CurrencyAddress, row.Terms.DepositAddress, row.Terms.CustomerEmail, row.Terms.CustomerReference,
            row.Terms.Metadata, row.SecretKeyId, row.CreatedAt.ToUnixTimeMilliseconds(),
            row.ExpiresAt.ToUnixTimeMilliseconds(),
        ];
        await turn.WaitAsync();
        try
        {
            for (var index = 0; index < values.Length; index++)
                insert.Parameters[index].Value = values[index] ?? DBNull.Value;
            insert.ExecuteNonQuery();
            return row;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose()
    {
        insert.Dispose();
        connection.Dispose();
        turn.Dispose();
    }
}
