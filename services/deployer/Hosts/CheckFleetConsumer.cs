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
    DeployerKey key,
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
                    Waves = WavesOf(command, rows),
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
            await FleetObserver.DescribeAsync(fleet, key, store, time, context.CancellationToken),
            context.CancellationToken
        );

        var members = FleetMember.Of(fleet, command.Application, command.Role, command.Spread);
        // Hosts of another role are hosts all the same: a role that is mistyped makes no fleet without hosts.
        if (!command.MayLackHosts || fleet.Any(host => host.MayRun(command.Application)))
        {
            await RejectMissingHostsAsync(command, members, context.CancellationToken);
        }

        var rows = Cut(command, members);
        await InspectAsync(command, [.. members.Select(member => member.Host)], rows, context.CancellationToken);
        RejectUnreachableCanaries(command, [.. rows.Where(row => row.Channel == Channel.Canary)]);
        store.Hosts.AddRange(rows);
        return (rows, Join(remark, Unplaced(command, members)));
    }

    /// <summary>Machines that upgrade by themselves take what they are offered wave by wave, whoever stands in the
    /// inventory.</summary>
    private static int WavesOf(CheckFleet command, List<RolloutHost> rows)
    {
        var waves = rows.Where(row => row.Channel == Channel.Production).Select(row => row.Step).Distinct().Count();
        return waves == 0 && command.Phased ? Waves.Percentages(command.Waves).Count : waves;
    }

    private static string? Unplaced(CheckFleet command, IReadOnlyList<FleetMember> members) =>
        command.Spread is { } tag && members.Count(member => member.Place is null) is > 0 and var unplaced
            ? $"{unplaced} without a {tag}"
            : null;

    private static string? Join(params string?[] remarks) =>
        remarks.OfType<string>().ToList() is { Count: > 0 } some ? string.Join(", ", some) : null;

    private async Task RejectMissingHostsAsync(
        CheckFleet command,
        IReadOnlyList<FleetMember> members,
        CancellationToken cancellation
    )
    {
        if (Roles.Of(command.Role).FirstOrDefault(role => members.All(member => member.Role != role)) is { } role)
        {
            throw new CanaryException(
                DeployerCodes.NoHosts,
                $"The inventory has no host that runs {command.Application} with the role '{role}'.",
                await inventory.HowToAddAsync(command.Application, role, cancellation)
            );
        }

        if (!options.Value.AllowNoCanary && RoleWithoutCanary(members) is { } untried)
        {
            throw new CanaryException(
                DeployerCodes.NoCanaryHost,
                $"None of the {members.Count(member => member.Role == untried)} hosts that run {command.Application}"
                    + (Roles.Of(command.Role).Count > 1 ? $" with the role '{untried}'" : "")
                    + " is a canary.",
                $"{await inventory.HowToAddAsync(command.Application, untried, cancellation)} Or set "
                    + "deployer.allow-no-canary to go straight to production."
            );
        }
    }

    private static string? RoleWithoutCanary(IReadOnlyList<FleetMember> members) =>
        members
            .GroupBy(member => member.Role, StringComparer.Ordinal)
            .FirstOrDefault(role => role.All(member => member.Host.Channel != Channel.Canary))
            ?.Key;

    private static List<RolloutHost> Cut(CheckFleet command, IReadOnlyList<FleetMember> members)
    {
        var canaries = members.Where(member => member.Host.Channel == Channel.Canary);
        var waves = Waves.Cut(members.Where(member => member.Host.Channel == Channel.Production), command.Waves);
        return
        [
            .. canaries.Select(member => NewRow(member, Steps.Canary)),
            .. waves.SelectMany((wave, index) => wave.Select(member => NewRow(member, Steps.Wave(index + 1)))),
        ];

        RolloutHost NewRow(FleetMember member, string step) =>
            new()
            {
                RolloutId = command.RolloutId,
                Host = member.Host.Name,
                Channel = member.Host.Channel,
                Role = member.Role,
                Place = member.Place,
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
        if (rows.Count == 0)
        {
            return "no hosts in the inventory, only machines that upgrade by themselves";
        }

        var dead = rows.Where(row => row.IsUnreachable).Select(row => row.Host).ToList();
        var hosts = rows.Count == 1 ? "1 host" : $"{rows.Count} hosts";
        return dead.Count == 0
            ? hosts
            : $"{hosts}, {dead.Count} unreachable: {string.Join(", ", dead.Take(5))}{(dead.Count > 5 ? ", …" : "")}";
    }
}
