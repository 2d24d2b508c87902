using System.Diagnostics;

namespace Bleepay.Tests.Harness;

/// <summary>Independent programs of Node.js.</summary>
internal static class NodeTools
{
    public static string Folder { get; } = Path.Combine(SourceFolder.Root, "tests", "node");

    /// <summary>False on a machine without Node.js, or where <c>tests/node/install.sh</c> was not run.</summary>
    public static bool AreFound() =>
        Tools.IsOnPath("node") && File.Exists(Path.Combine(Folder, "node_modules", ".installed"));

    /// <summary>Runs one of the installed programs to its end.</summary>
    /// <returns>Its exit code and all that it has printed.</returns>
    public static Task<(int ExitCode, string Output)> Run(string program, params string[] arguments) =>
        RunNode(Path.Combine(Folder, "node_modules", ".bin", program), arguments);

    /// <summary>Runs one of the scripts of <see cref="Folder"/> to its end.</summary>
    /// <inheritdoc cref="Run" path="/returns"/>
    public static Task<(int ExitCode, string Output)> RunScript(string script, params string[] arguments) =>
        RunNode("node", [script, .. arguments]);

    /// <summary>The same, with something to read on its standard input.</summary>
    /// <inheritdoc cref="Run" path="/returns"/>
    public static Task<(int ExitCode, string Output)> RunScriptOn(
        string input, string script, params string[] arguments) => RunNode("node", [script, .. arguments], input);

    /// <summary>Any other program, in the same folder.</summary>
    /// <inheritdoc cref="Run" path="/returns"/>
    public static async Task<(int ExitCode, string Output)> RunToEnd(
        string program, string[] arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["NO_COLOR"] = "1" },
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static Task<(int ExitCode, string Output)> RunNode(string program, string[] arguments, string input = "")
    {
        Tools.Require(Tool.NodeTools);
        return RunToEnd(program, arguments, input);
    }
}
