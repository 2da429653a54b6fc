using Canary.Cli.Local;
using Canary.Machines.Apt;

namespace Canary.Cli.Repo;

/// <summary>Who has signed a suite, as apt finds it out: gpgv (Debian 12) or sqv (Debian 13) says so.</summary>
internal static class ReleaseSignature
{
    /// <summary>Fingerprints of the keys of a keyring that have signed a suite.</summary>
    /// <exception cref="CliException">There are none, or neither program.</exception>
    public static async Task<IReadOnlyList<string>> SignersAsync(
        string suite,
        byte[] release,
        byte[] signature,
        string keyring,
        CancellationToken cancellation
    )
    {
        var directory = Directory.CreateTempSubdirectory("canary-verify-").FullName;
        try
        {
            var (signed, detached) = (Path.Combine(directory, "Release"), Path.Combine(directory, "Release.gpg"));
            await File.WriteAllBytesAsync(signed, release, cancellation);
            await File.WriteAllBytesAsync(detached, signature, cancellation);
            var signers =
                await ByGpgvAsync(signed, detached, keyring, cancellation)
                ?? await BySqvAsync(signed, detached, keyring, cancellation)
                ?? throw new CliException(
                    ExitCodes.Usage,
                    CliCodes.ToolMissing,
                    "There is neither gpgv nor sqv, which verify signatures.",
                    "Install one: apt-get install gpgv."
                );
            return signers.Count > 0
                ? signers
                : throw new CliException(
                    ExitCodes.ReleaseFailed,
                    CliCodes.SignatureBad,
                    $"The suite {suite} is not signed by a key of {keyring}.",
                    "Somebody is in between, or the key was replaced: compare canary repo keys list with gpg --show-keys FILE."
                );
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<string>?> ByGpgvAsync(
        string signed,
        string signature,
        string keyring,
        CancellationToken cancellation
    )
    {
        var result = await Tool.TryRunAsync(
            "gpgv",
            ["--status-fd", "1", "--keyring", keyring, signature, signed],
            cancellation
        );
        return result is null ? null : GpgvStatus.SignersIn(result.Output);
    }

    private static async Task<IReadOnlyList<string>?> BySqvAsync(
        string signed,
        string signature,
        string keyring,
        CancellationToken cancellation
    )
    {
        var result = await Tool.TryRunAsync("sqv", ["--keyring", keyring, signature, signed], cancellation);
        return result?.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
