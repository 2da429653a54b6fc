using Canary.Ingress.Audit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>Makes up for rollbacks that people were promised while a release was about to complete, and that came too late for its rollout:
/// each becomes what it would have been a moment later, a release of the version before.</summary>
internal sealed class LateRollbacks(IngressStore store, Deployments deployments, ILogger<LateRollbacks> logger)
{
    /// <summary>Does so once, however often it is asked to.</summary>
    /// <param name="release">A release that has completed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task MakeUpForAsync(ReleaseRow release, CancellationToken cancellationToken)
    {
        // It has to be known to have completed to be undone, and so that nobody is promised anything from here on.
        await store.SaveChangesAsync(cancellationToken);
        // What began a release of its own names the version of that.
        var asked = await store
            .Audit.AsNoTracking()
            .Where(entry =>
                entry.ReleaseId == release.Id
                && (entry.Action == AuditedActions.RollBackRelease || entry.Action == AuditedActions.AbortRelease)
                && entry.Detail == null
            )
            .OrderBy(entry => entry.Action == AuditedActions.RollBackRelease ? 0 : 1)
            .ThenBy(entry => entry.Id)
            .FirstOrDefaultAsync(cancellationToken);
        // What is only built reaches no host.
        if (asked is null || !release.Push.Deploys || await IsUndoneAsync(release, cancellationToken))
        {
            return;
        }

        var answer = await deployments.UndoAsync(
            release,
            new Decision { By = asked.By, Reason = asked.Reason },
            cancellationToken,
            holds: asked.Action == AuditedActions.RollBackRelease
        );
        if (answer.Result is ProblemHttpResult { ProblemDetails: var problem })
        {
            logger.LogWarning(
                "{By} rolled {Release} of {Application} back as it completed, and it is not: {Problem}",
                asked.By,
                release.Id,
                release.Application,
                problem.Detail
            );
        }
    }

    private async Task<bool> IsUndoneAsync(ReleaseRow release, CancellationToken cancellationToken)
    {
        var deployments = await store
            .Releases.AsNoTracking()
            .Where(later =>
                later.Application == release.Application && later.Arrival >= release.Arrival && later.Deploy != null
            )
            .Select(later => later.Deploy!)
            .ToListAsync(cancellationToken);
        return deployments.Exists(command => command.Deployment.Undoes == release.Id);
    }
}
