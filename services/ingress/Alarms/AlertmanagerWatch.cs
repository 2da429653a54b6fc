using System.Text.Json;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Ingress.Alarms.Sources;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>Asks Alertmanager now and then what fires, so that a webhook that was lost, or held back by the interval of its group, is
/// found. Its answer is whole: what it does not name has stopped.</summary>
internal sealed class AlertmanagerWatch(
    IServiceScopeFactory scopes,
    AlertmanagerClient alertmanager,
    StoreReadiness<IngressStore> readiness,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<AlertmanagerWatch> logger
) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan PauseWithout = TimeSpan.FromSeconds(10);

    private volatile string? _problem;

    private volatile bool _hasAsked;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var address = PlainText.Address(options.CurrentValue.Alarms.Alertmanager.Address);
        return Task.FromResult(
            address is null
                ? HealthCheckResult.Healthy("Alertmanager is not asked (ingress.alarms.alertmanager.address)")
            : _problem is { } problem
                ? CheckFailure.Degraded(
                    $"Alertmanager at {address} cannot be asked for alarms: {problem}",
                    "See that it runs and that ingress.alarms.alertmanager.address is right; until then only its webhooks tell of alarms."
                )
            : HealthCheckResult.Healthy(
                _hasAsked ? $"Alertmanager at {address} answers" : $"Alertmanager at {address} is asked in a moment"
            )
        );
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (alertmanager.IsConfigured)
            {
                await AskAsync(stoppingToken);
            }

            await Task.Delay(
                alertmanager.IsConfigured ? options.CurrentValue.Alarms.Alertmanager.AskEvery : PauseWithout,
                time,
                stoppingToken
            );
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var firing = await alertmanager.FiringAsync(cancellationToken);
            await using var scope = scopes.CreateAsyncScope();
            await scope
                .ServiceProvider.GetRequiredService<AlarmBook>()
                .RecordAllAsync(AlertmanagerAlarms.SourceName, firing, cancellationToken);
            Note(problem: null);
        }
        catch (DbUpdateException)
        {
            // A webhook or another replica said the same at the same moment.
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or UriFormatException)
        {
            Note(PlainText.Line(e.Message, 300));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Note("it does not answer in time");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.LogError(e, "What Alertmanager says could not be recorded; trying again");
        }
    }

    private void Note(string? problem)
    {
        if (problem is not null && _problem is null)
        {
            logger.LogWarning("Alertmanager cannot be asked for alarms: {Problem}; trying again", problem);
        }
        else if (problem is null && _problem is not null)
        {
            logger.LogInformation("Alertmanager answers again");
        }

        (_problem, _hasAsked) = (problem, true);
    }
}
