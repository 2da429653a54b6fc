using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.PullRequests;

/// <summary>Makes durable what a webhook says of a pull request. It is a reason to ask the repository for its head, and no more, so that
/// deliveries may come twice, late and in any order.</summary>
internal sealed class PullRequestIntake(IServiceScopeFactory scopes, PullRequestWorker worker, TimeProvider time)
{
    private const int MostAttempts = 10;

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

        pull.Take(news, time.GetUtcNow());
        if (!pull.IsOpen)
        {
            var builds = scope.ServiceProvider.GetRequiredService<PullRequestBuilds>();
            builds.Cancel(await builds.NewestAsync(pull, cancellation), "The pull request was closed.");
        }

        await store.SaveChangesAsync(cancellation);
    }
}
