using Canary.Contracts.Building;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.PullRequests;

/// <summary>Takes in how a build of a pull request ended. What was cancelled meanwhile stays so.</summary>
internal sealed class PullRequestProjection(
    IngressStore store,
    PullRequestWorker worker,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
) : IConsumer<PullRequestBuilt>
{
    public async Task Consume(ConsumeContext<PullRequestBuilt> context)
    {
        var built = context.Message;
        if (
            await store.PullRequestBuilds.FindAsync([built.BuildId], context.CancellationToken)
            is not { State: PullRequestStates.Building } build
        )
        {
            return;
        }

        build.Failure = built.Failure;
        build.SendAt = null;
        build.Become(
            built.HasMoved ? PullRequestStates.Cancelled
                : built.IsSkipped ? PullRequestStates.Skipped
                : built.Failure is null ? PullRequestStates.Succeeded
                : PullRequestStates.Failed,
            time.GetUtcNow()
        );
        if (
            built.HasMoved
            && await store.PullRequests.FindAsync([build.PullRequestId], context.CancellationToken)
                is { IsOpen: true } pull
        )
        {
            pull.LookAt = time.GetUtcNow() + options.CurrentValue.PauseAfter(Math.Max(pull.Looks, 1));
            pull.Version++;
        }

        worker.Wake.Set();
    }
}
