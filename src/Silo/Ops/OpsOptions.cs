using System.Text;
using Bleepay.Silo.Storage;
using Bleepay.Silo.Storage.Sqlite;
using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Ops;

/// <summary>Settings of the operator's commands, section <c>Ops</c>.</summary>
public sealed class OpsOptions
{
    public const string Section = "Ops";

    /// <summary>The longest path of a Unix socket, in bytes (<c>sun_path</c> of unix(7), without its end).</summary>
    public const int SocketPathBytesMax = 107;

    private const string SocketSuffix = ".ops";

    /// <summary>
    /// The path of the Unix socket on which a node takes the operator's commands. By default it is beside the SQLite
    /// file; on PostgreSQL there is none unless it is set.
    /// </summary>
    public string? Socket { get; set; }

    /// <returns>The socket's path; null where there is none.</returns>
    internal static string? SocketOf(IConfiguration configuration, IDatabase? database)
    {
        if (configuration[$"{Section}:{nameof(Socket)}"] is { Length: > 0 } path) return Path.GetFullPath(path);
        var beside = (database as SqliteDatabase)?.Path + SocketSuffix;
        return database is SqliteDatabase && Encoding.UTF8.GetByteCount(beside) <= SocketPathBytesMax ? beside : null;
    }
}

/// <summary>Checks <see cref="OpsOptions"/> at start.</summary>
internal sealed class OpsOptionsValidator : IValidateOptions<OpsOptions>
{
    public ValidateOptionsResult Validate(string? name, OpsOptions options) =>
        options.Socket is { Length: > 0 } path
        && Encoding.UTF8.GetByteCount(Path.GetFullPath(path)) > OpsOptions.SocketPathBytesMax
            ? ValidateOptionsResult.Fail(
                $"Ops__Socket is longer than {OpsOptions.SocketPathBytesMax} bytes, the limit of a Unix socket's " +
                "path; set a shorter one.")
            : ValidateOptionsResult.Success;
}
