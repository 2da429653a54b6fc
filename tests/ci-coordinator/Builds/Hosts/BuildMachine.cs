using System.Diagnostics;
using Canary.CiCoordinator.Builds.Hosts;
using Canary.Machines.Ssh;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>A build host: a real sshd that lets ci-coordinator run nothing but <c>canary-build</c>, as
/// <c>hosts/install-build-host.sh</c> sets it up.</summary>
internal sealed class BuildMachine : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-build-");
    private readonly SshServer _sshd;

    private BuildMachine(string name, SshServer sshd, string fingerprint, int builds)
    {
        _sshd = sshd;
        Fingerprint = fingerprint;
        Host = new BuildHost(
            new SshTarget(
                name,
                "127.0.0.1",
                new SshAccess
                {
                    Port = sshd.Port,
                    User = Environment.UserName,
                    HostKeys = [fingerprint],
                }
            ),
            builds
        );
    }

    public BuildHost Host { get; }

    public string Name => Host.Name;

    public string Fingerprint { get; }

    public int Port => _sshd.Port;

    public string Builds => _directory.Combine("builds");

    public static async Task<BuildMachine> StartAsync(
        string publicKey,
        string name = "build-1",
        int builds = 1,
        bool sandboxed = true
    )
    {
        var sshd = await SshServer.StartAsync();
        var machine = new BuildMachine(name, sshd, await sshd.FingerprintAsync(), builds);
        sshd.Authorize(
            publicKey,
            $"env CANARY_BUILDS={machine.Builds} CANARY_BUILD_WITHOUT_SANDBOX={(sandboxed ? "no" : "yes")} {SourceTree.PathOf("hosts", "canary-build")}"
        );
        return machine;
    }

    public Task StopAsync() => _sshd.StopAsync();

    public void LetNobodyIn() => _sshd.LetNobodyIn();

    /// <summary>Ends every connection as a crash does; new ones are answered.</summary>
    public Task CutConnectionsAsync() => _sshd.CutConnectionsAsync();

    /// <summary>Kills what keeps the files of builds, so that it cannot clean up.</summary>
    public async Task KillHoldersAsync()
    {
        foreach (var pid in Processes("CANARY_BUILDS=" + Builds))
        {
            await ProcessRunner.RunAsync("kill", ["-KILL", $"{pid}"]);
        }
    }

    /// <summary>What it answers from now on.</summary>
    public void Answer(string publicKey, string command) => _sshd.Authorize(publicKey, command);

    /// <summary>Stops the time of its connections, as a machine that lost its power looks from afar; or lets it go on.</summary>
    public Task FreezeAsync(bool frozen = true) => _sshd.FreezeConnectionsAsync(frozen);

    /// <summary>Whether somebody asks something of it.</summary>
    public bool IsBusy => Processes("CANARY_BUILDS=" + Builds).Any();

    /// <summary>Gives builds a small file system of their own.</summary>
    public async Task<IDisposable> LimitSpaceAsync(string size)
    {
        Directory.CreateDirectory(Builds);
        await ProcessRunner.OutputOfAsync("mount", ["-t", "tmpfs", "-o", $"size={size}", "canary-test", Builds]);
        return new SmallFileSystem(Builds);
    }

    /// <summary>Takes the lock that every build needs for a moment.</summary>
    public IDisposable Occupy()
    {
        Directory.CreateDirectory(Builds);
        var holder = Process.Start("flock", [Path.Combine(Builds, "lock"), "sleep", "1000"]);
        return new Occupation(holder);
    }

    /// <summary>A place for files that outlives builds.</summary>
    public string PathOf(string name) => _directory.Combine(name);

    /// <summary>What builds have left, beside what they keep for the next ones.</summary>
    public IReadOnlyList<string> Leftovers() =>
        [
            .. Directory.Exists(Builds)
                ? Directory
                    .EnumerateFileSystemEntries(Builds)
                    .Select(path => Path.GetFileName(path))
                    .Where(name => name is not ("lock" or "caches"))
                : [],
            .. Processes($"HOME={Builds}/").Select(pid => $"process {pid}"),
        ];

    public Task NothingIsLeftAsync() =>
        Eventually.TrueAsync(() => Leftovers().Count == 0, what: $"nothing is left on {Name}");

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        await Eventually.TrueAsync(() => !Processes("CANARY_BUILDS=" + Builds).Any(), what: $"{Name} is quiet");
        _directory.Dispose();
    }

    private static IEnumerable<int> Processes(string variable) =>
        Process
            .GetProcesses()
            .Select(process => process.Id)
            .Where(pid => ProcessEnvironment.Of(pid).Contains(variable, StringComparison.Ordinal));

    private sealed class SmallFileSystem(string path) : IDisposable
    {
        public void Dispose()
        {
            using var unmount = Process.Start("umount", ["--lazy", path]);
            unmount.WaitForExit();
        }
    }

    private sealed class Occupation(Process holder) : IDisposable
    {
        public void Dispose()
        {
            holder.Kill(entireProcessTree: true);
            holder.WaitForExit();
            holder.Dispose();
        }
    }
}
