using System.Security.Cryptography;
using System.Text;

namespace Bleepay.Silo;

/// <summary>
/// The server key of an embedded service that was given none: made at the first start, in a file beside the
/// database that only its owner can read. A backup needs both files.
/// </summary>
internal static class EmbeddedKey
{
    private const int Bytes = 32;
    private const int AttemptsMax = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    public static bool Exists(string databasePath) => File.Exists(PathFor(databasePath));

    /// <returns>Base64 of 32 bytes, the same at every start.</returns>
    public static string At(string databasePath)
    {
        var path = PathFor(databasePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return ReadOrMake(path);
            }
            catch (IOException) when (attempt < AttemptsMax && File.Exists(path))
            {
                // Another start is making the key, and holds the file until it is on the disk.
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>
    /// Of several first starts one makes the key of all, since it holds the file alone meanwhile. A file that
    /// is empty is of a start that ended before it had written, so no secret depends on it yet.
    /// </summary>
    private static string ReadOrMake(string path)
    {
        var isMade = new FileInfo(path) is { Exists: true, Length: > 0 };
        using var file = new FileStream(path, isMade ? ToRead() : ToMake());
        if (file.Length == 0)
        {
            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));
            file.Write(Encoding.ASCII.GetBytes(key));
            file.Flush(flushToDisk: true);
            file.Position = 0;
        }

        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Trim();
    }

    private static string PathFor(string databasePath) => databasePath + ".key";

    private static FileStreamOptions ToRead() =>
        new() { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read };

    private static FileStreamOptions ToMake()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
