using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bleepay.Tests.Harness;

/// <summary>A CA of a test, which issues the certificates of nodes.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string NodeName = "bleepay-nodes";

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly X509Certificate2 root;

    private TestAuthority(X509Certificate2 root) => this.root = root;

    public string Pem => root.ExportCertificatePem();

    public static TestAuthority Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));

        // It distinguishes two CAs of the same name, as a renewed CA does.
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return new TestAuthority(request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30)));
    }

    /// <summary>Writes a certificate, its key and this CA into a new folder.</summary>
    /// <param name="folder">Where that folder is made.</param>
    public NodeFiles Issue(string folder, string name = NodeName, bool isExpired = false, bool isForServersOnly = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
            root.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single()));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            isForServersOnly ? [ServerAuthentication] : [ServerAuthentication, ClientAuthentication], false));
        var end = DateTimeOffset.UtcNow.AddDays(isExpired ? -0.5 : 10);
        using var certificate = request.Create(
            root, DateTimeOffset.UtcNow.AddDays(-0.9), end, RandomNumberGenerator.GetBytes(16));

        var files = new NodeFiles(Directory.CreateDirectory(Path.Combine(folder, $"tls-{Guid.NewGuid():N}")).FullName);
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.Authority, Pem);
        return files;
    }

    public void Dispose() => root.Dispose();
}

/// <summary>The files of one node, by the names that Kubernetes gives them.</summary>
internal sealed record NodeFiles(string Folder)
{
    public string Certificate => Path.Combine(Folder, "tls.crt");

    public string Key => Path.Combine(Folder, "tls.key");

    public string Authority => Path.Combine(Folder, "ca.crt");

    public Dictionary<string, string?> Settings => new()
    {
        ["Cluster:Tls:CertificatePath"] = Certificate,
        ["Cluster:Tls:KeyPath"] = Key,
        ["Cluster:Tls:CaPath"] = Authority,
    };
}
