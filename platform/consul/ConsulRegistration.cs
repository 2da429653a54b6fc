using System.Globalization;
using Canary.Durability;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Consul;

/// <summary>Keeps the services of this host registered with its Consul agent, whichever of the two restarts, and takes them
/// out when the host stops.</summary>
internal sealed class ConsulRegistration(
    ConsulAgent agent,
    IEnumerable<HostedModule> modules,
    IServer server,
    IOptions<HostingOptions> hosting,
    IOptions<ConsulOptions> options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<ConsulRegistration> logger
) : BackgroundService, IConsulUser
{
    private const string Prefix = "canary-";

    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, ConsulPlace> _registered = [];
    private string? _problem;

    public Task<IReadOnlyList<ConsulPermission>> NeedsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ConsulPermission>>([
            .. modules
                .Select(module => Prefix + module.Name)
                .SelectMany(name =>
                    new[] { "read", "write" }.Select(access => new ConsulPermission("service", access, name))
                ),
        ]);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var service in _registered.Keys)
        {
            try
            {
                await agent.DeregisterAsync(service, cancellationToken);
            }
            catch (Exception exception) when (exception is CanaryException or OperationCanceledException)
            {
                logger.LogWarning(
                    "{Service} stays in Consul until its check has failed for {Time}: {Message}",
                    service,
                    options.Value.DeregisterAfter,
                    exception.Message
                );
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WhenStartedAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.CheckInterval, time);
        do
        {
            try
            {
                await KeepAsync(stoppingToken);
                _problem = null;
            }
            catch (CanaryException exception)
            {
                Note(exception);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task KeepAsync(CancellationToken cancellation)
    {
        var place = ConsulPlace.Of(
            new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()),
            hosting.Value.PublicAddress is { } address ? new Uri(address) : null,
            new Uri(options.Value.Addresses[0])
        );
        foreach (var service in modules.Select(module => Describe(module, place)))
        {
            if (
                _registered.GetValueOrDefault(service.Id) == place
                && await agent.IsRegisteredAsync(service, cancellation)
            )
            {
                continue;
            }

            await agent.RegisterAsync(service, cancellation);
            _registered[service.Id] = place;
            logger.LogInformation("{Service} is registered in Consul", service.Id);
        }
    }

    private void Note(CanaryException exception)
    {
        if (_problem != exception.Message)
        {
            _problem = exception.Message;
            logger.LogWarning(
                "The services of this host are not registered in Consul; trying again: {Message} {Remedy}",
                exception.Message,
                exception.Remedy
            );
        }
    }

    private ConsulService Describe(HostedModule module, ConsulPlace place)
    {
        var name = Prefix + module.Name;
        return new ConsulService
        {
            Id = $"{name}-{Environment.MachineName}-{place.ListeningPort.ToString(CultureInfo.InvariantCulture)}",
            Name = name,
            Address = place.Address,
            Port = place.Port,
            Meta = new Dictionary<string, string> { ["scheme"] = place.Scheme },
            Check = new ConsulCheck
            {
                Name = "readiness",
                Http = new Uri(place.Check, "health/ready").ToString(),
                Interval = Go(options.Value.CheckInterval),
                Timeout = Go(CheckTimeout),
                DeregisterCriticalServiceAfter = Go(options.Value.DeregisterAfter),
            },
        };
    }

    /// <summary>A duration as Go writes it.</summary>
    private static string Go(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s");
}
