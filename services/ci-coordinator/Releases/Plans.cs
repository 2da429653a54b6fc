using Canary.Contracts.Deploying;
using Microsoft.EntityFrameworkCore;

namespace Canary.CiCoordinator.Releases;

/// <summary>How versions go out that bring no plan of their own.</summary>
internal sealed class Plans(ReleaseStore store)
{
    /// <summary>How many of the newest releases are looked through for one that has a plan.</summary>
    private const int Remembered = 100;

    /// <summary>The plan of the application's newest release that has one, without its script before the first host, which is a file of that
    /// package; an application without such a release goes out by the deployer's configuration and its defaults.</summary>
    public async Task<DeploymentPlan> OfUploadAsync(string application, CancellationToken cancellation)
    {
        var ids = await store
            .Admissions.Where(x => x.Application == application && x.Number > 0)
            .OrderByDescending(x => x.Number)
            .Take(Remembered)
            .Select(x => x.ReleaseId)
            .ToListAsync(cancellation);
        var releases = await store
            .Releases.AsNoTracking()
            .Where(x => ids.Contains(x.CorrelationId) && x.Plan != null)
            .ToListAsync(cancellation);
        return releases.MaxBy(x => x.Number)?.Plan is { } plan ? plan with { PreDeploy = null } : new DeploymentPlan();
    }
}
