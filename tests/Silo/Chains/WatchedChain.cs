using System.Text.Json.Nodes;
using Bleepay.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;

namespace Bleepay.Tests.Silo.Chains;

/// <summary>The service in this process, watching an anvil with a token.</summary>
internal sealed class WatchedChain : WatchedShop, IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();

    private WatchedChain(Anvil? chain, string token, Dictionary<string, string?> settings)
        : base(chain!, token) => Settings = settings;

    /// <summary>Of the services that start from now on.</summary>
    public Dictionary<string, string?> Settings { get; }

    public ServiceHost Host { get; private set; } = null!;

    public override Api Api => new(Host.Http);

    /// <summary>Changes the composition of the services that are started.</summary>
    public Action<WebApplicationBuilder>? Compose { get; set; }

    /// <inheritdoc cref="WatchedShop.SettingsOf" path="/param"/>
    public static Task<WatchedChain> Start(Anvil chain, params string[] providers) => Start(chain, [], providers);

    /// <inheritdoc cref="WatchedShop.SettingsOf" path="/param"/>
    /// <param name="more">Settings beside the usual ones, and over them.</param>
    public static async Task<WatchedChain> Start(
        Anvil chain, Dictionary<string, string?> more, params string[] providers)
    {
        var watched = Of(chain, await chain.DeployToken(), more, providers);
        await watched.StartService();
        return watched;
    }

    /// <summary>On a database of this server.</summary>
    public static async Task<WatchedChain> StartOn(
        PostgreSqlServer server, Anvil chain, IReadOnlyDictionary<string, string?> given)
    {
        var watched = Of(chain, await chain.DeployToken(), Databases.SettingsOf(server).Concat(given));
        await watched.StartService();
        return watched;
    }

    /// <summary>With these settings and no others.</summary>
    public static async Task<WatchedChain> StartWith(
        Anvil chain, string token, Dictionary<string, string?> settings)
    {
        var watched = new WatchedChain(chain, token, settings);
        await watched.StartService();
        return watched;
    }

    /// <summary>Watches chains that the test writes, which tests wait for themselves.</summary>
    public static async Task<WatchedChain> Start(Dictionary<string, string?> more, params ScriptedChain[] chains)
    {
        var watched = Of(null, ScriptedChain.Token, more, [.. chains.Select(chain => chain.Url)]);
        await watched.StartBehind();
        return watched;
    }

    /// <param name="head">The last block that its provider shows; by default the chain's.</param>
    public async Task StartService(long? head = null)
    {
        await StartBehind();
        await HeadIsRead(head);
    }

    /// <summary>Starts the service, and does not wait until it has read what is there.</summary>
    public async Task StartBehind() => Host = await ServiceHost.Start(folder.Path, Settings, Compose);

    /// <summary>Lets all sessions have been created earlier, while no service runs.</summary>
    public void MakeOlder(TimeSpan by)
    {
        var file = Path.Combine(folder.Path, "bleepay.db");
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "update deposit_session set created_at = created_at - $by";
        command.Parameters.AddWithValue("$by", (long)by.TotalMilliseconds);
        command.ExecuteNonQuery();
    }

    /// <summary>What the service reports about the network.</summary>
    public async Task<JsonNode> Health() => (await Api.Get("/health/chains")).MustBeOk().Body[0]!;

    public Task HeadIs(long head) => HeadIsRead(head);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        folder.Dispose();
    }

    private static WatchedChain Of(
        Anvil? chain, string token, IEnumerable<KeyValuePair<string, string?>> more, params string[] providers)
    {
        var settings = SettingsOf(chain!, token, providers);
        foreach (var (name, value) in more) settings[name] = value;
        return new WatchedChain(chain, token, settings);
    }
}
