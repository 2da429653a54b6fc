using System.Data.Common;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Hosting.Replicas;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hosts;

/// <summary>Brings one host to one version, whatever state it finds it in, and records the result.</summary>
internal sealed class UpdateHostConsumer(
    DeployerStore store,
    IServiceScopeFactory scopes,
    HostGates gates,
    ISingleActive<DeployerStore> replicas,
    IInventory inventory,
    HostTransports transports,
    HealthProbe health,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<UpdateHostConsumer> logger
) : IConsumer<UpdateHost>
{
    public async Task Consume(ConsumeContext<UpdateHost> context)
    {
        var command = context.Message;
        using var visit = await gates.EnterAsync(
            command.Host,
            $"{command.RolloutId} {command.Step}",
            context.CancellationToken
        );
        await using var turn = await replicas.EnterAsync($"host/{command.Host}", context.CancellationToken);
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

        if (row.State is not (StageState.Succeeded or StageState.Failed))
        {
            await UpdateAsync(row, command, visit.Patience, context.CancellationToken);
        }

        await ReportAsync(context, row);
    }

    private async Task UpdateAsync(
        RolloutHost row,
        UpdateHost command,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                row.Succeed(await BringAsync(row, command, patience, cancellation));
                return;
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or DbException))
            {
                var failure = HostFailures.Of(command.Host, exception);
                row.Fail(failure, await TryInspectAsync(command, cancellation));
                // A host that installed well and is not well has had its time already.
                var isFinal = failure.Code == HostFailures.Unhealthy || !HostFailures.MayPass(failure);
                if (isFinal || tries >= options.Value.HostTries || patience.IsCancellationRequested)
                {
                    logger.LogWarning(exception, "{Host} could not be updated", command.Host);
                    return;
                }

                logger.LogWarning(exception, "{Host} could not be updated; trying again", command.Host);
                await Task.Delay(options.Value.HostRetryDelay, time, cancellation);
            }
        }
    }

    /// <returns>The version that the host has now.</returns>
    private async Task<string?> BringAsync(
        RolloutHost row,
        UpdateHost command,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var host = await inventory.FindAsync(command.Host, command.Application, cancellation);
        var transport = transports.For(host);
        var installed = await transport.InspectAsync(host, command.Package, cancellation);
        if (!installed.Is(command.Version))
        {
            await RememberAsync(row, installed.Version, cancellation);
            if (command.Version is { } version)
            {
                await transport.InstallAsync(host, command.Package, version, cancellation);
            }
            else
            {
                await transport.RemoveAsync(host, command.Package, cancellation);
            }
        }

        if (command.Version is { } target)
        {
            await health.AwaitWellAsync(
                host,
                new HealthTarget(command.Application, command.Package, target),
                command.Health,
                patience,
                cancellation
            );
        }

        return command.Version;
    }

    /// <summary>Commits that the host is about to be touched, and what it had, before it is: no crash may hide
    /// either.</summary>
    private async Task RememberAsync(RolloutHost row, string? installed, CancellationToken cancellation)
    {
        if (row.IsTouched)
        {
            return;
        }

        if (!row.IsPreviousKnown)
        {
            row.PreviousVersion = installed;
            row.IsPreviousKnown = true;
        }

        row.IsTouched = true;
        await using var scope = scopes.CreateAsyncScope();
        await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Hosts.Where(x => x.RolloutId == row.RolloutId && x.Host == row.Host)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(x => x.IsTouched, true)
                        .SetProperty(x => x.IsPreviousKnown, true)
                        .SetProperty(x => x.PreviousVersion, row.PreviousVersion),
                cancellation
            );
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
}
