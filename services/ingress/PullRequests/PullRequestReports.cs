using System.Text.Json;
using Canary.Failures;
using Canary.GitHub;
using Canary.Ingress.Notifications.GitHub;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.PullRequests;

/// <summary>Shows on GitHub, beside the heads of pull requests, how their builds are: what is so, as often as it takes. No build waits for
/// it.</summary>
internal sealed class PullRequestReports(
    GitHubApi github,
    IServiceScopeFactory scopes,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<PullRequestReports> logger
)
{
    private const string Part = "pull-request";

    private const int LongestSentence = 300;

    private const int Batch = 50;

    /// <summary>With the pauses in between, some hours.</summary>
    private const int MostReports = 30;

    private readonly ICommitChecks _checks = github.IsApp ? new CheckRuns() : new CommitStatuses();

    public async Task ReportAsync(CancellationToken cancellation)
    {
        foreach (var id in await DueAsync(cancellation))
        {
            await ReportAsync(id, cancellation);
        }
    }

    private async Task<List<Guid>> DueAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var now = time.GetUtcNow();
        return await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .PullRequestBuilds.Where(build => build.ReportAt != null && build.ReportAt <= now)
            .OrderBy(build => build.ReportAt)
            .Take(Batch)
            .Select(build => build.Id)
            .ToListAsync(cancellation);
    }

    private async Task ReportAsync(Guid id, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        if (await store.PullRequestBuilds.FindAsync([id], cancellation) is not { ReportAt: not null } build)
        {
            return;
        }

        if (RepositoryOf(build) is not { } repository)
        {
            build.ReportAt = null;
            build.Version++;
            await store.SaveChangesAsync(cancellation);
            return;
        }

        // Said before it is done: another replica leaves it alone, and one that dies tries again.
        build.Reports++;
        build.Version++;
        build.ReportAt = time.GetUtcNow() + options.CurrentValue.PauseAfter(build.Reports);
        if (await ShownInsteadAsync(store, build, cancellation) is { } other)
        {
            Yield(build, other);
            await store.SaveChangesAsync(cancellation);
            return;
        }

        await store.SaveChangesAsync(cancellation);
        await SayAsync(build, repository, cancellation);
        build.Version++;
        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>The build that GitHub shows beside the commit in place of this one; <c>null</c>: it shows this one. A check run is a build's
    /// own, so that one which is there can end.</summary>
    private async Task<PullRequestBuildRow?> ShownInsteadAsync(
        IngressStore store,
        PullRequestBuildRow build,
        CancellationToken cancellation
    )
    {
        if (ThingOf(build).Ids.Count > 0)
        {
            return null;
        }

        var others = await store
            .PullRequestBuilds.Where(other =>
                other.Id != build.Id
                && other.Commit == build.Commit
                && other.Application == build.Application
                && other.Repository == build.Repository
            )
            .ToListAsync(cancellation);
        return others.Where(build.YieldsTo).MaxBy(other => other.Rank());
    }

    /// <summary>One that goes on is shown once the other is cancelled; one that was shown and has ended gives its place back.</summary>
    private void Yield(PullRequestBuildRow build, PullRequestBuildRow other)
    {
        if (!build.HasEnded)
        {
            return;
        }

        build.ReportAt = null;
        if (ThingOf(build).Said is not null)
        {
            var thing = ThingOf(other);
            thing.Said = null;
            other.Reported = TextOf(thing);
            other.ReportAt = time.GetUtcNow();
            other.Reports = 0;
            other.Version++;
        }
    }

    private static ReportedThing ThingOf(PullRequestBuildRow build) =>
        build.Reported is { } told
            ? JsonSerializer.Deserialize<ReportedThing>(told, JsonSerializerOptions.Web)!
            : new ReportedThing();

    private static string TextOf(ReportedThing thing) => JsonSerializer.Serialize(thing, JsonSerializerOptions.Web);

    private async Task SayAsync(PullRequestBuildRow build, RepositoryName repository, CancellationToken cancellation)
    {
        var thing = ThingOf(build);
        var target = new CommitTarget(github, repository, build.Application, build.Id, build.Commit, Link: null);
        var part = PartOf(build);
        try
        {
            if (thing.Said != part.Key)
            {
                await _checks.SayAsync(target, part, thing, cancellation);
                thing.Said = part.Key;
            }

            build.ReportAt = null;
        }
        catch (CanaryException e)
        {
            logger.LogWarning(
                "GitHub could not be told of the pull request {Number} of {Application}: {Reason}",
                build.Number,
                build.Application,
                e.Message
            );
            build.ReportAt = build.Reports < MostReports ? build.ReportAt : null;
        }

        build.Reported = TextOf(thing);
    }

    private RepositoryName? RepositoryOf(PullRequestBuildRow build) =>
        github.IsUsed && options.CurrentValue.Github.Checks ? github.Address.RepositoryAt(build.CloneUrl) : null;

    private static ReportedPart PartOf(PullRequestBuildRow build) =>
        build.State switch
        {
            PullRequestStates.Waiting => new ReportedPart(
                Part,
                ReportedState.Queued,
                "It comes from a fork, and is built once an operator of Canary has approved this commit."
            )
            {
                Remedy = $"canary pulls approve {build.Application} {build.Number} --commit {build.Commit}",
            },
            PullRequestStates.Building => new ReportedPart(
                Part,
                ReportedState.InProgress,
                "script/cisetup and script/cibuild run, or wait for their turn."
            ),
            PullRequestStates.Succeeded => new ReportedPart(
                Part,
                ReportedState.Success,
                "script/cisetup and script/cibuild passed. Nothing was released."
            ),
            PullRequestStates.Cancelled => Ended(build, ReportedState.Cancelled, "It was cancelled."),
            PullRequestStates.Skipped => Ended(build, ReportedState.Neutral, "It was not built."),
            _ => Ended(build, ReportedState.Failure, "It failed."),
        };

    private static ReportedPart Ended(PullRequestBuildRow build, ReportedState state, string otherwise) =>
        new(Part, state, PlainText.Line(build.Failure?.Message, LongestSentence) ?? otherwise)
        {
            Remedy = PlainText.Line(build.Failure?.Remedy, LongestSentence),
        };
}
