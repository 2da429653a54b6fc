using System.Text;
using Canary.Failures;
using Canary.GitHub;
using Octokit;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>
/// Check runs, which only Apps may write (docs.github.com/rest/checks/runs). To make one twice makes two, so each carries the id of its
/// part, and is looked for before it is made.
/// </summary>
internal sealed class CheckRuns : ICommitChecks
{
    private const string Punctuation = "\\`*_{}[]()<>#+-.!|~";

    public async Task SayAsync(
        CommitTarget target,
        ReportedPart part,
        ReportedThing thing,
        CancellationToken cancellation
    )
    {
        // Once more at the end, for what came to be unheard.
        if (thing.Ids.Count == 0 || part.HasEnded)
        {
            await FindAsync(target, part, thing, cancellation);
        }

        foreach (var id in thing.Ids.ToList())
        {
            await UpdateAsync(target, part, thing, id, cancellation);
        }

        if (thing.Ids.Count == 0)
        {
            await CreateAsync(target, part, thing, cancellation);
        }
    }

    private static async Task FindAsync(
        CommitTarget target,
        ReportedPart part,
        ReportedThing thing,
        CancellationToken cancellation
    )
    {
        var found = await target.AskAsync(
            client =>
                client.Check.Run.GetAllForReference(
                    target.Repository.Owner,
                    target.Repository.Name,
                    target.Commit,
                    new CheckRunRequest
                    {
                        CheckName = target.ContextOf(part.Name),
                        Filter = CheckRunCompletedAtFilter.All,
                    },
                    new ApiOptions { PageSize = 100, PageCount = 1 }
                ),
            cancellation
        );
        thing.Ids.AddRange(
            found
                .CheckRuns.Where(run => run.ExternalId == target.IdOf(part.Name))
                .Select(run => run.Id)
                .Except(thing.Ids)
                .Order()
        );
    }

    private static async Task CreateAsync(
        CommitTarget target,
        ReportedPart part,
        ReportedThing thing,
        CancellationToken cancellation
    )
    {
        var run = new NewCheckRun(target.ContextOf(part.Name), target.Commit)
        {
            ExternalId = target.IdOf(part.Name),
            DetailsUrl = target.Link?.AbsoluteUri,
            Status = StatusOf(part.State),
            Conclusion = ConclusionOf(part.State),
            StartedAt = part.StartedAt,
            Output = OutputOf(part),
        };
        var created = await target.AskAsync(
            client => client.Check.Run.Create(target.Repository.Owner, target.Repository.Name, run),
            cancellation
        );
        thing.Ids.Add(created.Id);
    }

    private static async Task UpdateAsync(
        CommitTarget target,
        ReportedPart part,
        ReportedThing thing,
        long id,
        CancellationToken cancellation
    )
    {
        var update = new CheckRunUpdate
        {
            DetailsUrl = target.Link?.AbsoluteUri,
            Status = StatusOf(part.State),
            Conclusion = ConclusionOf(part.State),
            Output = OutputOf(part),
        };
        try
        {
            await target.AskAsync(
                client => client.Check.Run.Update(target.Repository.Owner, target.Repository.Name, id, update),
                cancellation
            );
        }
        catch (CanaryException exception) when (GitHubErrors.IsNotFound(exception))
        {
            // Somebody has removed it; or the whole repository, which the next request shows.
            thing.Ids.Remove(id);
        }
    }

    private static CheckStatus StatusOf(ReportedState state) =>
        state switch
        {
            ReportedState.Queued => CheckStatus.Queued,
            ReportedState.InProgress => CheckStatus.InProgress,
            _ => CheckStatus.Completed,
        };

    private static StringEnum<CheckConclusion>? ConclusionOf(ReportedState state) =>
        state switch
        {
            ReportedState.Success => CheckConclusion.Success,
            ReportedState.Failure => CheckConclusion.Failure,
            ReportedState.Cancelled => CheckConclusion.Cancelled,
            ReportedState.Neutral => CheckConclusion.Neutral,
            _ => null,
        };

    private static NewCheckRunOutput OutputOf(ReportedPart part) =>
        new(part.Summary, Markdown(part.Summary)) { Text = part.Remedy is { } remedy ? Markdown(remedy) : null };

    /// <summary>What others wrote is text, and becomes neither markup nor the mention of a person.</summary>
    private static string Markdown(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            escaped.Append(
                Punctuation.Contains(character, StringComparison.Ordinal) ? $"\\{character}"
                : character == '@' ? "@\u200B"
                : character == '&' ? "&amp;"
                : character.ToString()
            );
        }

        return escaped.ToString();
    }
}
