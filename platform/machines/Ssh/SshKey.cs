using System.Text;
using Canary.Failures;
using Canary.Files;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Utilities;
using Org.BouncyCastle.Security;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Canary.Machines.Ssh;

/// <summary>The key that a service logs in with.</summary>
public sealed class SshKey : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SshLogin _login;
    private readonly DataDirectory _data;
    private PrivateKeyFile? _key;

    internal SshKey(SshLogin login, DataDirectory data)
    {
        _login = login;
        _data = data;
        Path = System.IO.Path.GetFullPath(
            login.KeyFile ?? System.IO.Path.Combine(data.For(login.Service), "ssh", "id_ed25519")
        );
    }

    /// <summary>Absolute path of the private key.</summary>
    public string Path { get; }

    /// <summary>Makes sure that there is a key that can be used.</summary>
    /// <exception cref="CanaryException"><c>ssh-key-unusable</c></exception>
    public void Ensure() => Read();

    internal PrivateKeyFile Read()
    {
        lock (_lock)
        {
            if (_key is not null)
            {
                return _key;
            }

            try
            {
                if (_login.KeyFile is null && !File.Exists(Path))
                {
                    Make();
                }

                return _key = new PrivateKeyFile(Path);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or SshException or NotSupportedException)
            {
                throw new CanaryException(
                    "ssh-key-unusable",
                    $"The key to log in to hosts, {Path}, cannot be used: {exception.Message}",
                    $"Make one without a passphrase, readable by the user that runs {_login.Service} alone: "
                        + $"ssh-keygen -t ed25519 -N '' -f PATH, or unset {_login.Section}.key-file.",
                    exception
                );
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _key?.Dispose();

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
}
