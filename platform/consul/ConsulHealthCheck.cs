using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Consul;

/// <summary>Whether Consul is there, is new enough, and lets this host do what it needs.</summary>
internal sealed class ConsulHealthCheck(ConsulClient client, ConsulAgent agent, IEnumerable<IConsulUser> users)
    : IHealthCheck
{
    private static readonly Version Oldest = new(1, 8);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            if (!await agent.HasLeaderAsync(cancellationToken))
            {
                return CheckFailure.Unhealthy(
                    $"The Consul cluster at {client.Agents} has no leader.",
                    "Look at the Consul servers: consul members, consul operator raft list-peers."
                );
            }

            var version = await VersionAsync(cancellationToken);
            if (version is not null && version < Oldest)
            {
                return CheckFailure.Unhealthy(
                    $"Consul at {client.Agents} is {version}, which is older than {Oldest}.",
                    $"Update it to {Oldest} or later."
                );
            }

            var missing = await agent.MissingAsync(await NeedsAsync(cancellationToken), cancellationToken);
            return missing.Count > 0
                ? CheckFailure.Unhealthy(ConsulErrors.Forbidden(missing))
                : HealthCheckResult.Healthy(
                    $"Consul {version?.ToString() ?? "(its version takes agent:read)"} answers at {client.Agents}."
                );
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }

    private async Task<IReadOnlyList<ConsulPermission>> NeedsAsync(CancellationToken cancellation)
    {
        var needs = new List<ConsulPermission>();
        foreach (var user in users)
        {
            needs.AddRange(await user.NeedsAsync(cancellation));
        }

        return [.. needs.Distinct()];
    }

    /// <returns><c>null</c>: the token may not read it, or nobody can.</returns>
    private async Task<Version?> VersionAsync(CancellationToken cancellation)
    {
        try
        {
            var facts = await agent.SelfAsync(cancellation);
            return Version.TryParse(facts.Version.Split('-', '+')[0], out var version) ? version : null;
        }
        catch (CanaryException exception) when (exception.Code == ConsulErrors.Denied)
        {
            return null;
        }
    }
}
