using Canary.Ingress.Audit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>Makes up for rollbacks that people were promised while a release was about to complete, and that came too late for its rollout:
/// each becomes what it would have been a moment later, a release of the version before.</summary>
internal sealed class LateRollbacks(IngressStore store, Deployments deployments, ILogger<LateRollbacks> logger)
{
    /// <param name="release">A release that has just completed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task MakeUpForAsync(ReleaseRow release, CancellationToken cancellationToken)
    {
        // What began a release of its own names the version of that.
        var asked = await store
            .Audit.AsNoTracking()
            .Where(entry =>
                entry.ReleaseId == release.Id && entry.Action == AuditedActions.RollBackRelease && entry.Detail == null
            )
            .OrderBy(entry => entry.Id)
            .FirstOrDefaultAsync(cancellationToken);
        if (asked is null)
        {
            return;
        }

        // It has to be known to have completed to be undone.
        await store.SaveChangesAsync(cancellationToken);
        var answer = await deployments.UndoAsync(
            release,
            new Decision { By = asked.By, Reason = asked.Reason },
            cancellationToken
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
}
