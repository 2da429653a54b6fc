using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Canary.Failures;
using Canary.Files;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Utilities;
using Org.BouncyCastle.Security;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace Canary.Machines.Ssh;

/// <summary>What a service logs in with: a key of its own, with a certificate if it has one, or those of an ssh-agent.</summary>
public sealed class SshKey : IDisposable
{
    /// <summary>sshd ends a login after six tries, unless it is told otherwise (<c>MaxAuthTries</c>).</summary>
    private const int MostIdentities = 5;

    private readonly Lock _lock = new();
    private readonly SshLogin _login;
    private readonly DataDirectory _data;
    private readonly TimeProvider _time;
    private readonly SshAgent? _agent;
    private PrivateKeyFile? _key;
    private (DateTime, DateTime, DateTime) _stamp;

    internal SshKey(SshLogin login, DataDirectory data, TimeProvider time)
    {
        _login = login;
        _data = data;
        _time = time;
        _agent = login.AgentSocket is { } socket ? new SshAgent(socket) : null;
        Path = System.IO.Path.GetFullPath(
            login.KeyFile ?? System.IO.Path.Combine(data.For(login.Service), "ssh", "id_ed25519")
        );
    }

    /// <summary>Absolute path of the private key; an agent has it instead where there is one.</summary>
    public string Path { get; }

    /// <summary>The files that hold secrets.</summary>
    public IReadOnlyList<string> SecretFiles =>
        [
            .. _agent is null ? [Path] : Array.Empty<string>(),
            .. _login.PassphraseFile is { } file ? [file] : Array.Empty<string>(),
        ];

    private string? CertificateFile =>
        _login.CertificateFile ?? (File.Exists(Path + "-cert.pub") ? Path + "-cert.pub" : null);

    /// <summary>Makes sure that there is a key that can be used.</summary>
    /// <exception cref="CanaryException"><c>ssh-key-unusable</c>, <c>ssh-agent-unavailable</c></exception>
    public void Ensure() => Sources();

    /// <summary>Says what there is to log in with, for people.</summary>
    /// <exception cref="CanaryException"><c>ssh-key-unusable</c>, <c>ssh-agent-unavailable</c></exception>
    public string Describe()
    {
        if (_agent is not null)
        {
            var names = Identities()
                .Select(identity => $"'{identity.Comment}'{(identity.IsCertificate ? " with a certificate" : "")}");
            return $"{string.Join(", ", names)} of the ssh-agent at {_login.AgentSocket}";
        }

        return Read().Certificate is { } certificate ? $"{Path} with the certificate {Describe(certificate)}" : Path;
    }

    /// <summary>The public key, as one line of <c>authorized_keys</c>.</summary>
    /// <exception cref="CanaryException"><c>ssh-key-unusable</c>, <c>ssh-agent-unavailable</c></exception>
    public string PublicLine()
    {
        var algorithms = Sources().SelectMany(source => source.HostKeyAlgorithms);
        var key =
            algorithms
                .FirstOrDefault(algorithm =>
                    algorithm is not (CertificateHostAlgorithm or SshAgent.Identity { IsCertificate: true })
                )
                ?.Data
            ?? throw new CanaryException(
                MachinesCodes.SshKeyUnusable,
                $"{Describe()} has certificates alone, and no key that hosts could let in.",
                "Add the key itself: ssh-add FILE."
            );
        var name = Encoding.ASCII.GetString(key, sizeof(int), BinaryPrimitives.ReadInt32BigEndian(key));
        return $"{name} {Convert.ToBase64String(key)} canary-{_login.Service}";
    }

    /// <summary>What to do when a machine does not let the key in. A part of a sentence.</summary>
    internal string PublicHalf =>
        _agent is null
            ? $"the public key of {_login.Service}, which is in {Path}.pub"
            : "the public key that the ssh-agent has (ssh-add -L)";

    internal IPrivateKeySource[] Sources() => _agent is null ? [new StrongestAlgorithms(Read())] : [.. Identities()];

    private List<SshAgent.Identity> Identities()
    {
        var identities = _agent!.Identities();
        if (_login.KeyFile is not null)
        {
            var wanted = PublicKey();
            identities.RemoveAll(identity => !identity.IsOf(wanted));
        }

        return identities.Count > 0
            ? [.. identities.Take(MostIdentities)]
            : throw new CanaryException(
                MachinesCodes.SshAgentUnavailable,
                $"The ssh-agent at {_login.AgentSocket} does not have {(_login.KeyFile is null ? "any key" : $"the key of {Path}.pub")}.",
                "Add it with ssh-add, to the agent of the user that runs the service."
            );
    }

