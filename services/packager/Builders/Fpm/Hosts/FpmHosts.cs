using Canary.Consul;
using Canary.Failures;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders.Fpm.Hosts;

/// <summary>Build hosts that have FPM, from Consul: the instances of a service whose checks pass. Every run asks anew; while Consul is away the last
/// answer holds, because a build host proves itself when it is logged in to.</summary>
internal sealed class FpmHosts(
    ConsulClient client,
    ConsulCatalog catalog,
    ConsulAgent agent,
    IOptions<PackagerOptions> options
) : IHostedService, IConsulUser
{
    /// <summary>What ci-coordinator reads there, of the same machines.</summary>
    private const string Builds = "builds";

    private readonly FpmOptions _options = options.Value.Fpm;
    private volatile FpmHostsFound? _last;

    /// <summary>Says how there come to be some.</summary>
    public string HowToAdd =>
        $"Register the service {_options.Service}{(_options.Tag is { } tag ? $" with the tag {tag}" : "")} in Consul on a machine that was "
        + "prepared with canary-build-host setup-fpm (without the package: hosts/install-fpm-host.sh), and see that its "
        + "checks pass.";

    /// <exception cref="CanaryException">They cannot be found out.</exception>
    public async Task<FpmHostsFound> FindAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await catalog.PassingInstancesAsync(_options.Service, _options.Tag, cancellation);
            if (answer.Value.Count == 0 && await agent.MissingAsync(Needs(), cancellation) is { Count: > 0 } missing)
            {
                // No instance at all may also mean that the token may not see them.
                throw ConsulErrors.Forbidden(missing);
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
                "FPM is to run on build hosts from Consul (packager.fpm.kind), but no address of an agent is configured.",
                "Set hosting.consul.addresses, for example to [http://127.0.0.1:8500]."
            );

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IReadOnlyList<ConsulPermission> Needs() =>
        [new ConsulPermission("service", "read", _options.Service), new ConsulPermission("node", "read")];

    private static FpmHostsFound Read(IEnumerable<ConsulInstance> instances)
    {
        var hosts = new List<SshTarget>();
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
                new SshTarget(
                    instance.Node,
                    instance.Address,
                    // The user there is that of builds, who may run something else.
                    ConsulMetadata.SshAccessOf(metadata) with
                    {
                        User = null,
                    }
                )
            );
        }

        return new FpmHostsFound(hosts, faults);
    }

    private static string? ProblemWith(ConsulInstance instance, IReadOnlyDictionary<string, string> metadata)
    {
        if (Uri.CheckHostName(instance.Address) == UriHostNameType.Unknown)
        {
            return $"the address '{instance.Address}' is neither a host name nor an IP address.";
        }

        foreach (var (key, value) in metadata.Where(pair => pair.Key != Builds))
        {
            if (ConsulMetadata.IsValidSsh(key, value) is not { } isValid)
            {
                // A key that is mistyped could be the one that keeps the machine safe.
                return $"there is no metadata {ConsulMetadata.Prefix}{key}; known are {ConsulMetadata.SshKeys} and "
                    + $"{ConsulMetadata.Prefix}{Builds}.";
            }

            if (!isValid)
            {
                return $"the metadata {ConsulMetadata.Prefix}{key} has the invalid value '{value}'.";
            }
        }

        return null;
    }
}

/// <summary>Build hosts, and what is wrong with others.</summary>
internal sealed record FpmHostsFound(IReadOnlyList<SshTarget> Hosts, IReadOnlyList<string> Faults);
