using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bleepay.Tests.Harness;

/// <summary>
/// The regular expressions of Node.js under the u flag, in one process for many cases (tests/node/regexp.mjs).
/// </summary>
internal sealed class NodeRegExp : IDisposable
{
    private readonly Process process;

    public NodeRegExp() =>
        process = Process.Start(new ProcessStartInfo("node", ["regexp.mjs"])
        {
            WorkingDirectory = NodeTools.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    /// <summary>Whether the pattern matches somewhere in the text; null when it is invalid.</summary>
    public bool? Matches(string pattern, string text)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(new[] { pattern, text }, Ascii));
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine();
        return answer switch
        {
            "true" => true,
            "false" => false,
            "invalid" => null,
            _ => throw new InvalidOperationException($"Node.js answered '{answer}' to /{pattern}/u."),
        };
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>Escapes everything else, so that no encoding of a pipe matters.</summary>
    private static JsonSerializerOptions Ascii { get; } = new() { Encoder = JavaScriptEncoder.Default };
}
