using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>Whether Jenkins is there, lets us in, and shows us the jobs that the configuration names, for <c>canary doctor</c>.</summary>
internal sealed class JenkinsCheck(
    JenkinsClient client,
    JenkinsBuilds builds,
    IOptions<BuildOptions> options,
    TimeProvider time
) : IHealthCheck
{
    /// <summary>People wait for it: who takes longer counts as away.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(4);

    private readonly BuildOptions _options = options.Value;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var version = await client.VersionAsync(either.Token);
            var places = PlacesToSee().ToList();
            foreach (var place in places)
            {
                await builds.LookAsync(place, either.Token);
            }

            var jenkins = $"Jenkins {version} answers {_options.Jenkins.User} at {_options.Jenkins.Address}";
            return HealthCheckResult.Healthy(
                places.Count == 0
                    ? $"{jenkins}."
                    : $"{jenkins}, and shows {string.Join(", ", places.Select(place => place.Name))}."
            );
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckFailure.Unhealthy(
                $"Jenkins at {_options.Jenkins.Address} does not answer within {TimeLimit.TotalSeconds:0} s.",
                "See that Jenkins runs, and that no firewall is in between."
            );
        }
    }

    /// <summary>Jobs whose name is known before there is a push, and folders of the others.</summary>
    private IEnumerable<JenkinsJob> PlacesToSee() =>
        _options
            .Applications.Select(application =>
                (application.JenkinsJob ?? _options.Jenkins.Job).Replace(
                    JenkinsJob.Application,
                    application.Name,
                    StringComparison.Ordinal
                )
            )
            .Prepend(_options.Jenkins.Job)
            .Select(JenkinsJob.KnownPartOf)
            .OfType<JenkinsJob>()
            .DistinctBy(job => job.Path);
}
