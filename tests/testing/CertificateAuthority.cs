using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Canary.Testing;

/// <summary>An authority of a test's own, and the certificates that it issues to servers; as usual, by way of a second authority
/// below it.</summary>
public sealed class CertificateAuthority : IDisposable
{
    private readonly TempDirectory _directory = new("canary-ca-");
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _issuer;

    public CertificateAuthority()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _root = NewAuthority("Root of a test", rootKey).CreateSelfSigned(From, To);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = Sign(NewAuthority("Issuer of a test", issuerKey), _root);
        _issuer = issuer.CopyWithPrivateKey(issuerKey);
        File = _directory.WriteFile("root.pem", _root.ExportCertificatePem());
        IssuerFile = _directory.WriteFile("issuer.pem", _issuer.ExportCertificatePem());
    }

    /// <summary>File with its certificate (PEM).</summary>
    public string File { get; }

    private static DateTimeOffset From => TimeProvider.System.GetUtcNow().AddHours(-1);

    private static DateTimeOffset To => TimeProvider.System.GetUtcNow().AddHours(12);

    private string IssuerFile { get; }

    /// <summary>Issues a certificate for host names or addresses.</summary>
    public ServerCertificate Issue(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Server of a test", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        using var certificate = Sign(request, _issuer);
        var id = Guid.NewGuid();
        return new ServerCertificate(
            _directory.WriteFile(
                $"{id}.pem",
                $"{certificate.ExportCertificatePem()}\n{_issuer.ExportCertificatePem()}\n"
            ),
            _directory.WriteFile($"{id}.key", key.ExportPkcs8PrivateKeyPem()),
            IssuerFile
        );
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _root.Dispose();
        _directory.Dispose();
    }

    private static CertificateRequest NewAuthority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }

    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer) =>
        request.Create(issuer, issuer.NotBefore, issuer.NotAfter, RandomNumberGenerator.GetBytes(8));
}

/// <summary>What a server needs to speak TLS: files, PEM.</summary>
/// <param name="File">Its certificate, and those between it and the root.</param>
/// <param name="KeyFile">Its key.</param>
/// <param name="AuthorityFile">The certificates between it and the root alone.</param>
public sealed record ServerCertificate(string File, string KeyFile, string AuthorityFile);
