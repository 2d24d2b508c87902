using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bleepay.Silo.Ops;

/// <summary>
/// Takes the operator's commands on a Unix socket that only the service's own user can open. A connection carries one
/// command and its answer, each a line of JSON.
/// </summary>
internal sealed partial class OpsServer(OpsSocket socket, OpsActions actions, ILogger<OpsServer> logger)
    : BackgroundService
{
    /// <summary>The longest line of a command.</summary>
    public const int CommandBytesMax = 64 * 1024;

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Listens until the service stops.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (socket.Path is not { } path) return;
        using var listener = Listen(path);
        if (listener is null) return;
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(stoppingToken);
                _ = Serve(connection, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            File.Delete(path);
        }
    }

    /// <summary>
    /// The file has its mode before anything can connect. One that a killed process has left is replaced.
    /// </summary>
    /// <returns>Null if it can't be made; the service works without.</returns>
    private Socket? Listen(string path)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen();
            return listener;
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException)
        {
            LogNoSocket(path, failure.Message);
            listener.Dispose();
            return null;
        }
    }

    private async Task Serve(Socket connection, CancellationToken stopping)
    {
        using (connection)
        {
            try
            {
                await using var stream = new NetworkStream(connection);
                var answer = await AnswerTo(await ReadLine(stream, stopping), stopping);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString() + "\n"), stopping);
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
            {
                LogGone(gone.Message);
            }
        }
    }

    private async Task<JsonNode> AnswerTo(string line, CancellationToken stopping)
    {
        try
        {
            var command = JsonSerializer.Deserialize<OpsRequest>(line)
                ?? throw new JsonException("The command is null.");
            LogCommand(command.Command, command.DryRun);
            return new JsonObject { ["result"] = await actions.Run(command, stopping) };
        }
        catch (JsonException malformed)
        {
            return new JsonObject { ["error"] = $"The command can't be read: {malformed.Message}" };
        }
        catch (OpsException refused)
        {
            return new JsonObject { ["error"] = refused.Message };
        }
#pragma warning disable CA1031 // The operator reads the reason; the service continues.
        catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogFailed(failure);
            return new JsonObject { ["error"] = $"The command failed: {failure.Message}" };
        }
    }

    private static async Task<string> ReadLine(NetworkStream stream, CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        end.CancelAfter(ReadTimeout);
        var line = new byte[CommandBytesMax];
        var length = 0;
        while (length < line.Length)
        {
            var read = await stream.ReadAsync(line.AsMemory(length), end.Token);
            var newLine = line.AsSpan(length, read).IndexOf((byte)'\n');
            if (newLine >= 0) return Encoding.UTF8.GetString(line, 0, length + newLine);
            if (read == 0) break;
            length += read;
        }

        throw new IOException("The command has no end.");
    }

    [LoggerMessage(LogLevel.Information, "The operator's command {Command} (dry run: {DryRun})")]
    private partial void LogCommand(string command, bool dryRun);

    [LoggerMessage(LogLevel.Warning, "The operator's command failed")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(LogLevel.Warning,
        "The operator's commands that act on this node are off: {Path} can't be made. {Reason}. Set Ops__Socket")]
    private partial void LogNoSocket(string path, string reason);

    [LoggerMessage(LogLevel.Debug, "The connection of an operator's command has ended: {Reason}")]
    private partial void LogGone(string reason);
}

/// <summary>Where a node takes the operator's commands.</summary>
/// <param name="Path">Null where it takes none.</param>
internal sealed record OpsSocket(string? Path);

/// <summary>A command to a running node. What is null was not given.</summary>
/// <param name="Command">One of <see cref="OpsActions"/>' names.</param>
/// <param name="DryRun">True to return what would be done, and do nothing.</param>
internal sealed record OpsRequest(
    string Command,
    bool DryRun = false,
    string? Business = null,
    string? Endpoint = null,
    string? Session = null,
    string? Reference = null,
    string? Email = null,
    string? Status = null,
    DateTimeOffset? Since = null,
    DateTimeOffset? Until = null,
    bool Undo = false);

/// <summary>A command can't be done. The message names the reason, and what to do.</summary>
internal sealed class OpsException(string message) : Exception(message);
