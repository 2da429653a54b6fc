using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Traffic;
using Canary.Deployer.Transport;
using Canary.Durability.Locks;
using Canary.Failures;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Hosts;

/// <summary>Brings one host to one version, whatever state it finds it in, and records the result.</summary>
internal sealed class UpdateHostConsumer(
    DeployerStore store,
    IServiceScopeFactory scopes,
    HostGates gates,
    IDistributedLocks<DeployerStore> locks,
    IInventory inventory,
    HostTransports transports,
    ITraffic traffic,
    HealthProbe health,
    SmokeTest smokeTest,
    HostTries tries,
    HostLogs logs,
    ILogger<UpdateHostConsumer> logger
) : IConsumer<UpdateHost>
{
    public async Task Consume(ConsumeContext<UpdateHost> context)
    {
        var command = context.Message;
        using var visit = await gates.EnterAsync(
            command.Host,
            new Purpose(command.RolloutId, command.Step),
            context.CancellationToken
        );
        await using var held = await locks.AcquireAsync($"host/{command.Host}", context.CancellationToken);
        var row = await store.Hosts.FindAsync([command.RolloutId, command.Host], context.CancellationToken);
        if (row is null || row.Step != command.Step)
        {
            logger.LogInformation(
                "{Step} of {Rollout} is over for {Host}",
                command.Step,
                command.RolloutId,
                command.Host
            );
            return;
        }

        if (row.IsOutstanding)
        {
            var rollout = await RolloutAsync(command.RolloutId, context.CancellationToken);
            if (rollout.IsPaused && !row.IsTouched)
            {
                // It is asked again when the rollout goes on.
                row.State = StageState.Pending;
                return;
            }

            await UpdateAsync(row, command, rollout, visit.Patience, context.CancellationToken);
        }

        if (row.State != StageState.Skipped)
        {
            await ReportAsync(context, row);
        }
    }

    private async Task<RolloutInBrief> RolloutAsync(Guid id, CancellationToken cancellation)
    {
        var rollout = await store
            .Rollouts.AsNoTracking()
            .Where(it => it.CorrelationId == id)
            .Select(it => new { it.CurrentState, it.Package })
            .SingleAsync(cancellation);
        return new RolloutInBrief(
            rollout.CurrentState == RolloutStates.Paused,
            new ListedVersion(rollout.Package.Name, rollout.Package.Version)
        );
    }

    private async Task UpdateAsync(
        RolloutHost row,
        UpdateHost command,
        RolloutInBrief rollout,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        string? version = null;
        using var log = logs.Begin(
            command.RolloutId,
            command.Host,
            $"{command.Step}: {command.Package} {command.Version ?? "leaves"}"
        );
        var failure = await tries.RunAsync(
            command.Host,
            async () => version = await BringAsync(row, command, rollout.Version, patience, cancellation),
            // A host that installed well and is not healthy has had its time already.
            isFinal: it =>
                it.Code is DeployerCodes.HostUnhealthy or DeployerCodes.SmokeFailed || patience.IsCancellationRequested,
            cancellation
        );
        log.Say(
            failure is null ? $"{command.Step}: done" : $"{command.Step}: failed ({failure.Code}): {failure.Message}"
        );
        if (failure is null)
        {
            row.Succeed(version);
        }
        else
        {
            row.Fail(failure, await TryInspectAsync(command, cancellation));
        }
    }

    /// <returns>The version that the host has now.</returns>
    private async Task<string?> BringAsync(
        RolloutHost row,
        UpdateHost command,
        ListedVersion rolledOut,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var host = await inventory.FindAsync(command.Host, command.Application, cancellation);
        var transport = transports.For(host);
        if (row is { Step: Steps.Rollback, IsTouched: false })
        {
            // The rollout never got to it: what it has, if it is not the version that is rolled back, is its own.
            var had = await transport.InspectAsync(host, rolledOut.Package, cancellation);
            if (had.IsComplete && had.Version != rolledOut.Version)
            {
                return had.Version ?? row.PreviousVersion;
            }
        }

        var target = new TrafficTarget(host, command.Application, command.RolloutId, command.Step)
        {
            IsRemoval = command.Version is null,
        };
        var installed = await transport.InspectAsync(host, command.Package, cancellation);
        if (!installed.Is(command.Version))
        {
            if (command.Removes.Count > 0 && command.Step != Steps.Rollback)
            {
                await transport.CheckKeepsConfigurationAsync(host, command.Package, cancellation);
            }

            if (!await TryTouchAsync(row, command, host, installed, cancellation))
            {
                // What is recorded for this step conflicts with the next one, and the message starts over.
                return installed.Version;
            }

            await traffic.DrainAsync(target, patience, cancellation);
            if (command.Version is { } version)
            {
                await transport.InstallAsync(host, command.Package, version, cancellation);
            }
            else
            {
                await transport.RemoveAsync(host, command.Package, Removal.Purge, cancellation);
            }
        }

        if (command.Version is { } wanted)
        {
            var tried = new HealthTarget(command.Application, command.Package, wanted);
            await health.AwaitHealthyAsync(host, tried, command.Health, patience, cancellation);
            if (command.Smoke is { } smoke)
            {
                await smokeTest.RunAsync(host, tried, smoke, cancellation);
            }
        }

        await RemoveOthersAsync(transport, host, command, cancellation);
        await traffic.ReadyAsync(target, patience, cancellation);
        return command.Version;
    }

    /// <summary>Packages of other names that the application had, or was to have. Most are gone by what the installed one conflicts
    /// with. What was changed in their configuration files stays, as it does then: a rollback finds it.</summary>
    private async Task RemoveOthersAsync(
        IHostTransport transport,
        InventoryHost host,
        UpdateHost command,
        CancellationToken cancellation
    )
    {
        if (command.Removes.Count == 0)
        {
            return;
        }

        var installed = await transport.InspectAsync(host, command.Removes, cancellation);
        foreach (var package in command.Removes.Where(package => installed[package].Version is not null))
        {
            try
            {
                await transport.RemoveAsync(host, package, Removal.KeepConfiguration, cancellation);
            }
            catch (CanaryException exception)
                when (exception.Code == DeployerCodes.AgentOutdated && command.Step == Steps.Rollback)
            {
                // What serves is back, and stays in service.
                logger.LogWarning(exception, "{Package} stays on {Host}", package, host.Name);
                HostLogs.Here?.Say($"{package} stays on {host.Name}: {exception.Message}. {exception.Remedy}");
            }
        }
    }

    /// <summary>Commits that the host is about to be touched, and what it had, before it is: no crash may hide
    /// either.</summary>
    /// <returns>Whether it may be: not when the rollout has gone on to another step while the host was looked at.</returns>
    private async Task<bool> TryTouchAsync(
        RolloutHost row,
        UpdateHost command,
        InventoryHost host,
        InstalledPackage installed,
        CancellationToken cancellation
    )
    {
        if (row.IsTouched)
        {
            return true;
        }

        if (!row.IsPreviousKnown)
        {
            var lane = await store
                .Lanes.AsNoTracking()
                .SingleOrDefaultAsync(it => it.Application == command.Application, cancellation);
            row.RememberPrevious(
                installed.Version is { } version
                    ? new ListedVersion(command.Package, version)
                    : await transports.FindAsync(host, lane?.PackagesBeside(command.Package) ?? [], cancellation)
            );
        }

        row.IsTouched = true;
        await using var scope = scopes.CreateAsyncScope();
        var touched = await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Hosts.Where(x => x.RolloutId == row.RolloutId && x.Host == row.Host && x.Step == command.Step)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(x => x.IsTouched, true)
                        .SetProperty(x => x.IsPreviousKnown, true)
                        .SetProperty(x => x.PreviousPackage, row.PreviousPackage)
                        .SetProperty(x => x.PreviousVersion, row.PreviousVersion),
                cancellation
            );
        return touched > 0;
    }

    private async Task<string?> TryInspectAsync(UpdateHost command, CancellationToken cancellation)
    {
        try
        {
            var host = await inventory.FindAsync(command.Host, command.Application, cancellation);
            return (await transports.For(host).InspectAsync(host, command.Package, cancellation)).Version;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The failure itself is recorded already; this only adds what is known of the version.
            return null;
        }
    }

    private static Task ReportAsync(ConsumeContext<UpdateHost> context, RolloutHost row) =>
        row.State == StageState.Succeeded
            ? context.Publish(
                new HostUpdated
                {
                    RolloutId = row.RolloutId,
                    Application = context.Message.Application,
                    Step = row.Step,
                    Host = row.Host,
                    Version = row.Version,
                },
                context.CancellationToken
            )
            : context.Publish(
                new HostUpdateFailed
                {
                    RolloutId = row.RolloutId,
                    Application = context.Message.Application,
                    Step = row.Step,
                    Host = row.Host,
                    Version = row.Version,
                    Failure = row.Failure!,
                },
                context.CancellationToken
            );

    /// <param name="IsPaused">Whether no further host is to be begun.</param>
    /// <param name="Version">What is rolled out.</param>
    private sealed record RolloutInBrief(bool IsPaused, ListedVersion Version);
}
