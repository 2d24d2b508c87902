using System.Runtime.Versioning;
using Bleepay.Silo;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Silo;

public sealed class EmbeddedKeyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Database => Path.Combine(folder.Path, "data", "bleepay.db");

    [Fact]
    public async Task Starts_at_the_same_moment_agree_on_one_key_and_leave_nothing_else()
    {
        const int Starts = 16;
        using var together = new Barrier(Starts);

        var keys = await Task.WhenAll(Enumerable.Range(0, Starts).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return EmbeddedKey.At(Database);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Equal(32, Convert.FromBase64String(Assert.Single(keys.Distinct())).Length);
        Assert.Equal([Database + ".key"], Directory.GetFiles(Path.GetDirectoryName(Database)!));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_key_is_for_its_owner_alone()
    {
        EmbeddedKey.At(Database);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Database + ".key"));
    }

    [Fact]
    public void A_key_is_made_once()
    {
        Assert.Equal(EmbeddedKey.At(Database), EmbeddedKey.At(Database));
        Assert.NotEqual(EmbeddedKey.At(Database), EmbeddedKey.At(Database + "2"));
    }

    public void Dispose() => folder.Dispose();
}
