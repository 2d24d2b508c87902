namespace Bleepay.Silo.Storage;

/// <summary>Settings of the store, section <c>Storage</c>.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";
    public const string ConnectionName = "Bleepay";

    /// <summary>Which database. The default value is <see cref="StorageProvider.Sqlite"/>.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;
}

/// <summary>The databases that the service supports.</summary>
internal enum StorageProvider
{
    /// <summary>One file beside the process: a complete service on one machine.</summary>
    Sqlite,

    /// <summary>A server that the nodes of a cluster share.</summary>
    PostgreSql,
}
