using Canary.Contracts;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Traffic;
using Canary.Deployer.Transport;
using Canary.Durability.Locks;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Convergence;

/// <summary>Brings one host to what its channel advertises, and records how it went.</summary>
internal sealed class ConvergeHostConsumer(
    DeployerStore store,
    Drift drift,
    HostGates gates,
    IDistributedLocks<DeployerStore> locks,
    IInventory inventory,
    HostTransports transports,
    ITraffic traffic,
    HealthProbe health,
    HostTries tries,
    TimeProvider time,
    ILogger<ConvergeHostConsumer> logger
) : IConsumer<ConvergeHost>
{
    public async Task Consume(ConsumeContext<ConvergeHost> context)
    {
        var (command, cancellation) = (context.Message, context.CancellationToken);
        using var visit = await gates.EnterAsync(
            command.Host,
            new Purpose(Rollout: null, command.Application),
            cancellation
        );
        await using var held = await locks.AcquireAsync($"host/{command.Host}", cancellation);
        var record = await store.HostRecords.FindAsync([command.Application, command.Host], cancellation);
        var host = await inventory.FindAsync(command.Host, command.Application, cancellation);
        // Looked at now: a rollout that has begun meanwhile has written down which hosts are its own.
        if (
            record is null
            || await drift.ClaimAsync(command.Application, cancellation) is not { } claim
            || !claim.Covers(host)
        )
        {
            return;
        }

        var failure = await tries.RunAsync(
            command.Host,
            () => BringAsync(host, claim, visit.Patience, cancellation),
            isFinal: it => it.Code == DeployerCodes.HostUnhealthy || visit.Patience.IsCancellationRequested,
            cancellation
        );
        await RecordAsync(record, host, claim, failure, cancellation);
        await drift.PublishAsync(command.Application, claim.Number, await AllAsync(claim, cancellation), cancellation);
    }

    private async Task BringAsync(
        InventoryHost host,
        Claim claim,
        CancellationToken patience,
        CancellationToken cancellation
    )
    {
        var transport = transports.For(host);
        var target = new TrafficTarget(host, claim.Application);
        var (package, version) = claim.Wanted;
        if (!(await transport.InspectAsync(host, package, cancellation)).Is(version))
        {
            logger.LogInformation("{Host} drifts: it gets {Package} {Version}", host.Name, package, version);
            await traffic.DrainAsync(target, patience, cancellation);
            await transport.InstallAsync(host, package, version, cancellation);
        }

        await health.AwaitHealthyAsync(
            host,
            new HealthTarget(claim.Application, package, version),
            claim.Health,
            patience,
            cancellation
        );
        await traffic.ReadyAsync(target, patience, cancellation);
    }

    private async Task RecordAsync(
        HostRecord record,
        InventoryHost host,
        Claim claim,
        Failure? failure,
        CancellationToken cancellation
    )
    {
        if (failure is null)
        {
            record.Saw(new InstalledPackage(claim.Wanted.Version, IsComplete: true), claim.Wanted, time.GetUtcNow());
            return;
        }

        record.Missed(failure, claim.Wanted, time.GetUtcNow());
        try
        {
            record.Running = (
                await transports.For(host).InspectAsync(host, claim.Wanted.Package, cancellation)
            ).Version;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The failure is recorded already; this only adds what is known of the version.
            logger.LogDebug(exception, "{Host} does not say what it has", host.Name);
        }
    }

    private Task<List<HostRecord>> AllAsync(Claim claim, CancellationToken cancellation) =>
        store.HostRecords.Where(record => record.Application == claim.Application).ToListAsync(cancellation);
}
