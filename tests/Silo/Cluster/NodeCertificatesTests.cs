using Bleepay.Silo.Cluster;
using Bleepay.Tests.Harness;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bleepay.Tests.Silo.Cluster;

/// <summary>Certificates are replaced while the node runs.</summary>
public sealed class NodeCertificatesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = TestAuthority.Create();

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_link_that_points_to_another_folder_brings_another_certificate()
    {
        var (first, second) = (authority.Issue(folder.Path), authority.Issue(folder.Path));
        var link = new NodeFiles(Path.Combine(folder.Path, "mounted"));
        Directory.CreateSymbolicLink(link.Folder, first.Folder);
        using var certificates = Watch(link, out _);
        var before = certificates.Current;

        certificates.Refresh();
        Assert.Same(before, certificates.Current);
        Directory.Delete(link.Folder);
        Directory.CreateSymbolicLink(link.Folder, second.Folder);
        certificates.Refresh();

        Assert.NotEqual(before.Leaf.SerialNumber, certificates.Current.Leaf.SerialNumber);
    }

    [Fact]
    public void A_certificate_that_can_t_be_used_is_logged_once_and_the_old_one_is_kept()
    {
        var files = authority.Issue(folder.Path);
        using var certificates = Watch(files, out var log);
        var before = certificates.Current;

        File.WriteAllText(files.Certificate, "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n");
        certificates.Refresh();
        certificates.Refresh();
        Assert.Same(before, certificates.Current);
        Assert.Single(log.Warnings);

        File.Delete(files.Key);
        certificates.Refresh();
        certificates.Refresh();
        Assert.Equal(2, log.Warnings.Count);
        Assert.Same(before, certificates.Current);

        var next = authority.Issue(folder.Path);
        File.Copy(next.Certificate, files.Certificate, overwrite: true);
        File.Copy(next.Key, files.Key, overwrite: true);
        certificates.Refresh();
        Assert.NotSame(before, certificates.Current);
    }

    private static NodeCertificates Watch(NodeFiles files, out RecordedLog log) => new(
        Options.Create(new NodeOptions { Tls = NodeOptionsTests.Tls(files) }), log = new RecordedLog());

    private sealed class RecordedLog : ILogger<NodeCertificates>
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning) Warnings.Add(formatter(state, exception));
        }
    }
}
