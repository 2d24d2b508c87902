using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bleepay.Tests.Harness;

/// <summary>The standard EventSource client, in a separate process (tests/node/follow.mjs).</summary>
internal sealed class NodeFollower : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process process;

    private NodeFollower(Process process) => this.process = process;

    /// <param name="nodes">The nodes it connects to, in turn.</param>
    public static async Task<NodeFollower> Start(TestSession session, IEnumerable<ServiceProcess> nodes)
    {
        Tools.Require(Tool.NodeTools);
        var start = new ProcessStartInfo(
            "node", ["follow.mjs", session.EventsPath, .. nodes.Select(node => node.Address.TrimEnd('/'))])
        {
            WorkingDirectory = NodeTools.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var follower = new NodeFollower(Process.Start(start)!);
        await follower.process.StandardInput.WriteLineAsync(session.Secret);
        await follower.process.StandardInput.FlushAsync();
        return follower;
    }

    /// <summary>What it has seen next: the event's id and status, or how it was ended.</summary>
    public async Task<string> Next()
    {
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        Assert.False(line is null, "The client has ended before it was stopped.");
        var seen = JsonNode.Parse(line)!;
        return seen["end"] is { } end ? $"end {end}" : $"{seen["id"]} {seen["status"]}";
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
