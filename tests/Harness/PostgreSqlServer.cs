using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Bleepay.Tests.Harness;

/// <summary>
/// A real PostgreSQL in a temporary folder, on a port that was free, as durable as an operator would run it.
/// </summary>
internal sealed class PostgreSqlServer : IDisposable
{
    private const string User = "bleepay";

    /// <summary>PostgreSQL refuses to run as root, and then runs as this user of its packages.</summary>
    private const string SystemUser = "postgres";
    private const string PackagesFolder = "/usr/lib/postgresql";
    private const int StartsMax = 3;

    /// <summary>For the nodes of several tests at once; each node has several pools.</summary>
    private const int ConnectionsMax = 1_000;

    /// <summary>What docs/operations.md recommends.</summary>
    private const string Recommended =
        "-c shared_buffers=1GB -c max_wal_size=4GB -c checkpoint_timeout=15min -c wal_compression=on";

    private readonly TemporaryFolder folder = new();
    private readonly string password = TestLog.Remember($"password-{Guid.NewGuid():N}");
    private int port;
    private int databases;
    private Process? untilTheEnd;
    private bool isRunning;
    private bool hasRun;

    private readonly string? alsoAt;
    private readonly string settings;

    private static readonly Lazy<PostgreSqlServer> One = new(() =>
    {
        var server = Start();
        server.EndWithTests();
        return server;
    });

    private PostgreSqlServer(string? alsoAt, bool isTuned)
    {
        this.alsoAt = alsoAt;
        settings = isTuned ? $" {Recommended}" : "";
    }

    /// <summary>
    /// The server of every test that neither stops it nor counts what it does; each creates a separate database. It
    /// ends with the tests.
    /// </summary>
    public static PostgreSqlServer Shared => One.Value;

    private static string? Programs { get; } = FindPrograms();

    /// <summary>True on a machine with PostgreSQL's packages, or its programs on the path.</summary>
    public static bool IsFound() => Programs is not null;

    /// <summary>
    /// A server of the test's own. It takes some seconds to create, so most tests use <see cref="Shared"/>.
    /// </summary>
    /// <param name="alsoAt">An address of this machine that other hosts reach it by, beside its loopback.</param>
    /// <param name="isTuned">True for the settings of a busy server, whose figures are measured.</param>
    public static PostgreSqlServer Start(string? alsoAt = null, bool isTuned = false)
    {
        Tools.Require(Tool.PostgreSql);
        var server = new PostgreSqlServer(alsoAt, isTuned);
        server.Initialize();
        for (var attempt = 1; !server.TryStart(); attempt++)
            Assert.True(attempt < StartsMax, server.Log);
        return server;
    }

    /// <summary>A new and empty database.</summary>
    /// <returns>Its connection string.</returns>
    public string CreateDatabase()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref databases)}");
        using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        connection.Open();
#pragma warning disable CA2100 // The name is made here.
        using var command = new NpgsqlCommand($"create database {name}", connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    /// <summary>Ends as an operator ends it: what runs is broken off, what is committed is written.</summary>
    public void Stop() => End("fast");

    /// <summary>Ends as in a power cut: the next start recovers from the log of commits.</summary>
    public void Crash() => End("immediate");

    /// <summary>On the same port, with everything that was committed.</summary>
    public void Restart() => Assert.True(TryStart(), Log);

    public void Dispose()
    {
        if (isRunning) Crash();
        folder.Dispose();
    }

    private string[] Addresses => alsoAt is null ? ["127.0.0.1"] : ["127.0.0.1", alsoAt];

    private string Data => Path.Combine(folder.Path, "data");

    private string LogPath => Path.Combine(folder.Path, "server.log");

    private string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "The server has written no log.";

    private void Initialize()
    {
        var passwordPath = Path.Combine(folder.Path, "password");
        File.WriteAllText(passwordPath, password);
        if (IsRoot) Run("chown", "-R", $"{SystemUser}:", folder.Path);
        RunAsServer(
            "initdb", "-D", Data, "-U", User, "--auth=scram-sha-256", $"--pwfile={passwordPath}",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        if (alsoAt is not null)
            File.AppendAllText(Path.Combine(Data, "pg_hba.conf"), "host all all samenet scram-sha-256\n");
    }

    private bool TryStart()
    {
        if (!hasRun) port = FreePort.Several(1)[0];
        var options = string.Create(
            CultureInfo.InvariantCulture,
            $"-c listen_addresses={string.Join(',', Addresses)} -c port={port} " +
            $"-c unix_socket_directories={folder.Path} " +
            $"-c max_connections={ConnectionsMax} -c fsync=on -c synchronous_commit=on{settings}");
        isRunning = TryRunAsServer("pg_ctl", "-D", Data, "-w", "-t", "60", "-l", LogPath, "-o", options, "start");
        hasRun |= isRunning;
        return isRunning;
    }

    private void End(string mode)
    {
        RunAsServer("pg_ctl", "-D", Data, "-w", "-t", "60", "-m", mode, "stop");
        isRunning = false;
    }

    private string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = Addresses[^1],
        Port = port,
        Username = User,
        Password = password,
        Database = database,
    }.ConnectionString;

    /// <summary>
    /// Ends it and removes its folder once this process is gone, however it ended: xunit has no hook after all tests,
    /// and the runner does not wait for ProcessExit. The shell waits for the end of its input, and
    /// nothing is written to it.
    /// </summary>
    private void EndWithTests()
    {
        const string Script = "trap '' INT TERM; cat >/dev/null; \"$@\" >/dev/null 2>&1; rm -rf \"$FOLDER\"";
        var stop = AsServer("pg_ctl", "-D", Data, "-w", "-t", "60", "-m", "immediate", "stop");
        untilTheEnd = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", .. stop])
        {
            RedirectStandardInput = true,
            Environment = { ["FOLDER"] = folder.Path },
            WorkingDirectory = Path.GetTempPath(),
        });
    }

    private static bool IsRoot => Environment.UserName == "root";

    private void RunAsServer(string program, params string[] arguments) =>
        Assert.True(TryRunAsServer(program, arguments), $"{program} failed: {Log}");

    private bool TryRunAsServer(string program, params string[] arguments)
    {
        var command = AsServer(program, arguments);
        return TryRun(command[0], command[1..]);
    }

    private static string[] AsServer(string program, params string[] arguments)
    {
        var path = Path.Combine(Programs!, program);
        string[] asUser = ["setpriv", "--reuid", SystemUser, "--regid", SystemUser, "--clear-groups"];
        return IsRoot ? [.. asUser, path, .. arguments] : [path, .. arguments];
    }

    private void Run(string program, params string[] arguments) =>
        Assert.True(TryRun(program, arguments), $"{program} failed.");

    /// <summary>
    /// The server inherits what is open, so its output is never read: that would last as long as it does.
    /// </summary>
    private bool TryRun(string program, string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", program, .. arguments])
        {
            WorkingDirectory = folder.Path,
        };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>The newest that the packages have installed, or what the path names.</summary>
    private static string? FindPrograms()
    {
        var installed = Directory.Exists(PackagesFolder)
            ? Directory.EnumerateDirectories(PackagesFolder).OrderByDescending(VersionOf)
            : Enumerable.Empty<string>();
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return installed.Select(version => Path.Combine(version, "bin")).Concat(onPath)
            .FirstOrDefault(programs => File.Exists(Path.Combine(programs, "initdb")));
    }

    private static int VersionOf(string folder) =>
        int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0;
}
