using Canary.Failures;

namespace Canary.Consul;

/// <summary>The services that Consul knows. Both questions can wait for a change: see <see cref="ConsulWatch"/>.</summary>
public sealed class ConsulCatalog(ConsulClient client)
{
    // Asked otherwise, a leader that has just begun may answer with less than there is, even with nothing
    // (https://github.com/hashicorp/consul/issues/4103): hosts would be missing.
    private const string Mode = "consistent";

    /// <summary>Names of all services that the token may read, each with the tags that any of its instances has.</summary>
    /// <param name="index">Index of the last answer: waits for another one. 0: answers at once.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<ConsulAnswer<IReadOnlyDictionary<string, IReadOnlyList<string>>>> ServicesAsync(
        ulong index,
        CancellationToken cancellation
    )
    {
        var answer = await client.GetAsync<Dictionary<string, string[]?>>(
            $"v1/catalog/services?{Mode}",
            new ConsulPermission("service", "read"),
            cancellation,
            index
        );
        var services = (answer.Value ?? []).ToDictionary(
            service => service.Key,
            service => (IReadOnlyList<string>)(service.Value ?? []),
            StringComparer.Ordinal
        );
        return new ConsulAnswer<IReadOnlyDictionary<string, IReadOnlyList<string>>>(
            services,
            answer.Index,
            answer.IsFiltered
        );
    }

    /// <summary>The instances of a service whose checks all pass.</summary>
    /// <param name="service">Name of the service.</param>
    /// <param name="tag">Only those with this tag; <c>null</c>: all.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public async Task<ConsulAnswer<IReadOnlyList<ConsulInstance>>> PassingInstancesAsync(
        string service,
        string? tag,
        CancellationToken cancellation
    ) => await AskAsync(service, tag is null ? "passing=true" : $"passing=true&{Filter([tag])}", 0, cancellation);

    /// <summary>The instances of a service that have one of these tags, whether their checks pass or not.</summary>
    /// <param name="service">Name of the service.</param>
    /// <param name="tags">The tags, at least one; none may hold a backtick.</param>
    /// <param name="index">Index of the last answer: waits for another one. 0: answers at once.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CanaryException">See <see cref="ConsulErrors"/>.</exception>
    public Task<ConsulAnswer<IReadOnlyList<ConsulInstance>>> InstancesAsync(
        string service,
        IReadOnlyCollection<string> tags,
        ulong index,
        CancellationToken cancellation
    ) => AskAsync(service, Filter(tags), index, cancellation);

    private async Task<ConsulAnswer<IReadOnlyList<ConsulInstance>>> AskAsync(
        string service,
        string query,
        ulong index,
        CancellationToken cancellation
    )
    {
        var answer = await client.GetAsync<List<InstanceDocument>>(
            $"v1/health/service/{Uri.EscapeDataString(service)}?{Mode}&{query}",
            new ConsulPermission("service", "read", service),
            cancellation,
            index
        );
        return new ConsulAnswer<IReadOnlyList<ConsulInstance>>(
            [.. (answer.Value ?? []).Select(document => document.ToInstance())],
            answer.Index,
            answer.IsFiltered
        );
    }

    private static string Filter(IEnumerable<string> tags) =>
        "filter=" + Uri.EscapeDataString(string.Join(" or ", tags.Select(tag => $"{Quote(tag)} in Service.Tags")));

    // In the filter language of old versions only a raw string can hold quotes.
    private static string Quote(string text) =>
        text.Contains('`', StringComparison.Ordinal)
            ? throw new ArgumentException($"The tag '{text}' holds a backtick, which Consul cannot be asked for.")
            : $"`{text}`";

    private sealed record InstanceDocument(NodeDocument Node, ServiceDocument Service)
    {
        public ConsulInstance ToInstance() =>
            new()
            {
                Node = Node.Node,
                Address = string.IsNullOrEmpty(Service.Address) ? Node.Address : Service.Address,
                Port = Service.Port,
                Tags = Service.Tags ?? [],
                Metadata = Service.Meta ?? [],
            };
    }

    private sealed record NodeDocument(string Node, string Address);

    private sealed record ServiceDocument(string? Address, int Port, string[]? Tags, Dictionary<string, string>? Meta);
}

/// <summary>An instance of a service.</summary>
public sealed record ConsulInstance
{
    /// <summary>Name of the node that it is on.</summary>
    public required string Node { get; init; }

    /// <summary>Its own address; the node's, if it has none.</summary>
    public required string Address { get; init; }

    /// <summary>Its port; 0: none.</summary>
    public required int Port { get; init; }

    /// <summary>Its tags.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Its metadata.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}
