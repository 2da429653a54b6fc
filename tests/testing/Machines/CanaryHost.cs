namespace Canary.Testing.Machines;

/// <summary>Makes a machine a host that Canary deploys to, as docs/hosts.md tells people to.</summary>
public static class CanaryHost
{
    /// <summary>Copies the folder <c>hosts</c> there and runs <c>install.sh</c>.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="repository">Address of the package repository.</param>
    /// <param name="suite"><c>canary</c> or <c>production</c>.</param>
    /// <param name="deployerKey">Public key of the deployer.</param>
    /// <param name="fingerprint">Fingerprint of the key that signs the repository.</param>
    /// <param name="more">Further options.</param>
    /// <returns>Fingerprint of its own host key, for the inventory.</returns>
    public static async Task<string> PrepareAsync(
        this Machine machine,
        Uri repository,
        string suite,
        string deployerKey,
        string fingerprint,
        params string[] more
    )
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(repository);
        await machine.CopyAsync(SourceTree.PathOf("hosts"), "/opt/canary-host");
        var said = await machine.OutputOfAsync([
            "/opt/canary-host/install.sh",
            "--repository",
            repository.AbsoluteUri,
            "--suite",
            suite,
            "--deployer-key",
            deployerKey,
            "--fingerprint",
            fingerprint,
            .. more,
        ]);
        return said.Split('\n').First(line => line.EndsWith("(ED25519)", StringComparison.Ordinal)).Split(' ')[0];
    }
}
