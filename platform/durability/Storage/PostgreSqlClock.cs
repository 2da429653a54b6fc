using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Durability.Storage;

/// <summary>Asks the database server for its time, again and again: its clock may be set, and this machine may have slept.</summary>
internal sealed class PostgreSqlClock(PostgreSqlStorage storage, DatabaseClock clock, ILogger<PostgreSqlClock> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var connection = await storage.Server.OpenConnectionAsync(stoppingToken);
                await storage.ReadClockAsync(connection, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogDebug(
                    exception,
                    "The database was not asked for its time; trying again in {Interval}",
                    Interval
                );
            }
        }
    }
}
