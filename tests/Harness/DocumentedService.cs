namespace Bleepay.Tests.Harness;

/// <summary>The service that the documents' commands are sent to; webhooks may go to this machine.</summary>
public sealed class DocumentedService : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private ServiceProcess? process;

    internal string Folder => folder.Path;

    internal string Address => process!.Address;

    internal Api Api => process!.Api;

    public async Task InitializeAsync() => process = await ServiceProcess.Start(
        folder.Path, new Dictionary<string, string?> { ["Webhooks:AllowPrivateNetworks"] = "true" });

    public async Task DisposeAsync()
    {
        await process!.DisposeAsync();
        folder.Dispose();
    }
}
