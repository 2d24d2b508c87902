using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bleepay.Bench.Load;

/// <summary>A CA for one run, and a certificate of it for all nodes.</summary>
internal static class NodeCertificate
{
    /// <summary>Writes the files.</summary>
    /// <returns>The settings that name them.</returns>
    public static IReadOnlyDictionary<string, string> Make(string folder)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ofRoot = new CertificateRequest("CN=benchmark CA", rootKey, HashAlgorithmName.SHA256);
        ofRoot.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = ofRoot.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(2));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ofNode = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("bleepay-nodes");
        ofNode.CertificateExtensions.Add(names.Build());
        using var node = ofNode.Create(
            root, DateTimeOffset.UtcNow.AddMinutes(-30), DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(16));
        return new Dictionary<string, string>
        {
            ["Cluster__Tls__CertificatePath"] = Write("tls.crt", node.ExportCertificatePem()),
            ["Cluster__Tls__KeyPath"] = Write("tls.key", key.ExportPkcs8PrivateKeyPem()),
            ["Cluster__Tls__CaPath"] = Write("ca.crt", root.ExportCertificatePem()),
        };

        string Write(string name, string pem)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, pem);
            return path;
        }
    }
}
