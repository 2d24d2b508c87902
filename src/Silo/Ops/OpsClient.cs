using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Bleepay.Silo.Ops;

/// <summary>Sends a command to the node that runs on this host.</summary>
/// <param name="path">Its socket; null where none is set.</param>
internal sealed class OpsClient(string? path)
{
    private static readonly JsonSerializerOptions Given = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    /// <exception cref="OpsException">No node answers, or it refuses the command.</exception>
    public async Task<JsonNode> Send(OpsRequest request, CancellationToken cancellation)
    {
        if (path is null)
        {
            throw new OpsException(
                "No socket is set; set Ops__Socket to a path, for the service and for this command.");
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(
                Encoding.UTF8.GetBytes(JsonSerializer.Serialize(request, Given) + "\n"), cancellation);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var answer = JsonNode.Parse(await reader.ReadLineAsync(cancellation) ?? "{}")!;
            return answer["result"]?.DeepClone()
                ?? throw new OpsException(answer["error"]?.GetValue<string>() ?? "The node ended before it answered.");
        }
        catch (SocketException failure)
        {
            throw new OpsException(
                $"No node answers on {path} ({failure.Message}). Run this as the service's user on the host of a " +
                "running node; Ops__Socket sets the path.");
        }
    }
}
