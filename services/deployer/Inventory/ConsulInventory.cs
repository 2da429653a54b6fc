using System.Collections.Concurrent;
using Canary.Consul;
using Canary.Contracts.Deploying;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Inventory;

/// <summary>
/// Hosts from Consul: the nodes with an instance of the application's service, whether its checks pass or not, because a host
/// that is being upgraded is still a host. A rollout asks anew; a watch keeps a copy for the time when Consul is away.
/// </summary>
internal sealed class ConsulInventory(
    ConsulClient client,
    ConsulCatalog catalog,
    ConsulAgent agent,
    ConsulNames names,
    ConsulHosts reader,
    ConsulCopy copy,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<ConsulInventory> logger
) : BackgroundService, IInventory
{
    private const int QuestionsAtOnce = 8;

    private readonly ConcurrentDictionary<string, Watch> _watches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _faults = new(StringComparer.Ordinal);
    private volatile CanaryException? _problem;

    /// <summary>Why Consul could not be asked the last time.</summary>
    public CanaryException? Problem => _problem;

    /// <summary>What is wrong with instances that Consul lists.</summary>
    public IEnumerable<string> Faults => _faults.OrderBy(x => x.Key, StringComparer.Ordinal).SelectMany(x => x.Value);

    public async Task<InventoryReading> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            await AskAsync(cancellation);
            _problem = null;
            return new InventoryReading(copy.Read()!.Value.Hosts);
        }
        catch (CanaryException exception)
        {
            _problem = exception;
            if (!ConsulErrors.Passes(exception))
            {
                throw;
            }

            return FromCopy() ?? throw Unavailable(exception);
        }
    }

    public async Task<InventoryHost> FindAsync(string host, string application, CancellationToken cancellation)
    {
        if (copy.Read() is null)
        {
            await ReadAsync(cancellation);
        }

        return copy.Find(host, application)
            ?? throw new CanaryException(
                "host-unknown",
                $"Consul does not list {host} as a host of {application} (any more).",
                $"Register {names.ServiceOf(application)} on {host} again, or take the version back on it by hand."
            );
    }

    public Task<string> StampAsync(CancellationToken cancellation) => Task.FromResult($"{copy.Changes}");

    public async Task<string> HowToAddAsync(string application, string role, CancellationToken cancellation)
    {
        var service = names.ServiceOf(application);
        var production = names.TagOf(application, role, Channel.Production);
        var canary = names.TagOf(application, role, Channel.Canary);
        var missing = await agent.MissingAsync(
            [new ConsulPermission("service", "read", service), new ConsulPermission("node", "read")],
            cancellation
        );
        if (missing.Count > 0)
        {
            throw ConsulErrors.Forbidden(missing);
        }

        await InstancesAsync(service, [production, canary], 0, cancellation);
        return $"Register the service {service} in Consul with the tag {production} on production hosts, and {canary} on canary "
            + "hosts; canary hosts lists what is there.";
    }

    public override Task StartAsync(CancellationToken cancellationToken) =>
        client.IsUsed
            ? base.StartAsync(cancellationToken)
            : throw new CanaryException(
                ConsulErrors.NotConfigured,
                "The hosts are to come from Consul (deployer.inventory.kind), but no address of an agent is configured.",
                "Set hosting.consul.addresses, for example to [http://127.0.0.1:8500]."
            );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ConsulWatch.RunAsync(
                ServicesAsync,
                answer => Follow(answer.Value, stoppingToken),
                Note,
                time,
                stoppingToken
            );
        }
        finally
        {
            await Task.WhenAll(_watches.Keys.Select(StopAsync));
        }
    }

    /// <summary>Watches the services that hosts come from, and no others.</summary>
    private void Follow(IReadOnlyDictionary<string, IReadOnlyList<string>> services, CancellationToken stopping)
    {
        var wanted = Wanted(services);
        Answered(wanted.Keys);
        foreach (var (service, tags) in wanted)
        {
            if (_watches.TryGetValue(service, out var watch) && watch.Tags.SequenceEqual(tags))
            {
                continue;
            }

            Forget(service);
            _watches[service] = new Watch(tags, cancellation => WatchAsync(service, tags, cancellation), stopping);
        }

        foreach (var service in _watches.Keys.Except(wanted.Keys))
        {
            Forget(service);
        }

        // It ends by itself; nobody needs to wait for that.
        void Forget(string service) => _ = StopAsync(service);
    }

    private Task WatchAsync(string service, IReadOnlyList<string> tags, CancellationToken cancellation) =>
        ConsulWatch.RunAsync(
            (index, token) => InstancesAsync(service, tags, index, token),
            answer =>
            {
                // One that was left while it waited has nothing to say any more.
                if (!cancellation.IsCancellationRequested)
                {
                    Take(service, answer.Value);
                    _problem = null;
                }
            },
            Note,
            time,
            cancellation
        );

    private async Task AskAsync(CancellationToken cancellation)
    {
        var services = await ServicesAsync(0, cancellation);
        var wanted = Wanted(services.Value);
        await Parallel.ForEachAsync(
            wanted,
            new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellation },
            async (service, token) =>
            {
                var answer = await InstancesAsync(service.Key, service.Value, 0, token);
                Take(service.Key, answer.Value);
            }
        );
        Answered(wanted.Keys);
    }

    private async Task<ConsulAnswer<IReadOnlyDictionary<string, IReadOnlyList<string>>>> ServicesAsync(
        ulong index,
        CancellationToken cancellation
    )
    {
        var answer = await catalog.ServicesAsync(index, cancellation);
        return answer is { Value.Count: 0, IsFiltered: true } ? throw Emptied("service") : answer;
    }

    private async Task<ConsulAnswer<IReadOnlyList<ConsulInstance>>> InstancesAsync(
        string service,
        IReadOnlyList<string> tags,
        ulong index,
        CancellationToken cancellation
    )
    {
        var answer = await catalog.InstancesAsync(service, tags, index, cancellation);
        return answer is { Value.Count: 0, IsFiltered: true } ? throw Emptied("node") : answer;
    }

    /// <summary>An answer of which ACLs have left nothing says nothing of the hosts.</summary>
    private static CanaryException Emptied(string resource) =>
        ConsulErrors.Forbidden([new ConsulPermission(resource, "read")], "it left out all results");

    /// <summary>The services that hosts come from, with the tags that make hosts of their instances.</summary>
    private Dictionary<string, IReadOnlyList<string>> Wanted(
        IReadOnlyDictionary<string, IReadOnlyList<string>> services
    ) =>
        services
            .Select(service =>
                (
                    service.Key,
                    Tags: (IReadOnlyList<string>)
                        [
                            .. service
                                .Value.Where(tag =>
                                    names
                                        .ApplicationsOf(service.Key)
                                        .Any(application => names.Read(application, tag) is not null)
                                )
                                .Order(StringComparer.Ordinal),
                        ]
                )
            )
            .Where(service => service.Tags.Count > 0)
            .ToDictionary(service => service.Key, service => service.Tags, StringComparer.Ordinal);

    private void Take(string service, IReadOnlyList<ConsulInstance> instances)
    {
        var faults = new List<string>();
        var hosts = names
            .ApplicationsOf(service)
            .SelectMany(application => reader.Read(application, instances, faults));
        copy.Put(service, [.. hosts], time.GetUtcNow());
        if (!faults.SequenceEqual(_faults.GetValueOrDefault(service, [])))
        {
            _faults[service] = faults;
            foreach (var fault in faults)
            {
                logger.LogWarning("Consul describes a host wrongly: {Fault}", fault);
            }
        }
    }

    private void Answered(IReadOnlyCollection<string> services)
    {
        copy.Keep(services, time.GetUtcNow());
        foreach (var gone in _faults.Keys.Except(services))
        {
            _faults.TryRemove(gone, out _);
        }

        _problem = null;
    }

    private void Note(CanaryException exception)
    {
        var isNew = _problem?.Message != exception.Message;
        _problem = exception;
        if (isNew)
        {
            logger.LogWarning(
                "Consul cannot be asked for hosts; trying again: {Message} {Remedy}",
                exception.Message,
                exception.Remedy
            );
        }
    }

    private InventoryReading? FromCopy() =>
        copy.Read() is { } known && time.GetUtcNow() - known.AsOf is var age && age <= options.Value.Consul.LongestAge
            ? new InventoryReading(known.Hosts, $"as Consul listed them {Ages.Of(age)} ago (it does not answer now)")
            : null;

    private CanaryException Unavailable(CanaryException cause) =>
        new(
            IInventory.Unavailable,
            copy.Read() is { } known
                ? $"{cause.Message} Its last answer is {Ages.Of(time.GetUtcNow() - known.AsOf)} old, which is more than "
                    + "deployer.consul.longest-age."
                : $"{cause.Message} No answer of it is known.",
            cause.Remedy,
            cause
        );

    private Task StopAsync(string service) =>
        _watches.TryRemove(service, out var watch) ? watch.StopAsync() : Task.CompletedTask;

    /// <summary>One service that is being watched.</summary>
    private sealed class Watch
    {
        private readonly CancellationTokenSource _stop;
        private readonly Task _task;

        public Watch(IReadOnlyList<string> tags, Func<CancellationToken, Task> watch, CancellationToken stopping)
        {
            Tags = tags;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _task = Task.Run(() => watch(_stop.Token), CancellationToken.None);
        }

        public IReadOnlyList<string> Tags { get; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
