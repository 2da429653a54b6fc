using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Failures;
using Canary.GitHub;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>
/// Shows on GitHub how releases are: beside their commits, and as deployments. It is a channel like those of people: what is so is said,
/// not what has changed, as often as it takes, and no release waits for it.
/// </summary>
internal sealed class GitHubReporter(
    GitHubApi github,
    RepositoryRegistry repositories,
    IOptionsMonitor<IngressOptions> options,
    IServiceScopeFactory scopes
) : INotifier
{
    public const string Name = "github";

    private readonly ICommitChecks _checks = github.IsApp ? new CheckRuns() : new CommitStatuses();
    private readonly ReleaseDeployments _deployments = new();

    public MessageStyle Style => MessageStyle.Streamed;

    public bool Concerns(News news) =>
        news.Release is not { } release || RepositoryOf(release.Release.Push.Source) is not null;

    /// <param name="news">What to tell.</param>
    /// <param name="told">The <see cref="Progress"/> of the release.</param>
    /// <param name="cancellation">The time for it is over.</param>
    public async Task<string?> SendAsync(News news, string? told, CancellationToken cancellation)
    {
        var progress = Progress.Of(told);
        try
        {
            if (news.Release is { } release)
            {
                await ReportAsync(release, news.Message.Link?.Address, progress, cancellation);
            }
            else
            {
                await github.DescribeAsync(cancellation);
            }

            return progress.ToText();
        }
        catch (CanaryException exception)
        {
            throw new DeliveryException(exception.Message, exception.Remedy, exception)
            {
                RetryAfter = GitHubErrors.WaitOf(exception),
                // What one repository does not allow or have, others may.
                IsOfMessage =
                    exception.Code
                        is GitHubCodes.GithubNotFound
                            or GitHubCodes.GithubDenied
                            or GitHubCodes.GithubRejected,
                Told = progress.ToText(),
            };
        }
        catch (OperationCanceledException exception) when (cancellation.IsCancellationRequested)
        {
            throw new DeliveryException(
                "GitHub was not told everything in time, and is told the rest later.",
                "Nothing, if it passes; ingress.notifications.timeout gives it more time.",
                exception
            )
            {
                Told = progress.ToText(),
            };
        }
    }

    public void Dispose() { }

    private async Task ReportAsync(Snapshot snapshot, Uri? link, Progress progress, CancellationToken cancellation)
    {
        var release = snapshot.View;
        var target = new ReportTarget(github, RepositoryOf(snapshot.Release.Push.Source)!, release, link);
        var overtaken = await OvertakenAsync(snapshot.Release, cancellation);
        foreach (var part in ReleaseReport.Of(release).Parts)
        {
            if (release.Deployment is null && options.CurrentValue.Github.Checks && !overtaken.ByRun)
            {
                await SayOnceAsync(
                    progress.Check(part.Name),
                    part,
                    thing => _checks.SayAsync(target, part, thing, cancellation)
                );
            }

            if (part.Name is ReleaseReport.Canary or ReleaseReport.Production && HasBegun(part, progress))
            {
                var shown = Deployed(part, release, overtaken.ByRelease);
                await SayOnceAsync(
                    progress.Deployment(part.Name),
                    shown,
                    thing => _deployments.SayAsync(target, shown, thing, EnvironmentOf(release, part), cancellation)
                );
            }
        }
    }

    /// <summary>A check says what was found out, a deployment what runs.</summary>
    private static ReportedPart Deployed(ReportedPart part, ReleaseView release, bool isOvertaken) =>
        part.State == ReportedState.Neutral ? part
        : release.Phase == RolloutStates.RollingBack
            ? part with
            {
                State = ReportedState.InProgress,
                Summary = "It is being rolled back.",
            }
        : part.State != ReportedState.Success ? part
        : release.State == ReleaseStates.RolledBack
            ? part with
            {
                State = ReportedState.Neutral,
                Summary = "It was rolled back.",
            }
        : isOvertaken ? part with { State = ReportedState.Neutral, Summary = "Something newer took its place." }
        : part;

    /// <summary>What waits for something else is no deployment yet.</summary>
    private bool HasBegun(ReportedPart part, Progress progress) =>
        options.CurrentValue.Github.Deployments
        && (part.State != ReportedState.Queued || progress.Deployments.ContainsKey(part.Name));

    private static async Task SayOnceAsync(ReportedThing thing, ReportedPart part, Func<ReportedThing, Task> say)
    {
        if (thing.Said == part.Key)
        {
            return;
        }

        await say(thing);
        thing.Said = part.Key;
    }

    private DeploymentEnvironment EnvironmentOf(ReleaseView release, ReportedPart part) =>
        DeploymentEnvironment.Of(
            release.Application,
            release.Repository,
            part.Name,
            GitNames.IsRepository(release.Repository) ? repositories.Find(release.Repository)?.EnvironmentUrl : null
        );

    private RepositoryName? RepositoryOf(SourceReference source) => github.Address.RepositoryAt(source.CloneUrl);

    /// <summary>What was held up may be told after what came later, and must not hide it.</summary>
    private async Task<(bool ByRun, bool ByRelease)> OvertakenAsync(ReleaseRow release, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var others = scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .Releases.AsNoTracking()
            .Where(other => other.Application == release.Application && other.Id != release.Id);
        return (
            await others.AnyAsync(
                other => other.Commit == release.Commit && other.Run > release.Run && other.Deploy == null,
                cancellation
            ),
            release.Number > 0
                && await others.AnyAsync(
                    other => other.Number > release.Number && other.State == ReleaseStates.Completed,
                    cancellation
                )
        );
    }
}
