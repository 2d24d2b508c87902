namespace Bleepay.Bench;

/// <summary>What is compared, as the report names it.</summary>
internal static class VariantNames
{
    /// <summary>HTTP, JSON, validation and secret check; nothing is stored.</summary>
    public const string Floor = "A";

    /// <summary>Plain CRUD on PostgreSQL, one durable insert a request. The measure of the others.</summary>
    public const string Crud = "B";

    /// <summary>The same with shared commits.</summary>
    public const string GroupCommit = "B2";

    /// <summary>The product in one process, on PostgreSQL.</summary>
    public const string OursPostgreSql = "ours-postgres";

    /// <summary><see cref="Crud"/> with an <c>Idempotency-Key</c> for each request, in a unique column.</summary>
    public const string CrudKeyed = "B-keyed";

    /// <summary><see cref="OursPostgreSql"/> with an <c>Idempotency-Key</c> for each request.</summary>
    public const string OursPostgreSqlKeyed = "ours-postgres-keyed";

    /// <summary>
    /// <see cref="OursPostgreSql"/> with metrics, and traces of one request in a hundred, sent to a collector.
    /// </summary>
    public const string OursPostgreSqlTelemetry = "ours-postgres-telemetry";

    /// <summary>The product with gateway and silo as separate processes.</summary>
    public const string OursApart = "ours-apart";

    /// <summary>The same with mutual TLS between the two.</summary>
    public const string OursApartTls = "ours-apart-tls";

    /// <summary>Plain CRUD on SQLite, one durable insert a request.</summary>
    public const string SqliteCrud = "sqlite-insert";

    /// <summary>The product in one process, on SQLite.</summary>
    public const string OursSqlite = "ours-sqlite";

    public static readonly IReadOnlyList<string> All =
    [
        Floor, Crud, GroupCommit, CrudKeyed, OursPostgreSql, OursPostgreSqlKeyed, OursPostgreSqlTelemetry, OursApart,
        OursApartTls, SqliteCrud, OursSqlite,
    ];

    /// <summary>True if each request of the load has a different <c>Idempotency-Key</c>.</summary>
    public static bool IsKeyed(string name) => name is CrudKeyed or OursPostgreSqlKeyed;
}
