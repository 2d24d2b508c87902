namespace Bleepay.Tests.Harness;

/// <summary>One service for all tests that only talk to it over HTTP.</summary>
public sealed class ServiceFixture : IAsyncLifetime
{
    public const string Name = "service";

    private readonly TemporaryFolder folder = new();
    private ServiceHost? host;

    internal ServiceHost Host => host!;

    internal Api Api => new(Host.Http);

    public async Task InitializeAsync() => host = await ServiceHost.Start(folder.Path);

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        folder.Dispose();
    }
}

[CollectionDefinition(ServiceFixture.Name)]
public sealed class ServiceTests : ICollectionFixture<ServiceFixture>;
