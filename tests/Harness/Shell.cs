using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>Runs commands in bash, as a user who copies them from a document.</summary>
/// <param name="folder">The working directory.</param>
/// <param name="variables">Settings of the service, for its commands.</param>
internal sealed class Shell(string folder, IEnumerable<KeyValuePair<string, string?>> variables)
{
    public static readonly TimeSpan CommandMax = TimeSpan.FromSeconds(30);

    public Process Start(string command)
    {
        var start = new ProcessStartInfo("bash", ["-o", "pipefail", "-c", command])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONUNBUFFERED"] = "1";
        foreach (var (name, value) in variables)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>What it has written to standard output.</returns>
    public async Task<string> Output(string command)
    {
        using var process = Start(command);
        using var deadline = new CancellationTokenSource(CommandMax);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(process.ExitCode == 0, $"{command}\n{output}\n{await errors}");
        return output;
    }

    public async Task<JsonNode> Json(string command)
    {
        var output = await Output(command);
        Assert.False(string.IsNullOrWhiteSpace(output), command);
        return JsonNode.Parse(output)!;
    }
}
