using System.Globalization;
using System.Text.Json.Nodes;
using Bleepay.Bench.Load;
using Bleepay.Bench.Report;

namespace Bleepay.Bench;

/// <summary>
/// One, two and three silos on this machine's processors, which divide the connections: what a cluster loses to the
/// messages between its silos. Without any loss, three do what one does.
/// </summary>
internal sealed class SiloScale(BenchOptions options, string bodyPath, Subjects subjects)
{
    private const int SilosMax = 3;

    private static readonly Seeding Usual = new(Scale.Widgets, 20_000, 10);

    public async Task<JsonObject> Run(string folder)
    {
        var clusters = new List<Subject>();
        try
        {
            for (var silos = 1; silos <= SilosMax; silos++)
                clusters.Add(await subjects.StartNodes(Name(silos), silos, Usual));
            foreach (var cluster in clusters)
            {
                // Each process compiles for itself, and they share the processors.
                await Load(cluster, options.WarmUp * cluster.Services.Count, isKeyed: false);
            }

            var report = new JsonObject
            {
                ["thousandWidgets"] = await Compare(clusters, isKeyed: false),
                ["thousandWidgetsKeyed"] = await Compare(clusters, isKeyed: true),
            };
            var hot = clusters.Select(cluster =>
            {
                var path = Path.Combine(folder, $"{cluster.Name}.hot");
                BenchWidget.WriteForLoad(path, [cluster.Widgets[0]]);
                return cluster with { WidgetsPath = path };
            });
            report["hotWidget"] = await Compare([.. hot], isKeyed: false);
            return report;
        }
        finally
        {
            foreach (var cluster in clusters) await cluster.DisposeAsync();
        }
    }

    private static string Name(int silos) => string.Create(CultureInfo.InvariantCulture, $"ours-silos-{silos}");

    /// <summary>Measures the clusters by turns, every other round backwards.</summary>
    private async Task<JsonObject> Compare(List<Subject> clusters, bool isKeyed)
    {
        var rates = clusters.Select(_ => new List<double>()).ToList();
        var sent = new long[clusters.Count];
        var created = new long[clusters.Count];
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var turn in Enumerable.Range(0, clusters.Count))
            {
                var at = round % 2 == 1 ? turn : clusters.Count - 1 - turn;
                var before = await SentMessages(clusters[at]);
                var loads = await Load(clusters[at], options.Measured, isKeyed);
                sent[at] += await SentMessages(clusters[at]) - before;
                created[at] += loads.Sum(load => load.Answered);
                rates[at].Add(loads.Sum(load => load.PerSecond));
            }
        }

        var report = new JsonObject();
        var single = Spread.Of(rates[0]);
        for (var at = 0; at < clusters.Count; at++)
        {
            var spread = Spread.Of(rates[at]);
            report[clusters[at].Name] = new JsonObject
            {
                ["sessionsPerSecond"] = spread.ToJson(),
                ["ratio"] = Math.Round(spread.Median / single.Median, 3),
                ["messagesPerSession"] = Math.Round((double)sent[at] / created[at], 2),
            };
        }

        return report;
    }

    private async Task<LoadResult[]> Load(Subject cluster, TimeSpan duration, bool isKeyed) =>
        await Task.WhenAll(cluster.Services.Select(service => Wrk.Run(
            service.Url, cluster.WidgetsPath, bodyPath, options.Connections / cluster.Services.Count, duration,
            isKeyed)));

    private static async Task<long> SentMessages(Subject cluster)
    {
        var sum = 0L;
        foreach (var service in cluster.Services) sum += (await service.Probe()).SentMessages;
        return sum;
    }
}
