using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A real Prometheus and a real Alertmanager by the files of <c>deploy/monitoring</c>, with the addresses of a test and
/// short times: a scrape, a judgement and a notification each second, and rules as <see cref="Shortened"/> makes them.
/// </summary>
internal sealed partial class MonitoringStack : IAsyncDisposable
{
    /// <summary>The program of Debian's package.</summary>
    public const string Alertmanager = "prometheus-alertmanager";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly List<Process> processes = [];
    private readonly StringBuilder output = new();
    private readonly string prometheus = NewAddress();
    private readonly string alertmanager = NewAddress();

    public static string Deployed { get; } = Path.Combine(SourceFolder.Root, "deploy", "monitoring");

    /// <summary>
    /// The same rules on a clock that runs faster: every window is of 5 s, those that are sampled are so each second,
    /// and an alert fires without a wait.
    /// </summary>
    public static string Shortened(string rules) =>
        Waits().Replace(Windows().Replace(SampledWindows().Replace(rules, "[5s:1s]"), "[5s]"), "for: 0s");

    /// <param name="metrics">Host and port of the service's metrics.</param>
    /// <param name="receiver">Where Alertmanager posts alerts that wake a person.</param>
    public static async Task<MonitoringStack> Start(string metrics, string receiver)
    {
        Tools.Require(Tool.Prometheus);
        Tools.Require(Tool.Alertmanager);
        var stack = new MonitoringStack();
        await stack.StartAlertmanager(receiver);
        await stack.StartPrometheus(metrics);
        return stack;
    }

    /// <summary>The values that an expression has now; none where no series answers.</summary>
    public async Task<IReadOnlyList<double>> Ask(string expression)
    {
        using var form = new FormUrlEncodedContent([new("query", expression)]);
        using var response = await http.PostAsync(new Uri($"http://{prometheus}/api/v1/query"), form);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(answer["status"]!.GetValue<string>() == "success", $"{expression}: {answer}");
        return [.. answer["data"]!["result"]!.AsArray().Select(series => NumberOf(series!["value"]![1]!))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        http.Dispose();
        folder.Dispose();
    }

    private Task StartAlertmanager(string receiver)
    {
        var settings = Waiting().Replace(Read("alertmanager.yml"), "$1: 1s");
        settings = Put(settings, "- name: page", $"- name: page\n    webhook_configs: [{{ url: \"{receiver}\" }}]");
        return Run(
            Alertmanager, alertmanager,
            $"--config.file={Write("alertmanager.yml", settings)}",
            $"--storage.path={Path.Combine(folder.Path, "alertmanager")}",
            $"--web.listen-address={alertmanager}", "--cluster.listen-address=");
    }

    private Task StartPrometheus(string metrics)
    {
        var settings = Put(Read("prometheus.yml"), "15s", "1s");
        settings = Put(settings, "\"node-1:9464\", \"node-2:9464\", \"node-3:9464\"", $"\"{metrics}\"");
        settings = Put(settings, "alertmanager:9093", alertmanager);
        Write("rules.yaml", Shortened(Read("rules.yaml")));
        return Run(
            "prometheus", prometheus,
            $"--config.file={Write("prometheus.yml", settings)}",
            $"--storage.tsdb.path={Path.Combine(folder.Path, "prometheus")}",
            $"--web.listen-address={prometheus}");
    }

    private async Task Run(string program, string address, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        })!;
        processes.Add(process);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Eventually.Holds(() => $"{program} is ready: {Kept()}", StartDeadline, async () =>
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://{address}/-/ready"));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    private void Keep(string? line)
    {
        lock (output) output.AppendLine(line);
    }

    private string Kept()
    {
        lock (output) return output.ToString();
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Deployed, name));

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Fails where the deployed file does not have what the test replaces.</summary>
    private static string Put(string settings, string deployed, string ofTest)
    {
        Assert.Contains(deployed, settings, StringComparison.Ordinal);
        return settings.Replace(deployed, ofTest, StringComparison.Ordinal);
    }

    private static string NewAddress() => $"127.0.0.1:{FreePort.Several(1)[0]}";

    private static double NumberOf(JsonNode value) => value.GetValue<string>() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var number => double.Parse(number, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"\[\d+[smhd]:\d+[smhd]\]")]
    private static partial Regex SampledWindows();

    [GeneratedRegex(@"\[\d+[smhd]\]")]
    private static partial Regex Windows();

    [GeneratedRegex(@"for: \d+[smhd]")]
    private static partial Regex Waits();

    [GeneratedRegex(@"(group_wait|group_interval): \w+")]
    private static partial Regex Waiting();
}
