using Bleepay.Tests.Harness;
using Xunit.Abstractions;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>A cluster that runs gets certificates, and could lose them again, without a stop.</summary>
public sealed class TlsRollTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReloadWithin = TimeSpan.FromSeconds(30);

    /// <summary>The way back is the same steps in the other order: the same pairs of neighbours.</summary>
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("TLS_ROLL_TEST") == "long";

    /// <summary>One node suffices for every pair of neighbours: its successor joins before it leaves.</summary>
    private static readonly int Nodes = IsLong ? 2 : 1;

    private static readonly string[] Forth = ["Allow", "Prefer", "Require"];

    /// <summary>Null is a cluster without certificates.</summary>
    private static readonly string?[] Back = ["Prefer", "Allow", null];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_roll_from_plaintext_to_TLS_under_load_fails_no_request()
    {
        var server = PostgreSqlServer.Shared;
        await using var cluster = await ServiceCluster.Start(server, Nodes, Lifetime, isPlaintext: true);
        var load = new ClusterLoad(cluster, await cluster.Nodes[0].Api.CreateWidget());
        var retired = new List<DateTimeOffset>();

        await load.During(async () =>
        {
            foreach (var mode in Forth) await Roll(mode);
            foreach (var mode in IsLong ? Back : []) await Roll(mode);
        });

        Assert.Empty(load.Failures);
        await new ClusterAccount(cluster.Rows, output).MustBalance(load, retired);

        async Task Roll(string? mode)
        {
            if (mode is null) cluster.UsePlaintext();
            else cluster.UseTls(mode);
            for (var node = 0; node < Nodes; node++)
            {
                await cluster.Join();
                retired.Add(DateTimeOffset.UtcNow);
                Assert.Equal(0, await cluster.RetireOne());
            }
        }
    }

    [FactThatNeeds(Tool.PostgreSql)]
    public async Task A_new_CA_and_its_certificates_are_taken_over_without_a_restart()
    {
        var server = PostgreSqlServer.Shared;
        using var authority = TestAuthority.Create();
        using var next = TestAuthority.Create();
        var both = authority.Pem + Environment.NewLine + next.Pem;
        var settings = Databases.SettingsOf(server);
        var files = authority.Issue(folder.Path);
        await using var first = await ServiceProcess.Start(folder.Path, With(settings, files));

        await File.WriteAllTextAsync(files.Authority, both);
        await Eventually.Holds("the node has read the new CA", ReloadWithin, () => Task.FromResult(
            first.Console.Contains("New connections use certificate", StringComparison.Ordinal)));
        var ofNext = next.Issue(folder.Path);
        await File.WriteAllTextAsync(ofNext.Authority, both);
        await using var second = await ServiceProcess.Start(folder.Path, With(settings, ofNext));

        var widget = await second.Api.CreateWidget();
        for (var number = 0; number < 10; number++)
        {
            var session = await first.Api.NewSession(widget);
            (await second.Api.Get(session.Path, session.Secret)).MustBeOk();
        }
    }

    private static Dictionary<string, string?> With(Dictionary<string, string?> settings, NodeFiles files)
    {
        var own = new Dictionary<string, string?>(settings);
        foreach (var (name, value) in files.Settings) own[name] = value;
        return own;
    }
}
