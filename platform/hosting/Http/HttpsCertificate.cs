using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Canary.Failures;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Http;

/// <summary>The certificate of HTTPS, from files that may be renewed at any time: each connection gets the one of its moment.</summary>
internal sealed class HttpsCertificate(IOptions<HostingOptions> options, ILogger<HttpsCertificate> logger)
{
    private readonly Lock _gate = new();

    private SslStreamCertificateContext? _current;

    private (DateTime Certificate, DateTime Key) _written;

    /// <summary>The certificate, with those between it and its root.</summary>
    /// <exception cref="CanaryException">There is none yet, and the files cannot be read.</exception>
    public SslStreamCertificateContext Current()
    {
        lock (_gate)
        {
            var written = (File.GetLastWriteTimeUtc(CertificateFile), File.GetLastWriteTimeUtc(KeyFile));
            if (_current is null || written != _written)
            {
                _current = ReadAgain(_current);
                _written = written;
            }

            return _current;
        }
    }

    public void Apply(HttpsConnectionAdapterOptions https)
    {
        https.ServerCertificateSelector = (_, _) => Current().TargetCertificate;
        https.OnAuthenticate = Present;
    }

    private string CertificateFile => options.Value.CertificateFile!;

    // Many keep both in one file.
    private string KeyFile => options.Value.CertificateKeyFile ?? CertificateFile;

    /// <summary>A selected certificate would be sent without those between it and its root.</summary>
    private void Present(ConnectionContext connection, SslServerAuthenticationOptions tls)
    {
        tls.ServerCertificateSelectionCallback = null;
        tls.ServerCertificateContext = Current();
    }

    private SslStreamCertificateContext ReadAgain(SslStreamCertificateContext? before)
    {
        try
        {
            var read = Read();
            if (before is not null)
            {
                logger.LogInformation("The certificate of {File} is used from now on", CertificateFile);
            }

            return read;
        }
        catch (Exception exception)
            when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            var fault = new CanaryException(
                HostingCodes.CertificateUnusable,
                $"The certificate {CertificateFile} with the key {KeyFile} cannot be used: {exception.Message}",
                "Both are PEM files, the certificate first and then those between it and its root; check hosting.certificate-file, "
                    + "hosting.certificate-key-file, and their owner and mode.",
                exception
            );
            if (before is null)
            {
                throw fault;
            }

            // They may be half written: their next change is the next try.
            logger.LogWarning("{Fault} The one of before stays in use", fault.Message);
            return before;
        }
    }

    private SslStreamCertificateContext Read()
    {
        var leaf = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(CertificateFile);
        return SslStreamCertificateContext.Create(leaf, all, offline: true);
    }
}
