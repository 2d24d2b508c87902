using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using Bleepay.Silo.Storage.Sessions;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Bleepay.Tests.Silo;

/// <summary>A client that leaves takes its search along, through HTTP, Orleans and the database's driver.</summary>
public sealed class ListCancellationTests
{
    private const string List = $"/api/v1/businesses/{ManySessions.Business}/deposit-sessions?txId=0xt20";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [OnEachDatabase]
    public Task The_search_of_a_client_that_leaves_ends(string database) => Leave(database, isGatewayApart: false);

    [FactThatNeeds(Tool.PostgreSql)]
    public Task It_ends_as_well_when_the_client_asked_a_gateway_apart() =>
        Leave(Databases.PostgreSql, isGatewayApart: true);

    private static async Task Leave(string database, bool isGatewayApart)
    {
        using var folder = new TemporaryFolder();
        var settings = database == Databases.PostgreSql
            ? Databases.SettingsOf(PostgreSqlServer.Shared)
            : new() { ["Secrets:Keys:0"] = TestLog.Remember(Convert.ToBase64String(new byte[32])) };
        if (isGatewayApart) settings["Cluster:GatewayPort"] = $"{FreePort.Several(1)[0]}";
        await using var silo = await ServiceHost.Start(folder.Path, settings);
        Prepare(database, database == Databases.PostgreSql
            ? StoredRows.OnServer(settings["ConnectionStrings:Bleepay"]!).Execute
            : OnFile(folder));
        await using var gateway = isGatewayApart
            ? await ServiceHost.Start(Path.Combine(folder.Path, "gateway"), new Dictionary<string, string?>
            {
                ["Secrets:Keys:0"] = settings["Secrets:Keys:0"],
                ["Cluster:Gateways"] = $"127.0.0.1:{settings["Cluster:GatewayPort"]}",
            })
            : null;
        var reads = silo.Services.GetRequiredService<ListReads>();
        var cancelled = 0;
        using var listener = Listen(() => Interlocked.Increment(ref cancelled));
        using var leaving = new CancellationTokenSource();

        var answer = Send((gateway ?? silo).Http, leaving.Token);
        await Eventually.True(() => reads.Running == 1, Deadline, () => "the search runs");
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await Eventually.True(() => reads.Running == 0, Deadline, () => "the search has ended");
        await Eventually.True(
            () => Volatile.Read(ref cancelled) == 1, Deadline, () => "it was ended because the client has left");
    }

    private static void Prepare(string database, Action<string> execute)
    {
        ManySessions.Fill(execute, database, from: 1, to: 100, settled: 100);
        EndlessPayments.In(execute, database);
    }

    private static Action<string> OnFile(TemporaryFolder folder)
    {
        var file = new Bleepay.Silo.Storage.Sqlite.SqliteDatabase(
            $"Data Source={Path.Combine(folder.Path, "bleepay.db")};Pooling=False");
        return sql =>
        {
            using var connection = file.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own text.
            command.CommandText = sql;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        };
    }

    private static async Task Send(HttpClient http, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, List);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.For(ManySessions.Business));
        using var response = await http.SendAsync(request, cancellation);
    }

    /// <summary>Called for each read that was cancelled because its caller left, and for none that timed out.</summary>
    private static MeterListener Listen(Action heard)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == ListInstruments.ReadsName) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, reads, tags, _) =>
        {
            if (reads == 0) return;
            foreach (var tag in tags)
                if (tag.Key == ListInstruments.OutcomeTag && tag.Value is "cancelled") heard();
        });
        listener.Start();
        return listener;
    }
}