    private byte[] PublicKey()
    {
        try
        {
            return Convert.FromBase64String(File.ReadAllText(Path + ".pub").Split(' ')[1]);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException
            )
        {
            throw Unusable(exception);
        }
    }

    private PrivateKeyFile Read()
    {
        lock (_lock)
        {
            try
            {
                if (_login.KeyFile is null && !File.Exists(Path))
                {
                    Make();
                }

                // Certificates are renewed while the service runs. Files that are not there have a time as well.
                var stamp = (Changed(Path), Changed(CertificateFile), Changed(_login.PassphraseFile));
                if (_key is null || stamp != _stamp)
                {
                    var passphrase = _login.PassphraseFile is { } file
                        ? File.ReadAllText(file).TrimEnd('\r', '\n')
                        : null;
                    _key = CertificateFile is { } certificate
                        ? new PrivateKeyFile(Path, passphrase, certificate)
                        : new PrivateKeyFile(Path, passphrase);
                    _stamp = stamp;
                }

                return _key;
            }
            catch (Exception exception)
                when (exception
                        is IOException
                            or UnauthorizedAccessException
                            or SshException
                            or NotSupportedException
                            or ArgumentException
                            or FormatException
                )
            {
                throw Unusable(exception);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _key?.Dispose();

    private static DateTime Changed(string? file) => file is null ? default : File.GetLastWriteTimeUtc(file);

    private string Describe(Certificate certificate)
    {
        var end = certificate.ValidBeforeUnixSeconds;
        if (end <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() && certificate.ValidBefore <= _time.GetUtcNow())
        {
            throw new CanaryException(
                MachinesCodes.SshKeyUnusable,
                $"The certificate '{certificate.KeyId}' of {Path} ended at {Time(certificate)}: hosts that know its authority only let "
                    + $"{_login.Service} in no more.",
                $"Have it signed anew, and write it to {CertificateFile}; it is read again by itself."
            );
        }

        return end == ulong.MaxValue
            ? $"'{certificate.KeyId}'"
            : $"'{certificate.KeyId}', which is valid until {Time(certificate)}";
    }

    private static string Time(Certificate certificate) =>
        certificate.ValidBefore.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private CanaryException Unusable(Exception exception) =>
        new(
            MachinesCodes.SshKeyUnusable,
            $"The key to log in to hosts, {Path}, cannot be used: {exception.Message}",
            $"Make one that the user that runs {_login.Service} alone can read: ssh-keygen -t ed25519 -N '' -f PATH, or unset "
                + $"{_login.Section}.key-file. A passphrase must be in {_login.Section}.key-passphrase-file.",
            exception
        );

    private void Make()
    {
        _data.For(System.IO.Path.Combine(_login.Service, "ssh"));
        var key = new Ed25519PrivateKeyParameters(new SecureRandom());
        var pem = new StringBuilder("-----BEGIN OPENSSH PRIVATE KEY-----\n");
        foreach (var line in Convert.ToBase64String(OpenSshPrivateKeyUtilities.EncodePrivateKey(key)).Chunk(70))
        {
            pem.Append(line).Append('\n');
        }

        pem.Append("-----END OPENSSH PRIVATE KEY-----\n");
        var known = Convert.ToBase64String(OpenSshPublicKeyUtilities.EncodePublicKey(key.GeneratePublicKey()));
        File.WriteAllText(Path + ".pub", $"ssh-ed25519 {known} canary-{_login.Service}\n");
        SecretFile.Write(Path, pem.ToString());
    }

    /// <summary>An RSA key signs by several names, after the hash, and each would be a try of the few that sshd gives.</summary>
    private sealed class StrongestAlgorithms(PrivateKeyFile key) : IPrivateKeySource
    {
        public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms { get; } =
        [.. key.HostKeyAlgorithms.Where(algorithm => !IsWeaker(algorithm.Name))];

        private static bool IsWeaker(string name) =>
            name.StartsWith("rsa-sha2-256", StringComparison.Ordinal)
            || name.StartsWith("ssh-rsa", StringComparison.Ordinal);
    }
}
