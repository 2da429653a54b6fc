using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Canary.Testing;

/// <summary>An authority of a test's own, and the certificates that it issues to servers.</summary>
public sealed class CertificateAuthority : IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TempDirectory _directory = new("canary-ca-");
    private readonly X509Certificate2 _certificate;

    public CertificateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        _certificate = request.CreateSelfSigned(now - Hour, now + (24 * Hour));
        File = _directory.WriteFile("authority.pem", _certificate.ExportCertificatePem());
    }

    /// <summary>File with its certificate (PEM).</summary>
    public string File { get; }

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
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_certificate, now - Hour, now + Hour, RandomNumberGenerator.GetBytes(8));
        var id = Guid.NewGuid();
        return new ServerCertificate(
            _directory.WriteFile($"{id}.pem", certificate.ExportCertificatePem()),
            _directory.WriteFile($"{id}.key", key.ExportPkcs8PrivateKeyPem()),
            File
        );
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _directory.Dispose();
    }
}

/// <summary>What a server needs to speak TLS: files, PEM.</summary>
/// <param name="File">Its certificate.</param>
/// <param name="KeyFile">Its key.</param>
/// <param name="AuthorityFile">The certificate of its authority.</param>
public sealed record ServerCertificate(string File, string KeyFile, string AuthorityFile);
