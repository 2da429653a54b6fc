using Canary.Failures;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Canary.Machines.Ssh;

/// <summary>What a machine shows of itself. It has keys of several types and shows one at a time: the one that is known may be another
/// than the first.</summary>
internal sealed class SshEncounter(SshHostKeys hostKeys, SshTarget host)
{
    private const string CertificateSuffix = "-cert-v01@openssh.com";

    private readonly HashSet<string> _refusedTypes = new(StringComparer.Ordinal);
    private readonly bool _hasAuthority = hostKeys.HasAuthority(host);
    private bool _isNewKey;

    public CanaryException? Verdict { get; private set; }

    /// <summary>Asks for certificates only where somebody signs them, and for no type of key again that was refused.</summary>
    public void Prepare(ConnectionInfo connection)
    {
        foreach (var algorithm in connection.HostKeyAlgorithms.Keys.ToList())
        {
            var isCertificate = algorithm.EndsWith(CertificateSuffix, StringComparison.Ordinal);
            if ((isCertificate && !_hasAuthority) || _refusedTypes.Contains(TypeOf(algorithm)))
            {
                connection.HostKeyAlgorithms.Remove(algorithm);
            }
        }
    }

    public void Judge(HostKeyEventArgs shown)
    {
        var type = TypeOf(shown.HostKeyName);
        Verdict = shown.Certificate is { } certificate
            ? hostKeys.Judge(host, certificate, shown.HostKey)
            : hostKeys.Judge(host, type, shown.HostKey);
        shown.CanTrust = Verdict is null;
        if (Verdict is not null)
        {
            _isNewKey = _refusedTypes.Add(type);
        }
    }

    /// <summary>Whether it was a key that ended the last try, and trying for another has a point.</summary>
    public bool MayShowAnotherKey()
    {
        var mayShow = _isNewKey && Verdict is { Code: SshHostKeys.Changed };
        _isNewKey = false;
        return mayShow;
    }

    /// <summary>RSA keys go by several names, after the hash of the signature (RFC 8332).</summary>
    private static string TypeOf(string algorithm) =>
        algorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal)
            ? algorithm.EndsWith(CertificateSuffix, StringComparison.Ordinal)
                ? "ssh-rsa" + CertificateSuffix
                : "ssh-rsa"
            : algorithm;
}
