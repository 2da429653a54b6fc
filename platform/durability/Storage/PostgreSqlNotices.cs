using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Canary.Durability.Storage;

/// <summary>
/// Wakes the other replicas of a service after a commit that gave them something to do, and hears it from them. A notice is sent
/// after the commit and not with it: PostgreSQL lets commits that notify wait for each other. One that is lost costs no more
/// than <see cref="IStorage.LongestSleep"/>.
/// </summary>
internal sealed class PostgreSqlNotices<TStore>(
    string service,
    PostgreSqlStorage storage,
    StoreSignals<TStore> signals,
    TimeProvider time,
    ILogger<PostgreSqlNotices<TStore>> logger
) : BackgroundService
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly string _channel = $"canary_{PostgreSqlStorage.SchemaOf(service)}";
    private readonly string _self = Guid.NewGuid().ToString("N");
    private readonly Signal _wake = new(time);
    private int _pending;

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signals.Committed = work =>
        {
            Interlocked.Or(ref _pending, (int)work);
            _wake.Set();
        };
        try
        {
            await Task.WhenAll(KeepAsync(ListenAsync, stoppingToken), KeepAsync(TellAsync, stoppingToken));
        }
        finally
        {
            signals.Committed = null;
        }
    }

    private async Task KeepAsync(Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await work(cancellation);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogDebug(exception, "Replicas of {Service} cannot wake each other; trying again", service);
                await Task.Delay(Pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        await using var connection = await storage.Server.OpenConnectionAsync(cancellation);
        connection.Notification += (_, notice) => Hear(notice.Payload);
#pragma warning disable CA2100 // The channel is named for the service, and a channel cannot be a parameter.
        await using (var listen = new NpgsqlCommand($"LISTEN {_channel}", connection))
#pragma warning restore CA2100
        {
            await listen.ExecuteNonQueryAsync(cancellation);
        }

        // What was said while nobody listened.
        signals.Wake(Work.Messages | Work.Jobs);
        while (true)
        {
            await connection.WaitAsync(cancellation);
        }
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _wake.WaitAsync(Timeout.InfiniteTimeSpan, cancellation);
            // Commits come in bursts, and one notice is as good as many.
            await Task.Delay(Moment, time, cancellation);
            var work = (Work)Interlocked.Exchange(ref _pending, 0);
            if (work == Work.None)
            {
                continue;
            }

            await using var command = storage.Server.CreateCommand("SELECT pg_notify($1, $2)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _channel });
            command.Parameters.Add(
                new NpgsqlParameter<string>
                {
                    TypedValue = string.Create(CultureInfo.InvariantCulture, $"{_self} {(int)work}"),
                }
            );
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private void Hear(string payload)
    {
        if (
            payload.Split(' ') is [var sender, var work]
            && sender != _self
            && int.TryParse(work, CultureInfo.InvariantCulture, out var flags)
        )
        {
            signals.Wake((Work)flags);
        }
    }
}
