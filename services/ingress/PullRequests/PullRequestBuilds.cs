using Canary.Contracts;
using Canary.Durability.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.PullRequests;

/// <summary>Begins and cancels the builds of pull requests: each is the build of one commit, and the newest that of the head.</summary>
internal sealed class PullRequestBuilds(
    IngressStore store,
    IOutbox<IngressStore> outbox,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time
)
{
    private static readonly TimeSpan LongestPace = TimeSpan.FromMinutes(10);

    /// <summary>How long the head of a fork is left alone between two pushes: anybody may push there as often as they like, and each head
    /// takes requests of all that are allowed at GitHub.</summary>
    public async Task<TimeSpan> PaceAsync(PullRequestRow pull, CancellationToken cancellation)
    {
        if (!pull.IsFork || await NewestAsync(pull, cancellation) is not { } newest)
        {
            return TimeSpan.Zero;
        }

        var before = newest.Ordinal - 1;
        return TimeSpan.FromSeconds(Math.Min((double)before * before, LongestPace.TotalSeconds));
    }

    /// <summary>The build of the head as it is known; <c>null</c>: there is none.</summary>
    public Task<PullRequestBuildRow?> NewestAsync(PullRequestRow pull, CancellationToken cancellation) =>
        store
            .PullRequestBuilds.Where(build => build.PullRequestId == pull.Id)
            .OrderByDescending(build => build.Ordinal)
            .FirstOrDefaultAsync(cancellation);

    /// <summary>The repository says which commit the head is.</summary>
    public async Task HeadIsAsync(PullRequestRow pull, string head, CancellationToken cancellation)
    {
        var newest = await NewestAsync(pull, cancellation);
        if (newest?.Commit == head && newest.State != PullRequestStates.Cancelled)
        {
            return;
        }

        Cancel(newest, "A newer commit took its place.");
        await AddAsync(pull, head, (newest?.Ordinal ?? 0) + 1, cancellation);
    }

    /// <summary>Builds a commit once more.</summary>
    public Task RetryAsync(PullRequestRow pull, PullRequestBuildRow ended, CancellationToken cancellation) =>
        AddAsync(pull, ended.Commit, ended.Ordinal + 1, cancellation);

    public void Begin(PullRequestBuildRow build)
    {
        build.Become(PullRequestStates.Building, time.GetUtcNow());
        build.Sent = 1;
        build.SendAt = time.GetUtcNow() + options.CurrentValue.PauseAfter(build.Sent);
        outbox.Send(build.ToCommand());
    }

    /// <summary>Ends a build that has not ended.</summary>
    public void Cancel(PullRequestBuildRow? build, string reason)
    {
        if (build is null or { HasEnded: true })
        {
            return;
        }

        var hasBegun = build.State == PullRequestStates.Building;
        build.Failure = new Failure
        {
            Code = IngressCodes.PullRequestCancelled,
            Message = reason,
            Remedy = "Nothing needs to be done.",
        };
        build.Become(PullRequestStates.Cancelled, time.GetUtcNow());
        build.Sent = 1;
        build.SendAt = hasBegun ? time.GetUtcNow() + options.CurrentValue.PauseAfter(build.Sent) : null;
        if (hasBegun)
        {
            outbox.Send(build.ToCancellation());
        }
    }

    private async Task AddAsync(PullRequestRow pull, string commit, int ordinal, CancellationToken cancellation)
    {
        var build = new PullRequestBuildRow
        {
            Id = Guid.NewGuid(),
            PullRequestId = pull.Id,
            Ordinal = ordinal,
            Number = pull.Number,
            Application = pull.Application,
            Repository = pull.Repository,
            CloneUrl = pull.CloneUrl,
            Commit = commit,
            IsFork = pull.IsFork,
            State = PullRequestStates.Waiting,
            ApprovedBy = await ApproverOfAsync(pull, commit, cancellation),
            CreatedAt = time.GetUtcNow(),
        };
        store.PullRequestBuilds.Add(build);
        if (build is { IsFork: true, ApprovedBy: null })
        {
            build.Become(PullRequestStates.Waiting, time.GetUtcNow());
        }
        else
        {
            Begin(build);
        }
    }

    /// <summary>Whoever approved exactly this commit has seen it.</summary>
    private Task<string?> ApproverOfAsync(PullRequestRow pull, string commit, CancellationToken cancellation) =>
        store
            .PullRequestBuilds.Where(build =>
                build.PullRequestId == pull.Id && build.Commit == commit && build.ApprovedBy != null
            )
            .Select(build => build.ApprovedBy)
            .FirstOrDefaultAsync(cancellation);
}
