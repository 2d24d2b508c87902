namespace Bleepay.Tests.Harness;

/// <summary>The folder of the repository that the tests were built from.</summary>
internal static class SourceFolder
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Bleepay.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No Bleepay.sln above."));
}
