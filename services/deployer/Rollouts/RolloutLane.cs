using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;

namespace Canary.Deployer.Rollouts;

/// <summary>Keeps the rollouts of one application one after the other.</summary>
internal sealed class RolloutLane
{
    public required string Application { get; init; }

    /// <summary>The rollout whose turn it is; <c>null</c>: nobody's.</summary>
    public Guid? Active { get; set; }

    /// <summary>The highest number that ever had its turn: an older release that comes late must not roll the fleet
    /// back.</summary>
    public long NewestNumber { get; set; }

    /// <summary>The package that the last completed rollout brought.</summary>
    public string? CompletedPackage { get; set; }

    /// <summary>Its version.</summary>
    public string? CompletedVersion { get; set; }

    /// <summary>Names that the application's package had before.</summary>
    public IReadOnlyList<string> FormerPackages { get; set; } = [];

    /// <summary>Role of the hosts that run it; <c>null</c>: the usual one.</summary>
    public string? Role { get; set; }

    /// <summary>How to tell that a host is healthy with <see cref="CompletedVersion"/>.</summary>
    public HealthCheck? Health { get; set; }

    public int Revision { get; set; }

    /// <summary>What the fleet was brought to last; <c>null</c>: nothing yet.</summary>
    public ListedVersion? Completed =>
        CompletedPackage is { } package && CompletedVersion is { } version ? new ListedVersion(package, version) : null;

    /// <summary>Packages other than this one that hosts may still have for the application.</summary>
    public IReadOnlyList<string> PackagesBeside(string package) =>
        [
            .. FormerPackages
                .Append(CompletedPackage)
                .OfType<string>()
                .Where(name => name != package)
                .Distinct(StringComparer.Ordinal),
        ];

    public void Complete(PackageReference package, RolloutPlan plan)
    {
        FormerPackages = PackagesBeside(package.Name);
        CompletedPackage = package.Name;
        CompletedVersion = package.Version;
        Role = plan.Role;
        Health = plan.Health;
    }
}
