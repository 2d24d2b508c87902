using System.Reflection;
using System.Security.Cryptography;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.PostgreSql;
using Xunit.Sdk;

namespace Bleepay.Tests.Harness;

/// <summary>Every database that the service can stand on, for tests that must hold on each.</summary>
public sealed class Databases : IDisposable
{
    public const string Name = "databases";
    public const string Sqlite = nameof(StorageProvider.Sqlite);
    public const string PostgreSql = nameof(StorageProvider.PostgreSql);

    private readonly Dictionary<string, (TemporaryFolder Folder, ServiceHost Host)> hosts = [];

    /// <summary>A new database of the server; null for SQLite, which needs no more than a file.</summary>
    internal static IDatabase? OfServer(string provider) =>
        provider == PostgreSql ? new PostgreSqlDatabase(PostgreSqlServer.Shared.CreateDatabase()) : null;

    /// <summary>A service on such a database, shared by all tests.</summary>
    internal async Task<ServiceHost> Host(string provider)
    {
        if (hosts.TryGetValue(provider, out var known)) return known.Host;
        var folder = new TemporaryFolder();
        var settings = provider == PostgreSql ? SettingsOf(PostgreSqlServer.Shared) : [];
        settings["Webhooks:AllowPrivateNetworks"] = "true";
        var host = await ServiceHost.Start(folder.Path, settings);
        hosts[provider] = (folder, host);
        return host;
    }

    /// <summary>What makes a service one of a cluster on a new database of the server.</summary>
    internal static Dictionary<string, string?> SettingsOf(PostgreSqlServer server) => new()
    {
        ["Storage:Provider"] = PostgreSql,
        ["ConnectionStrings:Bleepay"] = server.CreateDatabase(),
        ["Secrets:Keys:0"] = TestLog.Remember(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
        ["Cluster:AdvertisedIp"] = "127.0.0.1",
    };

    public void Dispose()
    {
        foreach (var (folder, host) in hosts.Values)
        {
            host.DisposeAsync().AsTask().GetAwaiter().GetResult();
            folder.Dispose();
        }
    }
}

[CollectionDefinition(Databases.Name)]
public sealed class DatabaseTests : ICollectionFixture<Databases>;

/// <summary>
/// Runs a theory on every database, with its name as the first argument. On a machine without PostgreSQL its row is
/// skipped.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class OnEachDatabaseAttribute(params object[] rest) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        yield return [Databases.Sqlite, .. rest];
        yield return [Databases.PostgreSql, .. rest];
    }
}
