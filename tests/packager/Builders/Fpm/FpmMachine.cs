using System.Globalization;
using Canary.Testing;

namespace Canary.Packager.Tests.Builders.Fpm;

/// <summary>A build host with FPM: a real sshd that lets the packager run nothing but <c>canary-fpm</c>, as <c>hosts/install-fpm-host.sh</c> sets it
/// up.</summary>
internal sealed class FpmMachine : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-fpm-host-");
    private readonly SshServer _sshd;

    private FpmMachine(string name, SshServer sshd)
    {
        Name = name;
        _sshd = sshd;
    }

    public string Name { get; }

    public FpmStandIn Fpm { get; } = new();

    /// <summary>What is left of packages there.</summary>
    public IEnumerable<string> Left =>
        Directory
            .EnumerateFileSystemEntries(Packages)
            .Select(path => Path.GetFileName(path))
            .Where(name => name != ".lock");

    private string Packages => _directory.Combine("packages");

    /// <summary>Starts one that Consul has.</summary>
    public static async Task<FpmMachine> StartAsync(
        ConsulServer consul,
        string publicKey,
        string name = "build-1",
        string? fingerprint = null
    )
    {
        var sshd = await SshServer.StartAsync();
        var machine = new FpmMachine(name, sshd);
        machine._directory.CreateDirectory("packages");
        sshd.Authorize(
            publicKey,
            $"env CANARY_FPM_PACKAGES={machine.Packages} CANARY_FPM_PROGRAM={machine.Fpm.Program} "
                + SourceTree.PathOf("hosts", "canary-fpm")
        );
        await consul.RegisterAsync(
            name,
            "build-host",
            ["fpm"],
            address: "127.0.0.1",
            metadata: new Dictionary<string, string>
            {
                ["canary-ssh-port"] = sshd.Port.ToString(CultureInfo.InvariantCulture),
                ["canary-ssh-host-keys"] = fingerprint ?? await sshd.FingerprintAsync(),
                ["canary-ssh-user"] = "canary-build",
                ["canary-builds"] = "2",
            }
        );
        return machine;
    }

    /// <summary>Ends every connection as a crash does; new ones are answered.</summary>
    public Task CutConnectionsAsync() => _sshd.CutConnectionsAsync();

    /// <summary>Stops the time of its connections, as a machine that lost its power looks from afar; or lets it go on.</summary>
    public Task FreezeAsync(bool frozen = true) => _sshd.FreezeConnectionsAsync(frozen);

    public Task StopAsync() => _sshd.StopAsync();

    public void LetNobodyIn() => _sshd.LetNobodyIn();

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        Fpm.Dispose();
        _directory.Dispose();
    }
}
