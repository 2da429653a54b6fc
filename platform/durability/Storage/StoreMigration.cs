using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Durability.Storage;

/// <summary>
/// Brings the tables of a service up to date. An embedded database is, before the bus and the workers start. A database server
/// is waited for in the background, for ever: the host then starts all the same, says that it is not ready, and its workers
/// wait (<see cref="StoreReadiness{TStore}"/>).
/// </summary>
internal sealed class StoreMigration<TStore>(
    string service,
    IStorage storage,
    StoreReadiness<TStore> readiness,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<StoreMigration<TStore>> logger
) : IHostedLifecycleService, IDisposable
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private Task _migration = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (storage.IsShared)
        {
            _migration = MigrateInTheEndAsync();
            return;
        }

        await MigrateAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => _stopping.CancelAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => _migration;

    public void Dispose() => _stopping.Dispose();

    private async Task MigrateAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        await storage.MigrateAsync(scope.ServiceProvider.GetRequiredService<TStore>(), service, cancellation);
        readiness.SetReady();
    }

    private async Task MigrateInTheEndAsync()
    {
        var pause = TimeSpan.FromMilliseconds(250);
        while (!readiness.IsReady)
        {
            try
            {
                await MigrateAsync(_stopping.Token);
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogWarning(
                    "The tables of {Service} could not be brought up to date; trying again in {Pause}: {Error}",
                    service,
                    pause,
                    exception.Message
                );
                await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
    }
}
