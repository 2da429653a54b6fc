using Canary.Ingress.Repositories;
using Octokit;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>Commit statuses, which the owner of a token may write (docs.github.com/rest/commits/statuses). The newest of a context
/// counts, so to say it twice changes nothing.</summary>
internal sealed class CommitStatuses : ICommitChecks
{
    private const int LongestDescription = 140;

    public Task SayAsync(CommitTarget target, ReportedPart part, ReportedThing thing, CancellationToken cancellation) =>
        target.AskAsync(
            client =>
                client.Repository.Status.Create(
                    target.Repository.Owner,
                    target.Repository.Name,
                    target.Commit,
                    new NewCommitStatus
                    {
                        Context = target.ContextOf(part.Name),
                        State = StateOf(part.State),
                        Description = PlainText.Line(part.Summary, LongestDescription),
                        TargetUrl = target.Link?.AbsoluteUri,
                    }
                ),
            cancellation
        );

    /// <summary>There is no word for what was not needed, and a status that stays pending would block a pull request for ever.</summary>
    private static CommitState StateOf(ReportedState state) =>
        state switch
        {
            ReportedState.Success or ReportedState.Neutral => CommitState.Success,
            ReportedState.Failure => CommitState.Failure,
            ReportedState.Cancelled => CommitState.Error,
            _ => CommitState.Pending,
        };
}
