using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Canary.Hosting.Http;

/// <summary>Authorities that the certificate of a service may be of, in place of those that the machine trusts.</summary>
public static class TrustedAuthorities
{
    /// <summary>Trusts the authorities in a file (PEM) and no others.</summary>
    public static X509ChainPolicy In(string path)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // Such an authority publishes no list of what it has revoked.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(path);
        return policy;
    }

    /// <summary>Why a file holds none; <c>null</c>: it does.</summary>
    public static string? FaultOf(string path)
    {
        try
        {
            return In(path).CustomTrustStore.Count > 0 ? null : $"the file {path} holds no certificate (PEM).";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"no certificate can be read from {path}: {e.Message}";
        }
    }
}
