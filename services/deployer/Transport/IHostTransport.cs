using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Transport;

/// <summary>Works on one host. Every operation may be repeated; each throws a <see cref="CanaryException"/> that says
/// what failed on which host, with the code <c>host-unreachable</c> when nothing could be learned of the host at
/// all.</summary>
internal interface IHostTransport
{
    /// <summary>Name that the inventory uses for it.</summary>
    string Name { get; }

    /// <summary>What dpkg says of a package on the host. An answer that cannot be read is an exception, never "none".</summary>
    Task<InstalledPackage> InspectAsync(InventoryHost host, string package, CancellationToken cancellation);

    /// <summary>What dpkg says of several packages, in one question; each of them is in the answer.</summary>
    async Task<IReadOnlyDictionary<string, InstalledPackage>> InspectAsync(
        InventoryHost host,
        IReadOnlyCollection<string> packages,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<string, InstalledPackage>(StringComparer.Ordinal);
        foreach (var package in packages)
        {
            found[package] = await InspectAsync(host, package, cancellation);
        }

        return found;
    }

    /// <summary>Brings the host to exactly this version of the package, whichever it has; returns when dpkg says so.</summary>
    Task InstallAsync(InventoryHost host, string package, string version, CancellationToken cancellation);

    /// <summary>Removes the package; returns when dpkg says so.</summary>
    Task RemoveAsync(InventoryHost host, string package, Removal removal, CancellationToken cancellation);

    /// <summary>Looks, before anything is changed, whether packages can be removed as <see cref="Removal.KeepConfiguration"/>
    /// wants it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="package">A package to ask the host about.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException"><c>agent-outdated</c></exception>
    Task CheckKeepsConfigurationAsync(InventoryHost host, string package, CancellationToken cancellation);

    /// <summary>Runs a health check's command once.</summary>
    /// <returns>Why the host is unhealthy; <c>null</c>: it is.</returns>
    Task<string?> RunHealthCommandAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> command,
        TimeSpan timeout,
        CancellationToken cancellation
    );

    /// <summary>Looks at units of systemd once, for a moment.</summary>
    /// <param name="isRequired">Whether a host on which systemd does not run is unhealthy.</param>
    /// <returns>Why the host is unhealthy; <c>null</c>: it is.</returns>
    Task<string?> CheckUnitsAsync(
        InventoryHost host,
        HealthTarget target,
        IReadOnlyList<string> units,
        bool isRequired,
        TimeSpan timeout,
        CancellationToken cancellation
    );

    /// <summary>Starts the script of a package before its first installation, if nobody has for this release, and follows it for a
    /// while. What it prints goes to the log at work.</summary>
    Task<HookOutcome> RunHookAsync(InventoryHost host, HookRequest request, CancellationToken cancellation);
}

/// <summary>What a removal leaves.</summary>
internal enum Removal
{
    /// <summary>Configuration files, with what was changed in them: the package may come back.</summary>
    KeepConfiguration,

    /// <summary>Nothing that the package brought.</summary>
    Purge,
}

/// <summary>A script of a package that is to run once for a release.</summary>
internal sealed record HookRequest
{
    public required Guid ReleaseId { get; init; }

    public required string Application { get; init; }

    public required string Package { get; init; }

    public required string Version { get; init; }

    /// <summary>Version that the host has now; <c>null</c>: none.</summary>
    public string? PreviousVersion { get; init; }

    /// <summary>Absolute path as the package has it.</summary>
    public required string Path { get; init; }

    public required TimeSpan TimeLimit { get; init; }

    /// <summary>How many bytes of what it printed are known.</summary>
    public required long Offset { get; init; }
}

/// <summary>How a script stands that runs once for a release.</summary>
/// <param name="Standing">Whether it is over, and how.</param>
/// <param name="Text">What there is to say about that; may be empty.</param>
/// <param name="Offset">How many bytes of what it printed have been passed on.</param>
internal sealed record HookOutcome(HookStanding Standing, string Text, long Offset);

/// <summary>How a script stands that runs once for a release.</summary>
internal enum HookStanding
{
    /// <summary>It runs, or waits for its turn: ask again.</summary>
    Running,

    Succeeded,

    Failed,

    /// <summary>It was started, and the host does not know how it ended.</summary>
    Unknown,
}

/// <summary>What is checked on a host.</summary>
internal sealed record HealthTarget(string Application, string Package, string Version);

/// <summary>What dpkg says of a package.</summary>
/// <param name="Version">Version on the host, whole or not; <c>null</c>: none.</param>
/// <param name="IsComplete">Whether that version is installed and configured, and its files are not known to be damaged.</param>
internal sealed record InstalledPackage(string? Version, bool IsComplete)
{
    public static readonly InstalledPackage None = new(null, IsComplete: true);

    public bool Is(string? version) => IsComplete && Version == version;
}
