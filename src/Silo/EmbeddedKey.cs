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

    public static bool Exists(string databasePath) => File.Exists(PathFor(databasePath));

    /// <returns>Base64 of 32 bytes, the same at every start.</returns>
    public static string At(string databasePath)
    {
        var path = PathFor(databasePath);
        if (!File.Exists(path)) Make(path);
        return File.ReadAllText(path).Trim();
    }

    /// <summary>
    /// The file takes its name when it is whole and on the disk. Of several first starts one gives it the name, and its
    /// key is that of all.
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
        catch (IOException) when (File.Exists(path))
        {
            // Another start was first.
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
