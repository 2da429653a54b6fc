using Canary.Failures;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.PullRequests;

/// <summary>Makes durable what a webhook says of a pull request. It is a reason to ask the repository for its head, and no more, so that
/// deliveries may come twice, late and in any order.</summary>
internal sealed class PullRequestIntake(
    IServiceScopeFactory scopes,
    RepositoryRegistry registry,
    PullRequestWorker worker,
    TimeProvider time
)
{
    private const int MostAttempts = 10;

    /// <exception cref="CanaryException">It is of a repository for which another secret vouches.</exception>
    public async Task TakeAsync(PullRequestNews news, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TakeOnceAsync(news, cancellation);
                worker.Wake.Set();
                return;
            }
            catch (DbUpdateException) when (attempt < MostAttempts)
            {
                // Another delivery, or a look, was first.
            }
        }
    }

    private async Task TakeOnceAsync(PullRequestNews news, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var pull = await store.PullRequests.FindAsync([news.Id], cancellation);
        if (pull is null)
        {
            pull = PullRequestRow.Of(news);
            store.PullRequests.Add(pull);
        }

        ThrowIfAnother(pull, news);

        var builds = scope.ServiceProvider.GetRequiredService<PullRequestBuilds>();
        pull.Take(news, time.GetUtcNow(), await builds.PaceAsync(pull, cancellation));
        if (!pull.IsOpen)
        {
            builds.Cancel(await builds.NewestAsync(pull, cancellation), "The pull request was closed.");
        }

        await store.SaveChangesAsync(cancellation);
    }

    /// <summary>The holder of one repository's secret can sign any id.</summary>
    private void ThrowIfAnother(PullRequestRow known, PullRequestNews news)
    {
        if (
            registry.Find(known.Repository, SourceKind.Github) is { } repository
            && repository.SecretsOf != registry.Find(news.Repository, SourceKind.Github)?.SecretsOf
        )
        {
            throw new CanaryException(
                IngressCodes.RepositoryReplaced,
                $"The pull request {news.Id} is known of {known.Repository}, for which the secret of {news.Repository} does not vouch.",
                $"If {known.Repository} is called {news.Repository} now, remove its old name from ingress.repositories."
            );
        }
    }
}
