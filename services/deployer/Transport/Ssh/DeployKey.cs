using System.Text;
using Canary.Hosting;
using Canary.Hosting.Security;
using Microsoft.Extensions.Options;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Utilities;
using Org.BouncyCastle.Security;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Canary.Deployer.Transport.Ssh;

/// <summary>The key that the deployer logs in with.</summary>
internal sealed class DeployKey(IOptions<DeployerOptions> options, DataDirectory data) : IDisposable
{
    private readonly Lock _lock = new();
    private PrivateKeyFile? _key;

    public string Path =>
        System.IO.Path.GetFullPath(
            options.Value.Ssh.KeyFile ?? System.IO.Path.Combine(data.For(DeployerModule.Name), "ssh", "id_ed25519")
        );

    /// <exception cref="CanaryException"><c>deploy-key-unusable</c></exception>
    public PrivateKeyFile Read()
    {
        lock (_lock)
        {
            if (_key is not null)
            {
                return _key;
            }

            try
            {
                if (options.Value.Ssh.KeyFile is null && !File.Exists(Path))
                {
                    Make();
                }

                return _key = new PrivateKeyFile(Path);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or SshException or NotSupportedException)
            {
                throw new CanaryException(
                    "deploy-key-unusable",
                    $"The key to log in to hosts, {Path}, cannot be used: {exception.Message}",
                    "Make one without a passphrase, readable by the user that runs the deployer alone: "
                        + "ssh-keygen -t ed25519 -N '' -f PATH, or unset deployer.ssh.key-file.",
                    exception
                );
            }
        }
    }

    public void Dispose() => _key?.Dispose();

    private void Make()
    {
        data.For(System.IO.Path.Combine(DeployerModule.Name, "ssh"));
        var key = new Ed25519PrivateKeyParameters(new SecureRandom());
        var pem = new StringBuilder("-----BEGIN OPENSSH PRIVATE KEY-----\n");
        foreach (var line in Convert.ToBase64String(OpenSshPrivateKeyUtilities.EncodePrivateKey(key)).Chunk(70))
        {
            pem.Append(line).Append('\n');
        }

        pem.Append("-----END OPENSSH PRIVATE KEY-----\n");
        var known = Convert.ToBase64String(OpenSshPublicKeyUtilities.EncodePublicKey(key.GeneratePublicKey()));
        File.WriteAllText(Path + ".pub", $"ssh-ed25519 {known} canary-deployer\n");
        SecretFile.Write(Path, pem.ToString());
    }
}
