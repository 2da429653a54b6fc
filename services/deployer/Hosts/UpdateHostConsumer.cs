using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Durability.Locks;
using MassTransit;
using Microsoft.EntityFrameworkCore;

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
        string? version = null;
        using var log = logs.Begin(
            command.RolloutId,
            command.Host,
            $"{command.Step}: {command.Package} {command.Version ?? "leaves"}"
        );
        var failure = await tries.RunAsync(
            command.Host,
            async () => version = await BringAsync(row, command, patience, cancellation),
            // A host that installed well and is not well has had its time already.
            isFinal: it => it.Code == HostFailures.Unhealthy || patience.IsCancellationRequested,
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
