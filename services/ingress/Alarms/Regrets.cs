using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Releases;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Alarms;

/// <summary>Undoes releases that have completed and are regretted since: as a person would, with a release of the version before.</summary>
internal sealed class Regrets(IngressStore store, Deployments deployments, ILogger<Regrets> logger)
{
    private const string By = "alarms";

    /// <returns>Whether that is done; if not, the deployer says it again.</returns>
    public async Task<bool> IsUndoneAsync(RolloutChanged rollout, CancellationToken cancellationToken)
    {
        var row = await store.Rollouts.FindAsync([rollout.RolloutId], cancellationToken);
        if (row is { IsUndone: true })
        {
            return true;
        }

        var release = await store.Releases.FindAsync([rollout.ReleaseId], cancellationToken);
        if (row is null || release is null || !ReleaseStates.IsFinal(release.State))
        {
            return false;
        }

        row.IsUndone = true;
        var answer = await deployments.UndoAsync(
            release,
            new Decision
            {
                By = By,
                Reason = rollout.Regret!.Message,
                Fast = true,
            },
            cancellationToken
        );
        if (answer.Result is ProblemHttpResult { ProblemDetails: var problem })
        {
            logger.LogWarning(
                "{Application} should be rolled back ({Reason}), and is not: {Problem}",
                rollout.Application,
                rollout.Regret.Message,
                problem.Detail
            );
        }

        return true;
    }
}
