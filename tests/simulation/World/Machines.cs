using System.Collections.Concurrent;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Failures;

namespace Canary.Simulation.Tests.World;

/// <summary>The hosts, in memory: what dpkg has on each, and whether it can be reached. In place of machines, which would cost an apt
/// run for every installation.</summary>
internal sealed class Machines(Commits commits, Func<string, Task<SuiteIndex>> indexOf, Action note) : IHostTransport
{
    private readonly ConcurrentDictionary<(string Host, string Package), string> _installed = [];
    private readonly ConcurrentDictionary<string, bool> _away = [];

    public string Name => "local";

    /// <summary>Called before a version is installed.</summary>
    public Func<InventoryHost, string, string, Task>? Installing { get; set; }

    public string? VersionOn(string host, string package) => _installed.GetValueOrDefault((host, package));

    public bool IsUnavailable(string host) => _away.ContainsKey(host);

    public void SendAway(string host) => _away[host] = true;

    public void BringBack(string host) => _away.TryRemove(host, out _);

    /// <summary>Makes a host one that was installed anew.</summary>
    public void Wipe(string host)
    {
        foreach (var place in _installed.Keys.Where(place => place.Host == host))
        {
            _installed.TryRemove(place, out _);
        }
    }

    /// <summary>Changes a version past Canary, as a person does who logs in.</summary>
    public void Change(string host, string package, string version) => _installed[(host, package)] = version;

    public Task<InstalledPackage> InspectAsync(InventoryHost host, string package, CancellationToken cancellation)
    {
        Reach(host);
        return Task.FromResult(
            VersionOn(host.Name, package) is { } version
                ? new InstalledPackage(version, IsComplete: true)
                : InstalledPackage.None
        );
    }

    public async Task InstallAsync(InventoryHost host, string package, string version, CancellationToken cancellation)
    {
        Reach(host);
        if (!(await indexOf(host.Channel == Channel.Canary ? "canary" : "production")).Lists(package, version))
        {
            throw new CanaryException(
                "installation-failed",
                $"{host.Name}: Version '{version}' for '{package}' was not found",
                "Release it again."
            );
        }

        await (Installing?.Invoke(host, package, version) ?? Task.CompletedTask);
        _installed[(host.Name, package)] = version;
    }

    public Task RemoveAsync(InventoryHost host, string package, Removal removal, CancellationToken cancellation)
    {
        Reach(host);
        _installed.TryRemove((host.Name, package), out _);
        return Task.CompletedTask;
    }

    public Task CheckKeepsConfigurationAsync(InventoryHost host, string package, CancellationToken cancellation)
    {
        Reach(host);
        return Task.CompletedTask;
    }

    /// <summary>No commit of the simulation brings a script.</summary>
    public Task<HookOutcome> RunHookAsync(InventoryHost host, HookRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<string?> CheckUnitsAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> units,
        bool isRequired,
        TimeSpan timeout,
        CancellationToken cancellation
    ) => RunHealthCommandAsync(host, target, units, timeout, cancellation);

    public Task<string?> RunHealthCommandAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> command,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        Reach(host);
        var ailment = commits.Of(target.Version)?.Ailment ?? Ailment.None;
        var isIll = ailment switch
        {
            Ailment.Canaries => host.Channel == Channel.Canary,
            Ailment.OneOfProduction => host.Channel == Channel.Production && host.Name[^1] is '2' or '5',
            _ => false,
        };
        return Task.FromResult(isIll ? "it answers with an error" : null);
    }

    private void Reach(InventoryHost host)
    {
        note();
        if (IsUnavailable(host.Name))
        {
            throw new CanaryException("host-unreachable", $"{host.Name} does not answer.", "Switch it on.");
        }
    }
}
