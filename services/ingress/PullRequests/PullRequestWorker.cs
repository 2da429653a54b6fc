using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.PullRequests;

/// <summary>Asks repositories for the heads of pull requests, sends again what the transport may have lost, and has GitHub told.</summary>
internal sealed class PullRequestWorker(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    PullRequestHeads heads,
    PullRequestReports reports,
    RepositoryRegistry registry,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<PullRequestWorker> logger
) : BackgroundService
{
    private const int Batch = 50;

    /// <summary>How often a repository is asked that does not know yet what was announced: its references follow a moment later, or
    /// what was announced came late and is not the head any more.</summary>
    private const int MostLooks = 6;

    /// <summary>Whoever does not hear of a cancellation builds what nobody needs, and no more than that.</summary>
    private const int MostCancellations = 5;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Where no pull request is built, there is at most something left to cancel.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    /// <summary>Says that there is something to do.</summary>
    public Signal Wake { get; } = new(time);

    public override void Dispose()
    {
        Wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        var looks = new Dictionary<string, Task>();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await TryAsync(token => BeginLooksAsync(looks, token), stoppingToken);
                await TryAsync(SendAsync, stoppingToken);
                await TryAsync(reports.ReportAsync, stoppingToken);
                await Wake.WaitAsync(Pause(), stoppingToken);
            }
        }
        finally
        {
            await Task.WhenAll(looks.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan Pause()
    {
        var pause = options.CurrentValue.RepublishAfter / 4;
        return !registry.All().Any(repository => repository.BuildsPullRequests) ? LongestRest
            : pause < LongestPause ? pause
            : LongestPause;
    }

    private async Task TryAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            await work(stopping);
        }
        catch (DbUpdateConcurrencyException)
        {
            // It changed at the same moment: the next round looks again.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.LogError(e, "Pull requests could not be looked after; trying again");
        }
    }

    /// <summary>Repositories are looked at side by side: what one that does not answer keeps waiting is its own pull requests.</summary>
    private async Task BeginLooksAsync(Dictionary<string, Task> looks, CancellationToken cancellation)
    {
        foreach (var (repository, look) in looks.ToList())
        {
            if (look.IsCompleted)
            {
                looks.Remove(repository);
            }
        }

        foreach (var due in await DueAsync(looks.Keys, cancellation))
        {
            if (looks.Count < options.CurrentValue.Polling.AtOnce)
            {
                looks.Add(due.Key, LookAsync([.. due], cancellation));
            }
        }
    }

    /// <summary>Pull requests by their repositories, without those that are looked at.</summary>
    private async Task<IReadOnlyList<IGrouping<string, string>>> DueAsync(
        IEnumerable<string> busy,
        CancellationToken cancellation
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var now = time.GetUtcNow();
        var others = busy.ToList();
        var due = await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .PullRequests.Where(pull => pull.LookAt != null && pull.LookAt <= now && !others.Contains(pull.Repository))
            .OrderBy(pull => pull.LookAt)
            .Take(Batch)
            .Select(pull => new { pull.Repository, pull.Id })
            .ToListAsync(cancellation);
        return [.. due.GroupBy(pull => pull.Repository, pull => pull.Id)];
    }

    private async Task LookAsync(IReadOnlyList<string> pulls, CancellationToken cancellation)
    {
        foreach (var id in pulls)
        {
            var isRead = false;
            await TryAsync(async token => isRead = await LookAsync(id, token), cancellation);
            if (!isRead)
            {
                // The others of the repository are due still.
                return;
            }
        }

        Wake.Set();
    }

    /// <returns>Whether the repository could be read.</returns>
    private async Task<bool> LookAsync(string id, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        if (await store.PullRequests.FindAsync([id], cancellation) is not { LookAt: not null, IsOpen: true } pull)
        {
            return true;
        }

        pull.Looks++;
        pull.Version++;
        var builds = scope.ServiceProvider.GetRequiredService<PullRequestBuilds>();
        if (registry.Find(pull.Repository, SourceKind.Github) is not { BuildsPullRequests: true })
        {
            builds.Cancel(await builds.NewestAsync(pull, cancellation), "Pull requests are not built any more.");
            pull.LookAt = null;
            await store.SaveChangesAsync(cancellation);
            return true;
        }

        await LookAsync(pull, builds, cancellation);
        await store.SaveChangesAsync(cancellation);
        return pull.Problem is null;
    }

    private async Task LookAsync(PullRequestRow pull, PullRequestBuilds builds, CancellationToken cancellation)
    {
        var pace = await builds.PaceAsync(pull, cancellation);
        try
        {
            var head = await heads.HeadAsync(pull.CloneUrl, pull.Number, cancellation);
            (pull.Problem, pull.Remedy) = (null, null);
            if (head is not null)
            {
                await builds.HeadIsAsync(pull, head, cancellation);
            }

            pull.LookAt = head == pull.Announced || pull.Looks >= MostLooks ? null : NextLook(pull, pace);
            if (head is null && pull.LookAt is null)
            {
                pull.Problem = $"'{PlainText.Address(pull.CloneUrl)}' has no reference of the pull request.";
                pull.Remedy =
                    "See that the clone-url in ingress.repositories leads to GitHub: only there these references are.";
            }
        }
        catch (CanaryException e)
        {
            (pull.Problem, pull.Remedy) = (e.Message, e.Remedy);
            pull.LookAt = NextLook(pull, pace);
        }
    }

    private DateTimeOffset NextLook(PullRequestRow pull, TimeSpan pace)
    {
        var pause = options.CurrentValue.PauseAfter(pull.Looks);
        return time.GetUtcNow() + (pause > pace ? pause : pace);
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<IngressStore>>();
        var now = time.GetUtcNow();
        var due = await store
            .PullRequestBuilds.Where(build => build.SendAt != null && build.SendAt <= now)
            .OrderBy(build => build.SendAt)
            .Take(Batch)
            .ToListAsync(cancellation);
        foreach (var build in due)
        {
            build.Sent++;
            build.Version++;
            build.SendAt = now + options.CurrentValue.PauseAfter(build.Sent);
            if (build.State == PullRequestStates.Building)
            {
                outbox.Send(build.ToCommand());
            }
            else
            {
                outbox.Send(build.ToCancellation());
                build.SendAt = build.Sent < MostCancellations ? build.SendAt : null;
            }
        }

        await store.SaveChangesAsync(cancellation);
    }
}
