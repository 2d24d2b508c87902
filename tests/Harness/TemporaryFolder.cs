namespace Bleepay.Tests.Harness;

/// <summary>A folder that goes when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bleepay-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
