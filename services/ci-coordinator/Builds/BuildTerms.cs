using Canary.CiCoordinator.Builds.Caches;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Processes.Sandboxes;

namespace Canary.CiCoordinator.Builds;

/// <summary>What one build may do, and gets.</summary>
internal sealed record BuildTerms(SandboxOptions Sandbox, IReadOnlyList<Secret> Secrets, BuildCache Cache)
{
    /// <summary>The terms of a build; its log shows nothing of its secrets from here on.</summary>
    /// <exception cref="CanaryException"><c>build-secret-unusable</c></exception>
    public static async Task<BuildTerms> OfAsync(StartBuild build, BuildOptions options, ShippedLog log)
    {
        if (options.Applications.FirstOrDefault(application => application.IsFor(build)) is not { } own)
        {
            return new BuildTerms(options.Sandbox, [], CacheOf(options.Cache.Limit));
        }
        IReadOnlyList<Secret> secrets = build.Deploys ? [.. own.Secrets.Select(BuildSecret.Read)] : [];
        await log.ConcealAsync(secrets.Select(secret => secret.Content));
        if (own.Secrets.Count > 0)
        {
            await log.HeadingAsync(
                build.Deploys
                    ? $"With the secrets {string.Join(", ", secrets.Select(secret => secret.Name))}"
                    : "Without the secrets of the application: what is built here is not deployed"
            );
        }
        return new BuildTerms(
            own.Sandbox.Over(options.Sandbox),
            secrets,
            CacheOf(own.CacheLimit ?? options.Cache.Limit)
        );

        BuildCache CacheOf(long limit) => BuildCache.Of(build, limit, options.Cache.ForgetAfter);
    }
}
