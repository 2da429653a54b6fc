using System.Collections.Concurrent;
using Canary.Consul;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Advertising;

/// <summary>
/// Keeps the advertised versions in Consul: at once when a rollout changes them, and all of them at start and every few minutes. What
/// Consul shall hold follows from the store, so an outage or a restart delays it and loses nothing.
/// </summary>
internal sealed class VersionSharing(
    IServiceScopeFactory scopes,
    StoreReadiness<DeployerStore> readiness,
    ConsulNames names,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<VersionSharing> logger
) : BackgroundService, IHealthCheck, IConsulUser
{
    private static readonly TimeSpan Sweep = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, bool> _due = new(StringComparer.Ordinal);
    private readonly Signal _reminded = new(time);
    private int _failures;
    private volatile CanaryException? _problem;

    /// <summary>Looks at an application soon.</summary>
    public void Remind(string application)
    {
        _due[application] = true;
        _reminded.Set();
    }

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            _problem is { } problem
                ? CheckFailure.Unhealthy(
                    $"The versions of {string.Join(", ", _due.Keys.Order(StringComparer.Ordinal))} are not up to date in Consul: "
                        + problem.Message,
                    problem.Remedy
                )
                : HealthCheckResult.Healthy("Consul has the versions that are advertised.")
        );

    public async Task<IReadOnlyList<ConsulPermission>> NeedsAsync(CancellationToken cancellation)
    {
        var known = await ApplicationsAsync(cancellation);
        return
        [
            .. known
                .Concat(names.Configured)
                .Distinct(StringComparer.Ordinal)
                .SelectMany(application =>
                    Enum.GetValues<Channel>().Select(channel => names.KeyOf(application, channel))
                )
                .SelectMany(key =>
                    new[] { "read", "write" }.Select(access => new ConsulPermission("key", access, key))
                ),
        ];
    }

    public override void Dispose()
    {
        _reminded.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        long? swept = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (swept is not { } last || time.GetElapsedTime(last) >= Sweep)
                {
                    swept = time.GetTimestamp();
                    foreach (var application in await ApplicationsAsync(stoppingToken))
                    {
                        _due[application] = true;
                    }
                }

                await ShareAsync(stoppingToken);
                _problem = null;
                _failures = 0;
            }
            catch (CanaryException exception)
            {
                Note(exception);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _failures++;
                logger.LogError(exception, "The versions could not be written to Consul; trying again");
            }

            await _reminded.WaitAsync(_failures == 0 ? Sweep : PauseAfter(_failures), stoppingToken);
        }
    }

    private async Task ShareAsync(CancellationToken cancellation)
    {
        foreach (var application in _due.Keys)
        {
            // Taken out first: a reminder that comes meanwhile counts.
            _due.TryRemove(application, out _);
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope
                    .ServiceProvider.GetRequiredService<VersionKeys>()
                    .BringUpToDateAsync(application, cancellation);
            }
            catch
            {
                _due[application] = true;
                throw;
            }
        }
    }

    private async Task<IReadOnlyList<string>> ApplicationsAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<AdvertisedVersions>().ApplicationsAsync(cancellation);
    }

    private void Note(CanaryException exception)
    {
        if (_problem?.Message != exception.Message)
        {
            logger.LogWarning(
                "The versions could not be written to Consul; trying again: {Message} {Remedy}",
                exception.Message,
                exception.Remedy
            );
        }

        _failures++;
        _problem = exception;
    }

    private TimeSpan PauseAfter(int failures) => options.Value.Inventory.PauseAfter(failures);
}
