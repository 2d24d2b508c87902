using System.Buffers.Binary;
using System.Diagnostics;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The wall clock of a service's process, in the test's hand: a small library in C, preloaded by the dynamic linker,
/// moves it against the system's. The monotonic clock runs on, as when an administrator or NTP sets the time.
/// </summary>
internal sealed class WallClock
{
    private const string Compiler = "gcc";

    private readonly string offsetFile;
    private readonly string library;

    private WallClock(string offsetFile, string library)
    {
        this.offsetFile = offsetFile;
        this.library = library;
    }

    /// <summary>What a process has to be started with; the same for its successor.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["LD_PRELOAD"] = library,
        ["WALL_CLOCK_OFFSET_FILE"] = offsetFile,
    };

    /// <summary>Null where the tests can run, or why they can't.</summary>
    public static string? Obstacle { get; } =
        !OperatingSystem.IsLinux() ? "LD_PRELOAD is Linux's"
        : !Runs(Compiler, "--version") ? $"{Compiler} is not installed (apt-get install gcc libc6-dev)"
        : null;

    /// <summary>A clock that shows the system's time, until it is set.</summary>
    /// <param name="folder">The folder of the library and of its offset.</param>
    public static WallClock Create(string folder)
    {
        Assert.True(Obstacle is null, Obstacle);
        var clock = new WallClock(Path.Combine(folder, "offset"), Path.Combine(folder, "wallclock.so"));
        clock.Set(TimeSpan.Zero);
        var source = Path.Combine(SourceFolder.Root, "tests", "native", "wallclock.c");
        Assert.True(
            Runs(Compiler, "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", clock.library, source, "-ldl"),
            $"{source} could not be compiled.");
        return clock;
    }

    /// <summary>Sets the clock at once.</summary>
    /// <param name="ahead">Of the system's clock, in whole seconds; below zero it is behind.</param>
    public void Set(TimeSpan ahead)
    {
        Span<byte> seconds = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(seconds, (long)ahead.TotalSeconds);

        // In place: the process has mapped this very file.
        using var file = new FileStream(offsetFile, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(seconds);
    }

    private static bool Runs(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
