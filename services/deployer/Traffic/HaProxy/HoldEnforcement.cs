using Canary.Deployer.Inventory;
using Canary.Durability.Locks;
using Canary.Failures;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Brings every instance in line with what is recorded. One that is down hinders nobody: what is recorded there waits for
/// it.</summary>
internal sealed class HoldEnforcement(
    HaProxyInstances instances,
    HoldRecords records,
    IDistributedLocks<DeployerStore> locks,
    IOptions<DeployerOptions> options
)
{
    private HaProxyOptions Options => options.Value.Traffic.Haproxy;

    /// <summary>The right to change the servers of an application: nobody else takes out the last one that is ready meanwhile.</summary>
    public Task<IDistributedLock> LockAsync(string application, CancellationToken cancellation) =>
        locks.AcquireAsync($"traffic/{Options.BackendOf(application)}", cancellation);

    /// <summary>Finds out what is to be done on each instance; nothing is done yet.</summary>
    public Task<Outcome[]> PlanAsync(TrafficHold hold, InventoryHost host, CancellationToken cancellation) =>
        OnEachAsync(async instance =>
        {
            var servers = await instance.ServersAsync(cancellation);
            var held = await records.ServersAtAsync(instance.Name, cancellation);
            return HoldPlan.Make(servers, held, hold, host, instance.Name, Options);
        });

    /// <summary>Does it.</summary>
    public Task ApplyAsync(IEnumerable<Outcome> outcomes, CancellationToken cancellation) =>
        Task.WhenAll(outcomes.Select(outcome => ApplyAsync(outcome, cancellation)));

    /// <summary>Gives back what was taken from a host. What cannot be given back now stays recorded.</summary>
    public async Task ReleaseAsync(TrafficHold hold, CancellationToken cancellation)
    {
        await using var held = await LockAsync(hold.Application, cancellation);
        await records.RemoveAsync(hold, cancellation);
        await ReleaseServersAsync(hold.Application, hold.Host, cancellation);
    }

    /// <summary>The same where it could not be done before.</summary>
    public async Task ReleaseRestAsync(string application, string host, CancellationToken cancellation)
    {
        await using var held = await LockAsync(application, cancellation);
        if (await records.FindAsync(application, host, cancellation) is null)
        {
            await ReleaseServersAsync(application, host, cancellation);
        }
    }

    private async Task<Outcome[]> OnEachAsync(Func<HaProxyInstance, Task<HoldPlan>> plan) =>
        await Task.WhenAll(
            instances.All.Select(async instance =>
            {
                try
                {
                    return new Outcome(instance) { Plan = await plan(instance) };
                }
                catch (CanaryException exception)
                {
                    return new Outcome(instance) { Problems = [exception] };
                }
            })
        );

    private async Task ApplyAsync(Outcome outcome, CancellationToken cancellation)
    {
        if (outcome.Plan is not { } plan)
        {
            return;
        }

        await ReleaseAtAsync(outcome.Instance.Name, plan.Strays, cancellation);
        await records.AddAsync(plan.New, cancellation);
        foreach (var move in plan.Moves)
        {
            try
            {
                await MakeAsync(outcome.Instance, move, cancellation);
            }
            catch (CanaryException exception)
            {
                // A static algorithm takes no weights, and the server is made ready all the same.
                outcome.Problems.Add(exception);
            }
        }
    }

    private async Task MakeAsync(HaProxyInstance instance, Move move, CancellationToken cancellation)
    {
        var (backend, server) = (move.Server.Backend, move.Server.Server);
        switch (move.Kind)
        {
            case MoveKind.Drain:
                await instance.DrainAsync(backend, server, cancellation);
                break;
            case MoveKind.Ready:
                await instance.ReadyAsync(backend, server, cancellation);
                break;
            default:
                await records.NoteWeightAsync(move.Server, move.Weight, cancellation);
                await instance.WeighAsync(backend, server, move.Weight, cancellation);
                break;
        }
    }

    private async Task ReleaseServersAsync(string application, string host, CancellationToken cancellation)
    {
        var held = await records.ServersOfAsync(application, host, cancellation);
        await Task.WhenAll(
            held.GroupBy(server => server.Instance, StringComparer.Ordinal)
                .Select(group => ReleaseAtAsync(group.Key, [.. group], cancellation))
        );
    }

    private async Task ReleaseAtAsync(string name, IReadOnlyList<HeldServer> held, CancellationToken cancellation)
    {
        if (held.Count == 0)
        {
            return;
        }

        var instance = instances.All.FirstOrDefault(it => it.Name == name);
        try
        {
            // One that was taken out of the configuration is nobody's business any more.
            var servers = instance is null ? [] : await instance.ServersAsync(cancellation);
            foreach (var record in held)
            {
                var server = servers.FirstOrDefault(record.IsOf);
                if (instance is not null && server is not null)
                {
                    await RestoreAsync(instance, server, record, cancellation);
                }

                await records.RemoveAsync(record, cancellation);
            }
        }
        catch (CanaryException)
        {
            // What is still recorded is given back when the instance answers; canary doctor says that it does not.
        }
    }

    private static async Task RestoreAsync(
        HaProxyInstance instance,
        ServerState server,
        HeldServer record,
        CancellationToken cancellation
    )
    {
        if (server.Weight == record.GivenWeight && server.Weight != record.Weight)
        {
            await instance.WeighAsync(record.Backend, record.Server, record.Weight, cancellation);
        }

        // One that a person has put in maintenance meanwhile stays there.
        if (server is { IsDrained: true, IsInMaintenance: false })
        {
            await instance.ReadyAsync(record.Backend, record.Server, cancellation);
        }
    }
}

/// <summary>How it stands with a host on one instance.</summary>
internal sealed record Outcome(HaProxyInstance Instance)
{
    /// <summary>What is to be done; <c>null</c>: it cannot be asked.</summary>
    public HoldPlan? Plan { get; init; }

    /// <summary>Its servers that are held, or given back.</summary>
    public IReadOnlyList<ServerState> Held => Plan?.Held ?? [];

    public List<CanaryException> Problems { get; init; } = [];
}
