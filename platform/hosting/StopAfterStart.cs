using Microsoft.Extensions.Hosting;

namespace Canary.Hosting;

/// <summary>Stops a host that was told to while it was still being made: nobody could pass the signal on to it then.</summary>
internal sealed class StopAfterStart(IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (StopSignals.HaveCome)
        {
            lifetime.StopApplication();
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
