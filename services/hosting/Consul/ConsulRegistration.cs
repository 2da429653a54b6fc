using System.Globalization;
using System.Net;
using Canary.Hosting.Messaging;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Consul;

/// <summary>A service of this host.</summary>
internal sealed record HostedModule(string Name);

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

    private readonly List<ConsulService> _registered = [];
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
        foreach (var service in _registered)
        {
            try
            {
                await agent.DeregisterAsync(service, cancellationToken);
            }
            catch (Exception exception) when (exception is CanaryException or OperationCanceledException)
            {
                logger.LogWarning(
                    "{Service} stays in Consul until its check has failed for {Time}: {Message}",
                    service.Id,
                    options.Value.DeregisterAfter,
                    exception.Message
                );
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WhenStartedAsync(stoppingToken);
        var services = modules.Select(Describe).ToList();
        using var timer = new PeriodicTimer(options.Value.CheckInterval, time);
        do
        {
            foreach (var service in services)
            {
                await KeepAsync(service, stoppingToken);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task KeepAsync(ConsulService service, CancellationToken cancellation)
    {
        try
        {
            if (!_registered.Contains(service) || !await agent.IsRegisteredAsync(service, cancellation))
            {
                await agent.RegisterAsync(service, cancellation);
                logger.LogInformation("{Service} is registered in Consul", service.Id);
                _registered.Remove(service);
                _registered.Add(service);
            }

            _problem = null;
        }
        catch (CanaryException exception)
        {
            if (_problem != exception.Message)
            {
                _problem = exception.Message;
                logger.LogWarning(
                    "{Service} is not registered in Consul yet; trying again: {Message} {Remedy}",
                    service.Id,
                    exception.Message,
                    exception.Remedy
                );
            }
        }
    }

    private ConsulService Describe(HostedModule module)
    {
        var listening = new Uri(
            server
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.First()
                .Replace("//+", "//0.0.0.0", StringComparison.Ordinal)
                .Replace("//*", "//0.0.0.0", StringComparison.Ordinal)
        );
        var isAny = IPAddress.TryParse(listening.Host, out var ip) && (ip.Equals(IPAddress.Any) || IsAny6(ip));
        var reached = hosting.Value.PublicAddress is { } address ? new Uri(address) : listening;
        // The agent is on this machine or knows how to reach it: a check of the address that is listened on, not of a proxy.
        var check = isAny ? new UriBuilder(listening) { Host = IsAny6(ip!) ? "[::1]" : "127.0.0.1" }.Uri : listening;
        var name = Prefix + module.Name;
        return new ConsulService
        {
            Id = $"{name}-{Environment.MachineName}-{listening.Port.ToString(CultureInfo.InvariantCulture)}",
            Name = name,
            Address = reached == listening && isAny ? null : reached.Host.Trim('[', ']'),
            Port = reached.Port,
            Meta = new Dictionary<string, string> { ["scheme"] = reached.Scheme },
            Check = new ConsulCheck
            {
                Name = "readiness",
                Http = new Uri(check, "health/ready").ToString(),
                Interval = Go(options.Value.CheckInterval),
                Timeout = Go(CheckTimeout),
                DeregisterCriticalServiceAfter = Go(options.Value.DeregisterAfter),
            },
        };
    }

    private static bool IsAny6(IPAddress ip) => ip.Equals(IPAddress.IPv6Any);

    /// <summary>A duration as Go writes it.</summary>
    private static string Go(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###}s");
}
