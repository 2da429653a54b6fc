using Canary.Failures;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace Canary.Machines.Ssh;

/// <summary>What a machine shows of itself. It has keys of several types and shows one at a time: the one that is known may be another
/// than the first.</summary>
internal sealed class SshEncounter(SshHostKeys hostKeys, SshTarget host)
{
    private const string CertificateSuffix = "-cert-v01@openssh.com";

    private readonly HashSet<string> _refusedTypes = new(StringComparer.Ordinal);
    private bool _asksForCertificates = hostKeys.HasAuthority(host);
    private bool _isNewKey;
    private bool _wasShown;
    private CanaryException? _certificateVerdict;
    private CanaryException? _verdict;

    /// <summary>Why the machine is not trusted; <c>null</c>: it is, or it has shown nothing yet. Whoever shows a certificate is told what
    /// is wrong with that.</summary>
    public CanaryException? Verdict => _verdict is null ? null : _certificateVerdict ?? _verdict;

    /// <summary>Begins another try. Asks for certificates only where somebody signs them, and for no type of key again that was refused.</summary>
    public void Prepare(ConnectionInfo connection)
    {
        _wasShown = false;
        foreach (var algorithm in connection.HostKeyAlgorithms.Keys.ToList())
        {
            var isCertificate = algorithm.EndsWith(CertificateSuffix, StringComparison.Ordinal);
            if ((isCertificate && !_asksForCertificates) || _refusedTypes.Contains(TypeOf(algorithm)))
            {
                connection.HostKeyAlgorithms.Remove(algorithm);
            }
        }
    }

    public void Judge(HostKeyEventArgs shown)
    {
        var type = TypeOf(shown.HostKeyName);
        _wasShown = true;
        _verdict = shown.Certificate is { } certificate
            ? hostKeys.Judge(host, certificate, shown.HostKey)
            : hostKeys.Judge(host, type, shown.HostKey);
        shown.CanTrust = _verdict is null;
        if (shown.Certificate is not null)
        {
            _certificateVerdict = _verdict;
        }

        if (_verdict is not null)
        {
            _isNewKey = _refusedTypes.Add(type);
        }
    }

    /// <summary>Whether it was a key that ended the last try, and trying for another has a point. A certificate that is out of date, or
    /// badly signed, is refused by the library before anybody is asked.</summary>
    public bool MayShowAnotherKey(Exception failure)
    {
        var mayShow = _isNewKey && _verdict is { Code: SshHostKeys.Changed };
        _isNewKey = false;
        if (
            _asksForCertificates
            && !_wasShown
            && failure is SshConnectionException { DisconnectReason: not DisconnectReason.None }
        )
        {
            _asksForCertificates = false;
            _certificateVerdict = SshHostKeys.Outdated(host);
            return true;
        }

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
