using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bleepay.Silo.Cluster;

/// <summary>What a node shows to others, and which certificates of others it accepts.</summary>
internal sealed class NodeCertificate : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 leaf;
    private readonly X509Certificate2Collection intermediates;
    private readonly X509Certificate2Collection authorities;
    private readonly string name;

    private NodeCertificate(
        X509Certificate2 leaf,
        X509Certificate2Collection intermediates,
        X509Certificate2Collection authorities,
        string name)
    {
        this.leaf = leaf;
        this.intermediates = intermediates;
        this.authorities = authorities;
        this.name = name;
        Context = SslStreamCertificateContext.Create(leaf, intermediates, offline: true);
    }

    /// <summary>The certificate, its key, and the intermediate ones that are sent with it.</summary>
    public SslStreamCertificateContext Context { get; }

    public X509Certificate2 Leaf => leaf;

    public DateTimeOffset ExpiresAt => leaf.NotAfter;

    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="CryptographicException">What the files hold is no usable certificate.</exception>
    public static NodeCertificate Read(NodeTlsOptions options) =>
        Load(NodeCertificateFiles.Read(options), options.Name);

    /// <exception cref="CryptographicException">What the files hold is no usable certificate.</exception>
    public static NodeCertificate Load(NodeCertificateFiles files, string name)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(files.Certificate);
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(files.Authorities);
            if (authorities.Count == 0) throw new CryptographicException("the file of the CA holds no certificate.");
            var loaded = new NodeCertificate(
                WithKey(files), [.. chain.Skip(1)], authorities, name);
            loaded.MustBeUsable();
            return loaded;
        }
        catch (ArgumentException malformed)
        {
            // For PEM without the expected label.
            throw new CryptographicException(malformed.Message, malformed);
        }
    }

    /// <summary>True for what <see cref="Read"/> throws because of the files.</summary>
    public static bool IsUnusable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException;

    /// <summary>
    /// Trusts the configured root certificates only. A policy holds the time at which it was made, so each handshake
    /// needs a new one.
    /// </summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    /// <summary>True for the certificate of a node of this cluster, whose chain was already verified.</summary>
    public bool IsOfNode(X509Certificate2 other) =>
        other.MatchesHostname(name, allowWildcards: false, allowCommonName: false);

    public void Dispose() => leaf.Dispose();

    /// <summary>What other nodes would refuse is refused here, where the reason can be reported.</summary>
    private void MustBeUsable()
    {
        if (!IsOfNode(leaf))
            throw new CryptographicException($"the certificate lacks the DNS name {name} (Cluster__Tls__Name).");
        using var chain = new X509Chain { ChainPolicy = Policy() };
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        chain.ChainPolicy.ApplicationPolicy.Add(ClientAuthentication);
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        if (chain.Build(leaf)) return;
        var reasons = chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct();
        throw new CryptographicException(
            "the certificate is not valid under the CA for server and client authentication: " +
            string.Join(' ', reasons));
    }

    private static X509Certificate2 WithKey(NodeCertificateFiles files)
    {
        var certificate = X509Certificate2.CreateFromPem(files.Certificate, files.Key);
        if (!OperatingSystem.IsWindows()) return certificate;

        // Windows' TLS takes no key that is in memory only.
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}

/// <summary>The text of the three files at one moment.</summary>
internal sealed record NodeCertificateFiles(string Certificate, string Key, string Authorities)
{
    /// <exception cref="IOException">A file can't be read.</exception>
    public static NodeCertificateFiles Read(NodeTlsOptions options) => new(
        File.ReadAllText(options.CertificatePath!),
        File.ReadAllText(options.KeyPath!),
        File.ReadAllText(options.CaPath!));

    /// <summary>A record would print the key.</summary>
    public override string ToString() => nameof(NodeCertificateFiles);
}
