using Canary.Failures;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Where build hosts are found.</summary>
internal interface IBuildHosts
{
    /// <summary>Says how there come to be some.</summary>
    string HowToAdd { get; }

    /// <summary>Those that builds may run on now.</summary>
    /// <exception cref="CanaryException">They cannot be found out.</exception>
    Task<BuildHostsFound> FindAsync(CancellationToken cancellation);
}

/// <summary>Build hosts, and what is wrong with others.</summary>
internal sealed record BuildHostsFound(IReadOnlyList<BuildHost> Hosts, IReadOnlyList<string> Faults);
