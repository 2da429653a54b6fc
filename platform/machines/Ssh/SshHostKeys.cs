using System.Security.Cryptography;
using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Logging;
using Renci.SshNet.Security;

namespace Canary.Machines.Ssh;

/// <summary>Tells whether a machine is who it says it is: by the fingerprints of its entry, else by the file of known
/// hosts, else by what it has enrolled with.</summary>
internal sealed class SshHostKeys(SshLogin login, DataDirectory data, TimeProvider time, ILogger logger)
{
    /// <summary>Code of the failure that says that the host should have another key.</summary>
    public const string Changed = MachinesCodes.HostKeyChanged;

    private readonly Lock _lock = new();
    private (DateTime Time, long Length) _stamp;
    private KnownHosts _known = KnownHosts.Parse("");

    public string KnownHostsFile { get; } =
        Path.GetFullPath(login.KnownHostsFile ?? Path.Combine(data.For(login.Service), "ssh", "known_hosts"));

    /// <summary>Whether somebody signs certificates of the host: else it is not asked to show one.</summary>
    public bool HasAuthority(SshTarget host) =>
        host.Access.HostKeys.Count == 0
        && KnownKeys(host).Exists(entry => entry.Meaning == KnownHosts.Meaning.Authority);

    /// <summary>Judges the certificate that a host shows. That its authority has signed it, and that it is valid now, is for the
    /// library to find out.</summary>
    /// <returns>Why it is not to be trusted; <c>null</c>: it is.</returns>
    public CanaryException? Judge(SshTarget host, Certificate certificate, byte[] key)
    {
        var entries = KnownKeys(host);
        var authority = certificate.CertificateAuthorityKey;
        if (Is(KnownHosts.Meaning.Revoked, authority) || Is(KnownHosts.Meaning.Revoked, key))
        {
            return IsAnother(host, Fingerprint(key), $"{KnownHostsFile}, where this one or its authority is revoked,");
        }

        if (!Is(KnownHosts.Meaning.Authority, authority))
        {
            return IsRefused(host, certificate, $"its authority, {Fingerprint(authority)}, is not one of this host");
        }

        return ProblemWith(certificate, host) is { } problem ? IsRefused(host, certificate, problem) : null;

        bool Is(KnownHosts.Meaning meaning, byte[] what) =>
            entries.Exists(entry => entry.Meaning == meaning && entry.Is(what));
    }

    /// <summary>Judges the key that a host shows.</summary>
    /// <returns>Why it is not to be trusted; <c>null</c>: it is.</returns>
    public CanaryException? Judge(SshTarget host, string keyType, byte[] key)
    {
        var fingerprint = Fingerprint(key);
        if (host.Access.HostKeys.Count > 0)
        {
            return host.Access.HostKeys.Contains(fingerprint) ? null : IsAnother(host, fingerprint, "its entry");
        }

        lock (_lock)
        {
            var entries = KnownKeys(host);
            if (entries.Exists(entry => entry.Meaning == KnownHosts.Meaning.Revoked && entry.Is(key)))
            {
                return IsAnother(host, fingerprint, $"{KnownHostsFile}, where this one is revoked,");
            }

            var known = entries.Where(entry => entry.Meaning == KnownHosts.Meaning.Host).ToList();
            if (known.Exists(entry => entry.Is(key)))
            {
                return null;
            }

            if (known.Count > 0)
            {
                return IsAnother(host, fingerprint, KnownHostsFile);
            }

            if (host.Access.EnrolledKeys.Count > 0)
            {
                return host.Access.EnrolledKeys.Contains(fingerprint) ? null : HasNotEnrolled(host, fingerprint);
            }

            if (!login.TrustFirstUse)
            {
                return IsUnknown(host, fingerprint);
            }

            data.For(Path.Combine(login.Service, "ssh"));
            File.AppendAllText(KnownHostsFile, KnownHosts.Line(host.Address, host.Access.Port, keyType, key));
            logger.LogWarning("The key {Fingerprint} of {Host} is trusted from now on", fingerprint, host.Name);
            return null;
        }
    }

    /// <summary>Says that the library did not even show the certificate of a host.</summary>
    public static CanaryException Outdated(SshTarget host) =>
        new(
            Changed,
            $"{host.Name} shows a certificate that is not valid at this time, or not signed as it says.",
            Resign(host)
        );

    public static string Fingerprint(byte[] key) =>
        "SHA256:" + Convert.ToBase64String(SHA256.HashData(key)).TrimEnd('=');

    private List<KnownHosts.Entry> KnownKeys(SshTarget host)
    {
        lock (_lock)
        {
            var file = new FileInfo(KnownHostsFile);
            var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            if (stamp != _stamp)
            {
                _known = KnownHosts.Parse(file.Exists ? File.ReadAllText(KnownHostsFile) : "");
                _stamp = stamp;
            }

            return _known.Find(host.Address, host.Access.Port);
        }
    }

    /// <summary>As OpenSSH has it: principals are names or patterns, and a certificate without any is for every host.</summary>
    private string? ProblemWith(Certificate certificate, SshTarget host)
    {
        if (certificate.Type != Certificate.CertificateType.Host)
        {
            return "it is one for users";
        }

        var now = (ulong)Math.Max(0, time.GetUtcNow().ToUnixTimeSeconds());
        if (now < certificate.ValidAfterUnixSeconds || now >= certificate.ValidBeforeUnixSeconds)
        {
            return "it is not valid at this time";
        }

        if (certificate.CriticalOptions.Count > 0)
        {
            return $"it has options that are not known: {string.Join(", ", certificate.CriticalOptions.Keys)}";
        }

        var principals = certificate.ValidPrincipals;
        return principals.Count == 0 || HostPattern.Match([.. principals.Select(HostPattern.Of)], host.Address)
            ? null
            : $"it is for {string.Join(", ", principals)}, not for {host.Address}";
    }

    private static CanaryException IsRefused(SshTarget host, Certificate certificate, string why) =>
        new(
            Changed,
            $"{host.Name} shows the certificate '{certificate.KeyId}', which is not accepted: {why}.",
            Resign(host)
        );

    private static string Resign(SshTarget host) =>
        $"Look at it with `ssh-keygen -L -f /etc/ssh/ssh_host_ed25519_key-cert.pub` on {host.Name}, and sign it anew for "
        + $"{host.Address} if it should be right.";

    private CanaryException IsUnknown(SshTarget host, string fingerprint) =>
        new(
            MachinesCodes.HostKeyUnknown,
            $"{host.Name} shows the key {fingerprint}, and nothing says whether that is its key.",
            $"Compare it with what `ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub` prints on {host.Name}. If they are "
                + $"the same, write it to the host's entry (ssh: {{ host-keys: [{fingerprint}] }}) or to {KnownHostsFile}."
        );

    private static CanaryException HasNotEnrolled(SshTarget host, string fingerprint) =>
        new(
            Changed,
            $"{host.Name} shows the key {fingerprint}, which it has not enrolled with: it was installed anew, or somebody else answers in "
                + "its place.",
            $"Find out which. If {host.Name} has a new key, let it enrol again: canary hosts bootstrap {host.Name}."
        );

    private static CanaryException IsAnother(SshTarget host, string fingerprint, string where) =>
        new(
            Changed,
            $"{host.Name} shows the key {fingerprint}, which is not the one in {where}: it was installed anew, or somebody "
                + "else answers in its place.",
            $"Find out which. If {host.Name} has a new key, correct {where} accordingly."
        );
}
