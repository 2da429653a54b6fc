using System.Collections.Concurrent;
using Canary.Failures;
using Canary.Machines;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Whether there are build hosts, and whether they can be used: each is logged in to.</summary>
internal sealed class BuildHostsCheck(
    IBuildHosts hosts,
    [FromKeyedServices(CiCoordinatorModule.Name)] SshConnections connections,
    TimeProvider time
) : IHealthCheck
{
    private const int AtOnce = 16;

    /// <summary>People wait for it: who takes longer counts as away.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(4);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var found = await hosts.FindAsync(cancellationToken);
            var problems = new ConcurrentBag<CanaryException>();
            await Parallel.ForEachAsync(
                found.Hosts,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (host, token) =>
                {
                    if (await ProblemWithAsync(host, token) is { } problem)
                    {
                        problems.Add(problem);
                    }
                }
            );
            return Verdict(found, [.. problems.OrderBy(problem => problem.Message, StringComparer.Ordinal)]);
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }

    private HealthCheckResult Verdict(BuildHostsFound found, IReadOnlyList<CanaryException> problems)
    {
        var said = string.Join(' ', [.. problems.Select(problem => problem.Message), .. found.Faults]);
        var usable = found.Hosts.Count - problems.Count;
        if (usable == 0)
        {
            return CheckFailure.Unhealthy(
                said.Length == 0 ? "There is no build host: no commit can be built." : said,
                problems.Count > 0 ? problems[0].Remedy : hosts.HowToAdd
            );
        }

        var names = string.Join(", ", found.Hosts.Select(host => host.Name));
        return said.Length == 0 ? HealthCheckResult.Healthy($"{usable} can be used: {names}.")
            : problems.Count > 0 ? CheckFailure.Degraded(said, problems[0].Remedy)
            : CheckFailure.Degraded(said, "Correct the metadata of the service in Consul (docs/consul.md).");
    }

    private async Task<CanaryException?> ProblemWithAsync(BuildHost host, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await RemoteWorkspace.CheckAsync(connections, host, time, either.Token);
            return null;
        }
        catch (CanaryException exception)
        {
            return exception;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} does not answer within {TimeLimit.TotalSeconds:0} s.",
                $"Check that {host.Name} is up, and that no firewall is in between."
            );
        }
    }
}
