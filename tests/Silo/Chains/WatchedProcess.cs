using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>The service as a process that can be killed, on SQLite, watching an anvil with a token.</summary>
internal sealed class WatchedProcess : WatchedShop, IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private ServiceProcess? process;

    private WatchedProcess(Anvil chain, string token)
        : base(chain, token) => Settings = SettingsOf(chain, token);

    /// <summary>Of the processes that start from now on.</summary>
    public Dictionary<string, string?> Settings { get; }

    public override Api Api => Process.Api;

    public ServiceProcess Process => process!;

    public StoredRows Rows => new(ServiceProcess.DatabaseIn(folder.Path));

    /// <param name="given">Settings beside those of the chain.</param>
    public static async Task<WatchedProcess> Start(
        Anvil chain, IReadOnlyDictionary<string, string?>? given = null)
    {
        var watched = new WatchedProcess(chain, await chain.DeployToken());
        foreach (var (name, value) in given ?? new Dictionary<string, string?>()) watched.Settings[name] = value;
        await watched.StartService();
        await watched.HeadIsRead();
        return watched;
    }

    public async Task StartService()
    {
        if (process is not null) await process.DisposeAsync();
        process = await ServiceProcess.Start(folder.Path, Settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
        folder.Dispose();
    }
}
