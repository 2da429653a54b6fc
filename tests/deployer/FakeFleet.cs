using System.Collections.Concurrent;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Failures;

namespace Canary.Deployer.Tests;

/// <summary>Hosts in memory, that behave as they are told. Stands in for machines that cannot be had: thousands of
/// them, dead ones, and ones that stop in the middle.</summary>
internal sealed class FakeFleet : IHostTransport
{
    private readonly ConcurrentDictionary<(string Host, string Package), string> _installed = [];

    public string Name => "local";

    /// <summary>What was done on the hosts, in order: <c>canary-1 install 1.0</c>, <c>canary-1 purge</c>, or <c>remove</c> where
    /// configuration files stay; with the package where it is not named as the application is: <c>canary-1 install shop-web
    /// 1.0</c>.</summary>
    public ConcurrentQueue<string> Deeds { get; } = [];

    /// <summary>Health checks that were run, by host.</summary>
    public ConcurrentQueue<string> Checks { get; } = [];

    public ConcurrentDictionary<string, bool> Dead { get; } = [];

    /// <summary>Deeds that fail, for example <c>web-1 install 2.0</c>.</summary>
    public ConcurrentDictionary<string, bool> Failing { get; } = [];

    /// <summary>Deeds that find no repository, and how often.</summary>
    public ConcurrentDictionary<string, int> WithoutRepository { get; } = [];

    /// <summary>Whether the repository does not give out its key, without which no host can be looked at.</summary>
    public bool WithoutKey { get; set; }

    /// <summary>Deeds that fail in a way that nobody thought of.</summary>
    public ConcurrentDictionary<string, bool> Crashing { get; } = [];

    /// <summary>Host and version that are not well together, for example <c>web-1 2.0</c>.</summary>
    public ConcurrentDictionary<string, bool> Ill { get; } = [];

    /// <summary>Hosts whose <c>canary-apply</c> can only purge.</summary>
    public ConcurrentDictionary<string, bool> Outdated { get; } = [];

    /// <summary>Hosts on which dpkg did not finish.</summary>
    public ConcurrentDictionary<string, bool> Broken { get; } = [];

    /// <summary>Deeds that never end.</summary>
    public ConcurrentDictionary<string, bool> Hanging { get; } = [];

    /// <summary>Releases whose script was begun.</summary>
    public ConcurrentQueue<Guid> Hooks { get; } = [];

    /// <summary>What hosts say about a script, one after another; then that it succeeded.</summary>
    public ConcurrentQueue<HookOutcome> HookAnswers { get; } = [];

    /// <summary>What hosts answer about scripts after those; <c>null</c>: that it is done.</summary>
    public HookOutcome? EndlessHook { get; set; }

    /// <summary>What else an installation does: host and version.</summary>
    public Func<string, string, Task>? Installing { get; set; }

    public string? VersionOn(string host, string package = DeployerHost.App) =>
        _installed.GetValueOrDefault((host, package));

    /// <summary>Makes a host one that was installed anew.</summary>
    public void Wipe(string host) => _installed.TryRemove((host, DeployerHost.App), out _);

    public void Put(string host, string version, string package = DeployerHost.App) =>
        _installed[(host, package)] = version;

    public Task<InstalledPackage> InspectAsync(InventoryHost host, string package, CancellationToken cancellation) =>
        ReachAsync(
            $"{host.Name} inspect",
            host,
            () =>
                _installed.TryGetValue((host.Name, package), out var version)
                    ? new InstalledPackage(version, IsComplete: !Broken.ContainsKey(host.Name))
                    : InstalledPackage.None,
            cancellation
        );

    public async Task InstallAsync(InventoryHost host, string package, string version, CancellationToken cancellation)
    {
        await (Installing?.Invoke(host.Name, version) ?? Task.CompletedTask);
        await ReachAsync(
            $"{host.Name} install {NameOf(package)}{version}",
            host,
            () => _installed[(host.Name, package)] = version,
            cancellation
        );
    }

    public async Task RemoveAsync(InventoryHost host, string package, Removal removal, CancellationToken cancellation)
    {
        if (removal == Removal.KeepConfiguration)
        {
            await CheckKeepsConfigurationAsync(host, package, cancellation);
        }

        await ReachAsync(
            $"{host.Name} {(removal == Removal.Purge ? "purge" : "remove")} {NameOf(package)}".TrimEnd(),
            host,
            () => _installed.TryRemove((host.Name, package), out _),
            cancellation
        );
    }

    public Task CheckKeepsConfigurationAsync(InventoryHost host, string package, CancellationToken cancellation) =>
        Outdated.ContainsKey(host.Name)
            ? throw new CanaryException("agent-outdated", $"{host.Name} can only purge.", "Update it.")
            : Task.CompletedTask;

    public Task<string?> CheckUnitsAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> units,
        bool isRequired,
        TimeSpan timeout,
        CancellationToken cancellation
    ) => RunHealthCommandAsync(host, target, units, timeout, cancellation);

    public async Task<string?> RunHealthCommandAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> command,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        Checks.Enqueue(host.Name);
        await HangAsync($"{host.Name} check", cancellation);
        return Ill.ContainsKey($"{host.Name} {target.Version}") ? "it coughs" : null;
    }

    public async Task<HookOutcome> RunHookAsync(InventoryHost host, HookRequest request, CancellationToken cancellation)
    {
        if (Hooks.IsEmpty || Hooks.Last() != request.ReleaseId)
        {
            Hooks.Enqueue(request.ReleaseId);
            Deeds.Enqueue($"{host.Name} hook {request.Version}");
        }

        await HangAsync($"{host.Name} hook", cancellation);
        if (Dead.ContainsKey(host.Name))
        {
            throw new CanaryException("host-unreachable", $"{host.Name} does not answer.", "Switch it on.");
        }

        return HookAnswers.TryDequeue(out var answer)
            ? answer
            : EndlessHook ?? new HookOutcome(HookStanding.Succeeded, "", 0);
    }

    private static string NameOf(string package) => package == DeployerHost.App ? "" : $"{package} ";

    private async Task<T> ReachAsync<T>(string deed, InventoryHost host, Func<T> done, CancellationToken cancellation)
    {
        if (!deed.EndsWith("inspect", StringComparison.Ordinal))
        {
            Deeds.Enqueue(deed);
        }

        await HangAsync(deed, cancellation);
        if (Dead.ContainsKey(host.Name))
        {
            throw new CanaryException("host-unreachable", $"{host.Name} does not answer.", "Switch it on.");
        }

        if (WithoutKey)
        {
            throw new CanaryException(
                "repository-key-missing",
                "The key could not be fetched.",
                "Start the publisher."
            );
        }

        if (WithoutRepository.AddOrUpdate(deed, -1, (_, times) => times - 1) >= 0)
        {
            throw new CanaryException("repository-unavailable", $"{deed} found no repository.", "Start the publisher.");
        }

        if (Crashing.ContainsKey(deed))
        {
            throw new InvalidOperationException("Nobody thought of that.");
        }

        return Failing.ContainsKey(deed)
            ? throw new CanaryException("installation-failed", $"{deed} went wrong.", "Correct the script.")
            : done();
    }

    private async Task HangAsync(string deed, CancellationToken cancellation)
    {
        while (Hanging.ContainsKey(deed))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
        }
    }
}
