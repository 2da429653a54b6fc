using System.Text;
using Canary.Files;
using Canary.Machines.Apt;
using Canary.Processes;

namespace Canary.Deployer.Transport.Local;

/// <summary>Verifies OpenPGP signatures with the program that apt of this machine does it with.</summary>
internal sealed class SignatureVerifier(DataDirectory data)
{
    private const string Gpgv = "/usr/bin/gpgv";
    private const string Sqv = "/usr/bin/sqv";

    /// <summary>Whether a key of a keyring, neither expired nor revoked, has made one of detached signatures of some bytes.</summary>
    public async Task<bool> HasSignedAsync(
        string keyring,
        byte[] content,
        byte[] signatures,
        CancellationToken cancellation
    )
    {
        var place = data.For(DeployerModule.Name);
        var directory = Directory.CreateDirectory(Path.Combine(place, $"verify-{Guid.NewGuid():N}")).FullName;
        try
        {
            var (signed, signature) = (Path.Combine(directory, "content"), Path.Combine(directory, "signature"));
            await File.WriteAllBytesAsync(signed, content, cancellation);
            await File.WriteAllBytesAsync(signature, signatures, cancellation);
            return File.Exists(Gpgv)
                // It fails where one signature is of a key that is not in the keyring, however good the others are.
                ? GpgvStatus
                    .SignersIn(await RunAsync(Gpgv, ["--status-fd", "1", "--keyring", keyring, signature, signed]))
                    .Count > 0
                : (await RunAsync(Sqv, ["--keyring", keyring, signature, signed])).Length > 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        async Task<string> RunAsync(string program, IReadOnlyList<string> arguments)
        {
            var result = await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = program,
                    Arguments = arguments,
                    WorkingDirectory = directory,
                    Owner = place,
                    Environment = AptRoot.BaseEnvironment,
                    TimeLimit = TimeSpan.FromMinutes(1),
                    CaptureStandardOutput = true,
                },
                cancellation
            );
            return Encoding.UTF8.GetString(result.StandardOutput.Span);
        }
    }
}
