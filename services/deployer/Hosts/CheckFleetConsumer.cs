using System.Collections.Concurrent;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Failures;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hosts;

/// <summary>Looks up the hosts of a rollout, learns what each of them has, cuts the waves, and freezes all of
/// it.</summary>
internal sealed class CheckFleetConsumer(
    DeployerStore store,
    IInventory inventory,
    HostTransports transports,
    IOptions<DeployerOptions> options,
    TimeProvider time
) : IConsumer<CheckFleet>
{
    public async Task Consume(ConsumeContext<CheckFleet> context)
    {
        var command = context.Message;
        try
        {
            var frozen = await store
                .Hosts.Where(row => row.RolloutId == command.RolloutId)
                .ToListAsync(context.CancellationToken);
            var (rows, remark) = frozen.Count > 0 ? (frozen, null) : await FreezeAsync(context);
            await context.Publish(
                new FleetChecked
                {
                    RolloutId = command.RolloutId,
                    Canaries = rows.Count(row => row.Channel == Channel.Canary),
                    Waves = rows.Where(row => row.Channel == Channel.Production)
                        .Select(row => row.Step)
                        .Distinct()
                        .Count(),
                    Detail = remark is null ? Describe(rows) : $"{Describe(rows)}, {remark}",
                },
                context.CancellationToken
            );
        }
        catch (CanaryException exception)
            when (exception.Code is IInventory.Unavailable or DeployerCodes.RepositoryKeyMissing)
        {
            // Nobody's host: what is ours is away, and comes back.
            await context.Publish(
                new FleetDelayed { RolloutId = command.RolloutId, Failure = exception.ToFailure() },
                context.CancellationToken
            );
        }
        catch (CanaryException exception)
        {
            await context.Publish(
                new FleetRejected { RolloutId = command.RolloutId, Failure = exception.ToFailure() },
                context.CancellationToken
            );
        }
    }

    private async Task<(List<RolloutHost> Rows, string? Remark)> FreezeAsync(ConsumeContext<CheckFleet> context)
    {
        var command = context.Message;
        PackageText.Check(command.Package);
        var (fleet, remark) = await inventory.ReadAsync(context.CancellationToken);
        await context.Publish(
            await FleetObserver.DescribeAsync(fleet, store, time, context.CancellationToken),
            context.CancellationToken
        );

        var hosts = fleet
            .Where(host => host.Runs(command.Application, command.Role))
            .OrderBy(host => host.Name, StringComparer.Ordinal)
            .ToList();
        await RejectMissingHostsAsync(command, hosts, context.CancellationToken);
        var rows = Cut(command, hosts);
        await InspectAsync(command, hosts, rows, context.CancellationToken);
        RejectUnreachableCanaries(command, [.. rows.Where(row => row.Channel == Channel.Canary)]);
        store.Hosts.AddRange(rows);
        return (rows, remark);
    }

    private async Task RejectMissingHostsAsync(
        CheckFleet command,
        List<InventoryHost> hosts,
        CancellationToken cancellation
    )
    {
        if (hosts.Count == 0)
        {
            throw new CanaryException(
                DeployerCodes.NoHosts,
                $"The inventory has no host that runs {command.Application} with the role '{command.Role}'.",
                await inventory.HowToAddAsync(command.Application, command.Role, cancellation)
            );
        }

        if (!options.Value.AllowNoCanary && hosts.All(host => host.Channel != Channel.Canary))
        {
            throw new CanaryException(
                DeployerCodes.NoCanaryHost,
                $"None of the {hosts.Count} hosts that run {command.Application} is a canary.",
                $"{await inventory.HowToAddAsync(command.Application, command.Role, cancellation)} Or set "
                    + "deployer.allow-no-canary to go straight to production."
            );
        }
    }

    private static List<RolloutHost> Cut(CheckFleet command, List<InventoryHost> hosts)
    {
        var production = hosts.Where(host => host.Channel == Channel.Production).ToList();
        var steps = Waves
            .Cut(production.Count, command.Waves)
            .SelectMany((size, index) => Enumerable.Repeat(Steps.Wave(index + 1), size));
        var canaries = hosts.Where(host => host.Channel == Channel.Canary);
        return [.. canaries.Select(host => NewRow(host, Steps.Canary)), .. production.Zip(steps, NewRow)];

        RolloutHost NewRow(InventoryHost host, string step) =>
            new()
            {
                RolloutId = command.RolloutId,
                Host = host.Name,
                Channel = host.Channel,
                Step = step,
                State = StageState.Pending,
            };
    }

    private async Task InspectAsync(
        CheckFleet command,
        List<InventoryHost> hosts,
        List<RolloutHost> rows,
        CancellationToken cancellation
    )
    {
        var rowOf = rows.ToDictionary(row => row.Host, StringComparer.Ordinal);
        var lane = await store.Lanes.FindAsync([command.Application], cancellation);
        var former = lane?.PackagesBeside(command.Package) ?? [];
        var problems = new ConcurrentBag<CanaryException>();
        await Parallel.ForEachAsync(
            hosts,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = options.Value.HostConcurrency,
                CancellationToken = cancellation,
            },
            async (host, token) =>
            {
                var row = rowOf[host.Name];
                try
                {
                    var installed = await transports.For(host).InspectAsync(host, command.Package, token);
                    row.Version = installed.Version;
                    // A host whose package is broken has nothing to go back to but what the fleet was brought to last.
                    row.RememberPrevious(
                        !installed.IsComplete ? lane?.Completed
                        : installed.Version is { } version ? new ListedVersion(command.Package, version)
                        : await transports.FindAsync(host, former, token)
                    );
                }
                catch (CanaryException exception)
                    when (exception.Code is DeployerCodes.TransportUnknown or DeployerCodes.RepositoryKeyMissing)
                {
                    problems.Add(exception);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // It fails alone: its own update will say so, and count against its wave's budget.
                    row.Failure = HostFailures.Of(host.Name, exception);
                    row.IsUnreachable = true;
                }
            }
        );
        if (problems.TryTake(out var problem))
        {
            throw problem;
        }
    }

    private static void RejectUnreachableCanaries(CheckFleet command, List<RolloutHost> canaries)
    {
        var dead = canaries.Where(row => row.IsUnreachable).ToList();
        var budget = HostShare.Parse(command.FailureBudget).RoundDown(canaries.Count);
        if (dead.Count > 0 && (dead.Count > budget || dead.Count == canaries.Count))
        {
            throw new CanaryException(
                DeployerCodes.CanariesUnreachable,
                $"{dead.Count} of {canaries.Count} canary hosts cannot be reached: "
                    + string.Join("; ", dead.Select(HostFailures.Words)),
                "Repair them, take them out of the inventory, or raise the failure budget, then release again. "
                    + "Nothing was changed on any host."
            );
        }
    }

    private static string Describe(List<RolloutHost> rows)
    {
        var dead = rows.Where(row => row.IsUnreachable).Select(row => row.Host).ToList();
        var hosts = rows.Count == 1 ? "1 host" : $"{rows.Count} hosts";
        return dead.Count == 0
            ? hosts
            : $"{hosts}, {dead.Count} unreachable: {string.Join(", ", dead.Take(5))}{(dead.Count > 5 ? ", …" : "")}";
    }
}
