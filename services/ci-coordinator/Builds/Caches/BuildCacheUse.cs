using System.Globalization;
using Canary.Failures;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds.Caches;

/// <summary>A build's use of its application's cache, told in its log. Without one a build takes longer, and no build fails for it.</summary>
internal sealed class BuildCacheUse(IBuildCaches caches, BuildCache cache, ShippedLog log)
{
    public async Task RestoreAsync(CancellationToken cancellation)
    {
        if (cache.Limit == 0)
        {
            return;
        }

        var outcome = await caches.RestoreAsync(cache, cancellation);
        if (outcome.Problem is { } problem)
        {
            await log.HeadingAsync($"The cache begins anew, empty: {problem}");
        }
        else if (outcome.Bytes > 0)
        {
            await log.HeadingAsync($"With the cache of an earlier build, {Size(outcome)}");
        }
    }

    public async Task KeepAsync(CancellationToken cancellation)
    {
        if (cache.Limit == 0)
        {
            return;
        }

        CacheOutcome outcome;
        try
        {
            outcome = await caches.KeepAsync(cache, cancellation);
        }
        catch (CanaryException exception)
        {
            // The scripts have passed.
            outcome = CacheOutcome.Failed(exception.Message);
        }

        if (outcome.Problem is { } problem)
        {
            await log.HeadingAsync($"The cache is not kept: {problem}");
        }
        else if (outcome.Bytes > 0)
        {
            await log.HeadingAsync($"The cache is kept for the next build, {Size(outcome)}");
        }
    }

    private static string Size(CacheOutcome outcome) =>
        string.Create(CultureInfo.InvariantCulture, $"{outcome.Bytes / 1e6:0.0} MB");
}
