namespace Bleepay.Tests.Harness;

/// <summary>What some tests need of a machine beside the .NET SDK.</summary>
internal enum Tool
{
    PostgreSql,

    /// <summary>Node.js, and the packages of <c>tests/node</c>.</summary>
    NodeTools,

    /// <summary>A real EVM chain, one of those packages.</summary>
    Anvil,
    Python,
    Chromium,
    Kubectl,

    /// <summary>Network namespaces, and the right to make them.</summary>
    NetworkNamespaces,

    /// <summary>A wall clock that the test sets for one process: gcc and a loader that preloads.</summary>
    WallClock,

    /// <summary>The sockets of a process, as Linux lists them.</summary>
    SocketTable,

    /// <summary>The official cases of JSON Schema, as files.</summary>
    JsonSchemaTestSuite,

    /// <summary>A receiver of traces, which comes with the packages of the tests on Linux x64.</summary>
    TraceViewer,

    /// <summary>Checks and runs the rules of Prometheus.</summary>
    Promtool,

    /// <summary>Scrapes, and judges the rules.</summary>
    Prometheus,

    /// <summary>Notifies of what the rules find.</summary>
    Alertmanager,
}

/// <summary>
/// Which tools this machine has. A test whose tool is missing is skipped, and its result names what to install; on CI
/// it fails, unless CI may not install anything (<c>CI_INSTALL=no</c>).
/// </summary>
internal static class Tools
{
    private static readonly Dictionary<Tool, (Lazy<bool> IsInstalled, string ToInstall)> Known = new()
    {
        [Tool.PostgreSql] = (new(PostgreSqlServer.IsFound), "PostgreSQL: apt-get install postgresql"),
        [Tool.NodeTools] = (new(NodeTools.AreFound), "Node.js and the tests' packages: tests/node/install.sh"),
        [Tool.Anvil] = (new(Anvil.IsFound), "anvil on Linux x64: tests/node/install.sh"),
        [Tool.Python] = (new(() => IsOnPath("python3")), "Python: apt-get install python3"),
        [Tool.Chromium] = (new(Browser.IsFound), "Chromium: apt-get install chromium-headless-shell"),
        [Tool.Kubectl] = (new(() => IsOnPath("kubectl")), "kubectl: apt-get install kubernetes-client"),
        [Tool.NetworkNamespaces] = (new(HostNetwork.IsPossible), "root and ip: apt-get install iproute2"),
        [Tool.WallClock] = (new(() => WallClock.Obstacle is null), "gcc on Linux: apt-get install gcc libc6-dev"),
        [Tool.SocketTable] = (new(ListeningSockets.CanBeRead), "Linux: /proc/net/tcp"),
        [Tool.JsonSchemaTestSuite] = (
            new(JsonSchemaTestSuite.IsFound),
            "JSON-Schema-Test-Suite: apt-get install libtest-json-schema-acceptance-perl"),
        [Tool.Promtool] = (new(() => IsOnPath("promtool")), "promtool: apt-get install prometheus"),
        [Tool.Prometheus] = (new(() => IsOnPath("prometheus")), "Prometheus: apt-get install prometheus"),
        [Tool.Alertmanager] = (
            new(() => IsOnPath(MonitoringStack.Alertmanager)),
            "Alertmanager: apt-get install prometheus-alertmanager"),
        [Tool.TraceViewer] = (new(TraceViewer.IsFound), "a viewer of traces on Linux x64: dotnet restore"),
    };

    /// <summary>Why a test that needs these tools is skipped; null where it runs.</summary>
    public static string? WhySkipped(params IEnumerable<Tool> tools) =>
        MustBeInstalled(Environment.GetEnvironmentVariable) ? null : WhyMissing(tools);

    /// <summary>Fails the test, with what to install, where the tool is missing.</summary>
    public static void Require(Tool tool) => Assert.True(IsInstalled(tool), WhyMissing([tool]));

    /// <summary>What is missing of these tools and how it is installed; null where nothing is.</summary>
    public static string? WhyMissing(IEnumerable<Tool> tools)
    {
        var missing = tools.Where(tool => !IsInstalled(tool)).Select(ToInstall).ToList();
        return missing.Count == 0 ? null : $"needs {string.Join("; and ", missing)}";
    }

    public static bool IsInstalled(Tool tool) => Known[tool].IsInstalled.Value;

    public static string ToInstall(Tool tool) => Known[tool].ToInstall;

    /// <summary>True where a test must run and may not be skipped.</summary>
    /// <param name="variable">Returns an environment variable by its name.</param>
    public static bool MustBeInstalled(Func<string, string?> variable) =>
        string.Equals(variable("CI"), "true", StringComparison.OrdinalIgnoreCase)
        && !string.Equals(variable("CI_INSTALL"), "no", StringComparison.OrdinalIgnoreCase);

    public static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
