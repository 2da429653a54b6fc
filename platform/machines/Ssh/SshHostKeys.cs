using System.Security.Cryptography;
using Canary.Failures;
using Canary.Files;
using Microsoft.Extensions.Logging;

namespace Canary.Machines.Ssh;

/// <summary>Tells whether a machine is who it says it is: by the fingerprints of its entry, else by the file of known
/// hosts.</summary>
internal sealed class SshHostKeys(SshLogin login, DataDirectory data, ILogger logger)
{
    /// <summary>Code of the failure that says that the host should have another key.</summary>
    public const string Changed = "host-key-changed";

    private readonly Lock _lock = new();

    public string KnownHostsFile { get; } =
        Path.GetFullPath(login.KnownHostsFile ?? Path.Combine(data.For(login.Service), "ssh", "known_hosts"));

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
            var text = File.Exists(KnownHostsFile) ? File.ReadAllText(KnownHostsFile) : "";
            var entries = KnownHosts.Find(text, host.Address, host.Access.Port);
            if (entries.Any(entry => entry.IsRevoked && entry.Key.AsSpan().SequenceEqual(key)))
            {
                return IsAnother(host, fingerprint, $"{KnownHostsFile}, where this one is revoked,");
            }

            var known = entries.Where(entry => !entry.IsRevoked).ToList();
            if (known.Any(entry => entry.Key.AsSpan().SequenceEqual(key)))
            {
                return null;
            }

            if (known.Count > 0)
            {
                return IsAnother(host, fingerprint, KnownHostsFile);
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

    private static string Fingerprint(byte[] key) =>
        "SHA256:" + Convert.ToBase64String(SHA256.HashData(key)).TrimEnd('=');

    private CanaryException IsUnknown(SshTarget host, string fingerprint) =>
        new(
            "host-key-unknown",
            $"{host.Name} shows the key {fingerprint}, and nothing says whether that is its key.",
            $"Compare it with what `ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub` prints on {host.Name}. If they are "
                + $"the same, write it to the host's entry (ssh: {{ host-keys: [{fingerprint}] }}) or to {KnownHostsFile}."
        );

    private static CanaryException IsAnother(SshTarget host, string fingerprint, string where) =>
        new(
            Changed,
            $"{host.Name} shows the key {fingerprint}, which is not the one in {where}: it was installed anew, or somebody "
                + "else answers in its place.",
            $"Find out which. If {host.Name} has a new key, correct {where} accordingly."
        );
}
