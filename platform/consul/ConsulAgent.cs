using System.Net;
using System.Text.Json.Serialization;
using Canary.Failures;

namespace Canary.Consul;

/// <summary>An agent: what it is, what its token may do, and the services that are registered with it.</summary>
public sealed class ConsulAgent(ConsulClient client)
{
    private static readonly ConsulPermission ReadAgent = new("agent", "read");

    /// <summary>Which Consul this is.</summary>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<ConsulFacts> SelfAsync(CancellationToken cancellation)
    {
        var answer = await client.GetAsync<SelfDocument>("v1/agent/self", ReadAgent, cancellation);
        var self = answer.Value?.Config;
        return new ConsulFacts(self?.Version ?? "", self?.Datacenter ?? "");
    }

    /// <summary>Whether the cluster has a leader; takes no token.</summary>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<bool> HasLeaderAsync(CancellationToken cancellation) =>
        (await client.GetAsync<string>("v1/status/leader", ReadAgent, cancellation)).Value is { Length: > 0 };

    /// <summary>Which of these permissions the token lacks.</summary>
    /// <returns>Empty: none, or Consul does not use ACLs, or cannot tell.</returns>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    /// <remarks>The path is the one that Consul's own user interface asks; it is there since 1.7.</remarks>
    public async Task<IReadOnlyList<ConsulPermission>> MissingAsync(
        IReadOnlyList<ConsulPermission> permissions,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(permissions);

        var (_, answers) = await client.AskAsync<List<AuthorizationDocument>>(
            HttpMethod.Post,
            "v1/internal/acl/authorize",
            permissions,
            ReadAgent,
            // Without ACLs, and on a Consul that has it no longer.
            [HttpStatusCode.Unauthorized, HttpStatusCode.NotFound],
            cancellation
        );
        return answers is null ? [] : [.. permissions.Where((_, i) => i < answers.Count && !answers[i].Allow)];
    }

    /// <summary>Whether a service is registered with this agent.</summary>
    internal async Task<bool> IsRegisteredAsync(ConsulService service, CancellationToken cancellation)
    {
        var answer = await client.GetAsync<object>(
            $"v1/agent/service/{Uri.EscapeDataString(service.Id)}",
            new ConsulPermission("service", "read", service.Name),
            cancellation,
            byOwnAgent: true
        );
        return answer.Value is not null;
    }

    /// <summary>Registers a service, or changes its registration.</summary>
    internal Task RegisterAsync(ConsulService service, CancellationToken cancellation) =>
        client.PutAsync(
            "v1/agent/service/register?replace-existing-checks=true",
            ConsulClient.JsonOf(service),
            new ConsulPermission("service", "write", service.Name),
            cancellation,
            byOwnAgent: true
        );

    /// <summary>Forgets a service.</summary>
    internal Task DeregisterAsync(string id, CancellationToken cancellation) =>
        client.PutAsync(
            $"v1/agent/service/deregister/{Uri.EscapeDataString(id)}",
            content: null,
            new ConsulPermission("service", "write", id),
            cancellation,
            byOwnAgent: true
        );

    private sealed record SelfDocument(ConfigDocument? Config);

    private sealed record ConfigDocument(string? Version, string? Datacenter);

    private sealed record AuthorizationDocument(bool Allow);
}

/// <summary>Which Consul answers.</summary>
/// <param name="Version">Its version, for example <c>1.8.7</c>; empty: unknown.</param>
/// <param name="Datacenter">Its datacenter.</param>
public sealed record ConsulFacts(string Version, string Datacenter);

/// <summary>A registration, as the API takes it.</summary>
internal sealed record ConsulService
{
    [JsonPropertyName("ID")]
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary><c>null</c>: the agent's own.</summary>
    public string? Address { get; init; }

    public required int Port { get; init; }

    public required IReadOnlyDictionary<string, string> Meta { get; init; }

    public required ConsulCheck Check { get; init; }
}

/// <summary>A check of a registration, as the API takes it.</summary>
internal sealed record ConsulCheck
{
    public required string Name { get; init; }

    [JsonPropertyName("HTTP")]
    public required string Http { get; init; }

    public required string Interval { get; init; }

    public required string Timeout { get; init; }

    public required string DeregisterCriticalServiceAfter { get; init; }
}
