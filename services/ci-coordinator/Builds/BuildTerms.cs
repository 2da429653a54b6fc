using Canary.CiCoordinator.Builds.Caches;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Processes.Sandboxes;

namespace Canary.CiCoordinator.Builds;

/// <summary>What one build may do, and gets.</summary>
internal sealed record BuildTerms(SandboxOptions Sandbox, IReadOnlyList<Secret> Secrets, BuildCache Cache)
{
    /// <summary>Whether it does not run at all where there is no sandbox.</summary>
    public required bool NeedsSandbox { get; init; }

    /// <summary>The terms of a build; its log shows nothing of its secrets from here on.</summary>
    /// <exception cref="CanaryException"><c>build-secret-unusable</c></exception>
    public static async Task<BuildTerms> OfAsync(StartBuild build, BuildOptions options, ShippedLog log)
    {
        if (build.IsOfFork())
        {
            await log.HeadingAsync("Without secrets, cache and environment: the commit comes from a fork");
        }
        if (options.Applications.FirstOrDefault(application => application.IsFor(build)) is not { } own)
        {
            return TermsOf(options.Sandbox, [], options.Cache.Limit);
        }
        IReadOnlyList<Secret> secrets = build is { Deploys: true, PullRequest: null }
            ? [.. own.Secrets.Select(BuildSecret.Read)]
            : [];
        await log.ConcealAsync(secrets.Select(secret => secret.Content));
        if (own.Secrets.Count > 0 && !build.IsOfFork())
        {
            await log.HeadingAsync(
                build.Deploys
                    ? $"With the secrets {string.Join(", ", secrets.Select(secret => secret.Name))}"
                    : "Without the secrets of the application: what is built here is not deployed"
            );
        }
        return TermsOf(own.Sandbox.Over(options.Sandbox), secrets, own.CacheLimit ?? options.Cache.Limit);

        BuildTerms TermsOf(SandboxOptions sandbox, IReadOnlyList<Secret> given, long cacheLimit) =>
            // What builds with secrets keep may hold some of them.
            new(sandbox, given, BuildCache.Of(build, build.IsOfFork() ? 0 : cacheLimit, options.Cache.ForgetAfter))
            {
                NeedsSandbox = build.IsOfFork(),
            };
    }
}
