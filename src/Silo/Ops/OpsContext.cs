using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sqlite;

namespace Bleepay.Silo.Ops;

/// <summary>What a command needs: the settings of the service, its database, and the node on this host.</summary>
internal sealed class OpsContext : IDisposable
{
    public OpsContext()
    {
        Settings = SiloHost.ReadSettings();
        Database = StorageHost.DatabaseOf(Settings);
    }

    public IConfiguration Settings { get; }

    public IDatabase Database { get; }

    /// <exception cref="OpsException">There is no database yet.</exception>
    public OpsReads Reads => Database is SqliteDatabase file && !File.Exists(file.Path)
        ? throw new OpsException(
            $"There is no database at {file.Path}; set ConnectionStrings__Bleepay as the service has it.")
        : new OpsReads(Database);

    public OpsClient Client => new(OpsOptions.SocketOf(Settings, Database));

    public void Dispose() => (Database as IDisposable)?.Dispose();
}
