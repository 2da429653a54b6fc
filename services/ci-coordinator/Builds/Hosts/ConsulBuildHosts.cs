using System.Globalization;
using Canary.Consul;
using Canary.Failures;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Hosts;

/// <summary>Build hosts from Consul: the instances of a service whose checks pass. Every build asks anew; while Consul is away
/// the last answer holds, because a build host proves itself when it is logged in to.</summary>
internal sealed class ConsulBuildHosts(
    ConsulClient client,
    ConsulCatalog catalog,
    ConsulAgent agent,
    IOptions<BuildOptions> options
) : IBuildHosts, IHostedService, IConsulUser
{
    private const string Builds = "builds";

    private readonly BuildHostOptions _options = options.Value.Hosts;
    private volatile BuildHostsFound? _last;

    public string HowToAdd =>
        $"Register the service {_options.Service}{(_options.Tag is { } tag ? $" with the tag {tag}" : "")} in Consul on a "
        + "machine that was prepared with canary-build-host setup (without the package: hosts/install-build-host.sh), and see that "
        + "its checks pass.";

    public async Task<BuildHostsFound> FindAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await catalog.PassingInstancesAsync(_options.Service, _options.Tag, cancellation);
            if (answer.Value.Count == 0)
            {
                await EnsureVisibleAsync(cancellation);
            }

            return _last = Read(answer.Value);
        }
        catch (CanaryException exception) when (ConsulErrors.Passes(exception) && _last is { Hosts.Count: > 0 } last)
        {
            return last;
        }
    }

    public Task<IReadOnlyList<ConsulPermission>> NeedsAsync(CancellationToken cancellation) => Task.FromResult(Needs());

    public Task StartAsync(CancellationToken cancellationToken) =>
        client.IsUsed
            ? Task.CompletedTask
            : throw new CanaryException(
                ConsulErrors.NotConfigured,
                "Build hosts are to come from Consul (ci-coordinator.builds.hosts.kind), but no address of an agent is "
                    + "configured.",
                "Set hosting.consul.addresses, for example to [http://127.0.0.1:8500]."
            );

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>No instance at all may also mean that the token may not see them.</summary>
    private async Task EnsureVisibleAsync(CancellationToken cancellation)
    {
        var missing = await agent.MissingAsync(Needs(), cancellation);
        if (missing.Count > 0)
        {
            throw ConsulErrors.Forbidden(missing);
        }
    }

    private IReadOnlyList<ConsulPermission> Needs() =>
        [new ConsulPermission("service", "read", _options.Service), new ConsulPermission("node", "read")];

    private static BuildHostsFound Read(IEnumerable<ConsulInstance> instances)
    {
        var hosts = new List<BuildHost>();
        var faults = new List<string>();
        // Several instances on a node are one machine.
        foreach (var instance in instances.DistinctBy(instance => instance.Node, StringComparer.Ordinal))
        {
            var metadata = ConsulMetadata.Of(instance);
            if (ProblemWith(instance, metadata) is { } problem)
            {
                faults.Add($"{instance.Node}: {problem}");
                continue;
            }

            hosts.Add(
                new BuildHost(
                    new SshTarget(instance.Node, instance.Address, ConsulMetadata.SshAccessOf(metadata)),
                    metadata.TryGetValue(Builds, out var builds) ? int.Parse(builds, CultureInfo.InvariantCulture) : 1
                )
            );
        }

        return new BuildHostsFound(hosts, faults);
    }

    private static string? ProblemWith(ConsulInstance instance, IReadOnlyDictionary<string, string> metadata)
    {
        if (Uri.CheckHostName(instance.Address) == UriHostNameType.Unknown)
        {
            return $"the address '{instance.Address}' is neither a host name nor an IP address.";
        }

        foreach (var (key, value) in metadata)
        {
            var isValid = key == Builds ? IsNumberOfBuilds(value) : ConsulMetadata.IsValidSsh(key, value);
            if (isValid == false)
            {
                return $"the metadata {ConsulMetadata.Prefix}{key} has the invalid value '{value}'.";
            }

            if (isValid is null)
            {
                // A key that is mistyped could be the one that keeps the machine safe.
                return $"there is no metadata {ConsulMetadata.Prefix}{key}; known are {ConsulMetadata.SshKeys} and "
                    + $"{ConsulMetadata.Prefix}{Builds}.";
            }
        }

        return null;
    }

    private static bool IsNumberOfBuilds(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var builds)
        && builds is >= 1 and <= BuildHost.MostBuilds;
}
