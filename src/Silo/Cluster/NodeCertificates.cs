using Microsoft.Extensions.Options;

namespace Bleepay.Silo.Cluster;

/// <summary>The node's certificate, which is replaced while the node runs.</summary>
/// <remarks>
/// The files are compared by their content: a Kubernetes Secret is replaced by a symbolic link to another folder, which
/// file watchers miss. Connections that exist keep the certificate that they were opened with.
/// </remarks>
internal sealed partial class NodeCertificates(IOptions<NodeOptions> options, ILogger<NodeCertificates> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly NodeTlsOptions tls = options.Value.Tls;
    private NodeCertificateFiles? files;
    private NodeCertificate? current;
    private string? failed;

    /// <summary>By which the next connection is made.</summary>
    public NodeCertificate Current => Volatile.Read(ref current) ?? First();

    /// <summary>
    /// Takes the certificate of files that have changed. One that can't be used is logged once, and the old one kept.
    /// </summary>
    internal void Refresh()
    {
        try
        {
            var read = NodeCertificateFiles.Read(tls);
            if (read == files) return;
            files = read;
            var loaded = NodeCertificate.Load(read, tls.Name);

            // The one before is not disposed of: a handshake may be using it.
            Volatile.Write(ref current, loaded);
            failed = null;
            LogLoaded(loaded.Leaf.SerialNumber, loaded.ExpiresAt);
        }
        catch (Exception failure) when (NodeCertificate.IsUnusable(failure))
        {
            if (failure.Message == failed) return;
            failed = failure.Message;
            LogKept(failure.Message, Current.Leaf.SerialNumber, Current.ExpiresAt);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period);
        _ = Current;
        while (await timer.WaitForNextTickAsync(stoppingToken)) Refresh();
    }

    private NodeCertificate First()
    {
        lock (tls)
        {
            if (current is { } loaded) return loaded;
            files = NodeCertificateFiles.Read(tls);
            return current = NodeCertificate.Load(files, tls.Name);
        }
    }

    [LoggerMessage(LogLevel.Information, "New connections use certificate {Serial}, valid until {ExpiresAt:O}")]
    private partial void LogLoaded(string serial, DateTimeOffset expiresAt);

    [LoggerMessage(
        LogLevel.Warning,
        "The files of Cluster__Tls have changed and can't be used: {Reason} New connections still use certificate " +
        "{Serial}, valid until {ExpiresAt:O}")]
    private partial void LogKept(string reason, string serial, DateTimeOffset expiresAt);
}
