using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The real service as a separate process, so that it can be killed: its built assembly, its settings file, SQLite in
/// a folder that outlives it, ports that were free.
/// </summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    /// <summary>How many requests the client sends at once, each on a separate connection.</summary>
    public const int ConnectionsMax = 64;

    /// <summary>The runtime's switch for profiles; null in a test's settings leaves it as deployed.</summary>
    public const string TieredPgo = "DOTNET_TieredPGO";

    private const int StartsMax = 3;
    private const int TerminateSignal = 15;
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;
    private const string ListensAt = "Now listening on: ";
    private const string HasStarted = "Application started.";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ExitDeadline = TimeSpan.FromSeconds(60);

    /// <summary>A long form deletes a million sessions.</summary>
    private static readonly TimeSpan CommandDeadline = TimeSpan.FromMinutes(10);

    /// <summary>Those that a failed test did not end, end with the tests.</summary>
    private static readonly ConcurrentDictionary<ServiceProcess, byte> Running = new();

    private readonly Process process;
    private readonly StreamWriter consoleFile;
    private readonly StringBuilder console = new();
    private readonly StringBuilder errors = new();
    private readonly Lock gate = new();
    private readonly TaskCompletionSource<Uri> serving =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<Uri> listening =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HttpClient? http;

    static ServiceProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var forgotten in Running.Keys) forgotten.process.Kill();
    };

    private ServiceProcess(ProcessStartInfo start, string consolePath)
    {
        consoleFile = new StreamWriter(consolePath, append: true) { AutoFlush = true };
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Hear(line.Data, console);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, errors);
        process.Start();
        Running.TryAdd(this, 0);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Adds no credential.</summary>
    public Api Api => new(http ?? throw new InvalidOperationException("The service does not serve."));

    /// <summary>Where it serves.</summary>
    public string Address => http!.BaseAddress!.AbsoluteUri;

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    /// <summary>What the process has written to standard output so far.</summary>
    public string Console => Heard(console);

    /// <summary>How much of the machine's processors it has used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>What the process has written to standard error so far.</summary>
    public string Errors => Heard(errors);

    /// <summary>How much memory the process holds.</summary>
    public long WorkingSetBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Where a service that was given this folder keeps its database.</summary>
    public static string DatabaseIn(string folder) => Path.Combine(folder, "bleepay.db");

    /// <summary>The program, which <c>dotnet</c> runs.</summary>
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "Bleepay.Silo.dll");

    /// <summary>Starts the service and waits until it serves.</summary>
    /// <param name="folder">The folder of the database; with the same one, a later service finds the same data.</param>
    /// <param name="settings">Settings beside those of the tests, by name or variable; null unsets.</param>
    /// <param name="consolePath">Where its output goes: a file in the folder that is searched for secrets,
    /// unless a test expects a secret on the console.</param>
    /// <param name="host">The host that it runs on; null for this one.</param>
    /// <param name="descriptors">How many files and sockets it may have open; null for as many as the tests.</param>
    public static async Task<ServiceProcess> Start(
        string folder,
        IReadOnlyDictionary<string, string?>? settings = null,
        string? consolePath = null,
        TestHost? host = null,
        int? descriptors = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var service = Launch(folder, settings, consolePath, host, descriptors);
            if (await service.Serves()) return service;

            await service.DisposeAsync();
            var isPortTaken = service.Story.Contains("already in use", StringComparison.Ordinal);
            if (!isPortTaken || attempt == StartsMax)
                Assert.Fail($"The service did not start: {service.Story}");
        }
    }

    /// <summary>Starts a service that listens for HTTP and is not expected to serve.</summary>
    public static async Task<ServiceProcess> StartUnready(
        string folder, IReadOnlyDictionary<string, string?> settings)
    {
        var service = Launch(folder, settings, null, null);
        service.http = ClientOf(await service.listening.Task.WaitAsync(StartDeadline));
        return service;
    }

    /// <summary>Starts a service that is expected to end at its start, and waits for that.</summary>
    public static async Task<ServiceExit> StartInVain(
        string folder, IReadOnlyDictionary<string, string?> settings)
    {
        await using var service = Launch(folder, settings, null, null);
        var exitCode = await service.Exit("The service did not refuse to start");
        return new ServiceExit(exitCode, service.Console, service.Errors);
    }

    /// <summary>Runs a command of the program, with the settings of a service that has this folder.</summary>
    public static async Task<ServiceExit> Command(
        string folder, IReadOnlyDictionary<string, string?>? settings, params string[] arguments)
    {
        await using var command = Launch(folder, settings, null, null, arguments: arguments);
        var exitCode = await command.Exit($"{string.Join(' ', arguments)} did not end", CommandDeadline);
        return new ServiceExit(exitCode, command.Console, command.Errors);
    }

    /// <summary>As <c>kill -9</c> does: the process gets no chance to finish anything.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>As an orchestrator stops it: SIGTERM, then it has time to finish.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> Stop()
    {
        Send(TerminateSignal);
        return Exit("The service did not end after SIGTERM");
    }

    /// <summary>Freezes it as a paused virtual machine is: it does nothing, and its connections stay open.</summary>
    public void Suspend() => Send(StopSignal);

    /// <summary>Lets it continue after <see cref="Suspend"/>.</summary>
    public void Resume() => Send(ContinueSignal);

    /// <summary>True once it has ended.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>Waits until it ends without a signal.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> Ends() => Exit("The service did not end without a signal");

    /// <summary>The most memory that it has held so far, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        Running.TryRemove(this, out _);
        process.Dispose();
        lock (gate) consoleFile.Dispose();
    }

    private string Story => $"{Environment.NewLine}{Console}{Environment.NewLine}{Errors}";

    /// <summary>The settings of a service that was given this folder, for a command beside it.</summary>
    /// <param name="host">The host that it runs on; null for this one.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Variables(string folder, TestHost? host = null) =>
        new Dictionary<string, string?>
        {
            ["ASPNETCORE_CONTENTROOT"] = AppContext.BaseDirectory,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = $"http://{host?.Address ?? "127.0.0.1"}:0",
            ["ConnectionStrings:Bleepay"] = $"Data Source={DatabaseIn(folder)}",
            ["Cluster:SiloPort"] = $"{FreePort.Several(1)[0]}",

            // As in production, so that every node answers alike.
            ["Checkout:PublicUrl"] = "https://pay.example",

            // A process that lives for seconds gets nothing back for code that is compiled to be profiled.
            [TieredPgo] = "0",
        }.Concat(Tokens.Settings);

    private static ServiceProcess Launch(
        string folder,
        IReadOnlyDictionary<string, string?>? settings,
        string? consolePath,
        TestHost? host,
        int? descriptors = null,
        IReadOnlyList<string>? arguments = null)
    {
        string[] limited = descriptors is { } most ? ["sh", "-c", $"ulimit -n {most} && exec \"$0\" \"$@\""] : [];
        string[] command =
        [
            .. host?.Runs ?? [], .. limited, "dotnet", Assembly,
            .. arguments ?? [],
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        TestLog.RememberProviders(settings ?? Tokens.Settings);
        foreach (var (name, value) in Variables(folder, host).Concat(settings ?? Tokens.Settings))
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return new ServiceProcess(start, consolePath ?? TestLog.NewFile("process"));
    }

    /// <summary>False when the process ended instead.</summary>
    private async Task<bool> Serves()
    {
        try
        {
            var ended = process.WaitForExitAsync();
            if (await Task.WhenAny(serving.Task, ended).WaitAsync(StartDeadline) == ended) return false;
        }
        catch (TimeoutException)
        {
            await DisposeAsync();
            Assert.Fail($"The service did not say '{HasStarted}' within {StartDeadline}: {Story}");
        }

        http = ClientOf(await serving.Task);
        return true;
    }

    private void Send(int signal)
    {
        if (kill(process.Id, signal) != 0)
            Assert.Fail($"Signal {signal} could not be sent, error {Marshal.GetLastPInvokeError()}.");
    }

    private static HttpClient ClientOf(Uri address) =>
        new(new SocketsHttpHandler { MaxConnectionsPerServer = ConnectionsMax, UseProxy = false })
        {
            BaseAddress = address,
        };

    private async Task<int> Exit(string otherwise, TimeSpan? within = null)
    {
        var allowed = within ?? ExitDeadline;
        using var deadline = new CancellationTokenSource(allowed);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{otherwise} within {allowed}: {Story}");
        }

        return process.ExitCode;
    }

    private void Hear(string? line, StringBuilder stream)
    {
        if (line is null) return;
        lock (gate)
        {
            stream.AppendLine(line);
            consoleFile.WriteLine(line);
            if (line.Contains(ListensAt, StringComparison.Ordinal)) listening.TrySetResult(LoggedAddress());
            if (line.Contains(HasStarted, StringComparison.Ordinal)) serving.TrySetResult(LoggedAddress());
        }
    }

    /// <summary>The address that it logs before its start; the loopback address, if it listens on all.</summary>
    private Uri LoggedAddress()
    {
        var log = console.ToString();
        var begin = log.IndexOf(ListensAt, StringComparison.Ordinal) + ListensAt.Length;
        // A console of JSON quotes it.
        var address = log[begin..].Split('\n', '"')[0].Trim();
        return new Uri(address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)
            .Replace("[::]", "127.0.0.1", StringComparison.Ordinal));
    }

    private string Heard(StringBuilder stream)
    {
        lock (gate) return stream.ToString();
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}

/// <summary>How a service ended that could not start.</summary>
internal sealed record ServiceExit(int Code, string Console, string Errors);
