using System.Security.Cryptography;
using System.Text;
using Bleepay.Silo.Storage.Sqlite;

namespace Bleepay.Silo;

/// <summary>
/// The server key of an embedded service that was given none: made at the first start, in a file beside the
/// database that only its owner can read. A backup needs both files.
/// </summary>
internal static class EmbeddedKey
{
    private const int Bytes = 32;

    private static readonly Lock Gate = new();

    public static bool Exists(string databasePath) => File.Exists(PathFor(databasePath));

    /// <returns>Base64 of 32 bytes, the same at every start.</returns>
    public static string At(string databasePath)
    {
        var path = PathFor(databasePath);
        lock (Gate)
        {
            if (!File.Exists(path)) Make(path);
        }

        return File.ReadAllText(path).Trim();
    }

    /// <summary>
    /// The file takes its name when it is whole and on the disk. The lock keeps two starts in this process apart, and
    /// <see cref="SqliteDatabase.Own"/> those of two processes: <see cref="File.Move(string, string)"/> first looks
    /// whether the name is taken and then renames, so two at once would return a key each.
    /// </summary>
    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var file = new FileStream(draft, ForOwner()))
            {
                file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes))));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static string PathFor(string databasePath) => databasePath + ".key";

    private static FileStreamOptions ForOwner()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
