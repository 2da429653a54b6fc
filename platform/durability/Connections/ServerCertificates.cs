using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Canary.Durability.Connections;

/// <summary>Whether the certificate of a broker or a database is the right one.</summary>
internal static class ServerCertificates
{
    private const SslPolicyErrors Chain = SslPolicyErrors.RemoteCertificateChainErrors;

    /// <summary>RFC 5280, 4.2.1.12.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>What is wrong with a file of authorities that an option names.</summary>
    public static IEnumerable<ValidationResult> CheckAuthorities(string? path, string option)
    {
        if (path is null)
        {
            return [];
        }

        var unreadable = SecretFiles.Check(path, option).ToList();
        return unreadable.Count > 0 ? unreadable
            : HoldsCertificate(path) ? []
            : [new ValidationResult("The file holds no certificate (PEM).", [option])];
    }

    /// <summary>Accepts what any of the system's authorities has issued to the server's name, or one of these files instead.
    /// </summary>
    public static RemoteCertificateValidationCallback IssuedBy(string? authorities)
    {
        if (authorities is null)
        {
            return (_, _, _, errors) => errors == SslPolicyErrors.None;
        }

        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(authorities);
        return (_, certificate, chain, errors) =>
            certificate is not null
            && (errors & ~Chain) == SslPolicyErrors.None
            && ComesFrom(roots, certificate, chain?.ChainPolicy.ExtraStore ?? []);
    }

    /// <summary>Says what is wrong with a certificate that is not accepted; by itself, the platform says that a callback did not
    /// accept it.</summary>
    public static RemoteCertificateValidationCallback Explaining(
        RemoteCertificateValidationCallback accepts,
        string server
    ) =>
        (sender, certificate, chain, errors) =>
            accepts(sender, certificate, chain, errors)
                ? true
                : throw new AuthenticationException(Fault(certificate, chain, errors, server));

    private static string Fault(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, string server)
    {
        if (certificate is null)
        {
            return "the server shows none.";
        }

        using var shown = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"it is not for {server} but for {string.Join(", ", NamesOf(shown))}."
            : chain?.ChainStatus.Any(fault => fault.Status == X509ChainStatusFlags.NotTimeValid) == true
                ? $"it is valid from {shown.NotBefore:yyyy-MM-dd} to {shown.NotAfter:yyyy-MM-dd}."
            : $"its issuer ({shown.Issuer}) is not trusted.";
    }

    private static bool HoldsCertificate(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <param name="roots">Who is trusted.</param>
    /// <param name="certificate">The server's.</param>
    /// <param name="between">What the server shows of the authorities between the two.</param>
    private static bool ComesFrom(
        X509Certificate2Collection roots,
        X509Certificate certificate,
        X509Certificate2Collection between
    )
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.ExtraStore.AddRange(between);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        // Such an authority publishes no list of what it has revoked.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(server);
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        return names.Count == 0
            ? [certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)]
            : names.SelectMany(name =>
                name.EnumerateDnsNames().Concat(name.EnumerateIPAddresses().Select(address => address.ToString()))
            );
    }
}
