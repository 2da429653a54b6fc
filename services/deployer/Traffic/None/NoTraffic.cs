namespace Canary.Deployer.Traffic.None;

/// <summary>There is no load balancer, or it finds out by itself.</summary>
internal sealed class NoTraffic : ITraffic
{
    public Task DrainAsync(TrafficTarget target, CancellationToken patience, CancellationToken cancellation) =>
        Task.CompletedTask;

    public Task ReadyAsync(TrafficTarget target, CancellationToken patience, CancellationToken cancellation) =>
        Task.CompletedTask;
}
