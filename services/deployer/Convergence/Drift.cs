using System.Collections.Concurrent;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Durability.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Convergence;

/// <summary>Compares what the hosts of an application run with what their channel advertises, and has those brought there that
/// drift. A host that a rollout has in hand is the rollout's; while one is at work, production hosts that it does not know get what
/// production has, so that none is ahead of its wave.</summary>
internal sealed class Drift(
    DeployerStore store,
    IOutbox<DeployerStore> outbox,
    IInventory inventory,
    HostTransports transports,
    IOptions<DeployerOptions> options,
    TimeProvider time
)
{
    private ConvergenceOptions Options => options.Value.Convergence;

    /// <summary>Looks at the hosts of an application.</summary>
    /// <param name="application">The application.</param>
    /// <param name="trust">Whether what the last rollout has just heard of dpkg counts as a look.</param>
    /// <param name="insist">Whose drift ends now, whatever was tried before: by name of the host; <c>null</c>: nobody's.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task LookAsync(
        string application,
        bool trust,
        Func<string, bool>? insist,
        CancellationToken cancellation
    )
    {
        if (await ClaimAsync(application, cancellation) is not { } claim)
        {
            return;
        }

        var hosts = (await inventory.ReadAsync(cancellation)).Hosts.Where(claim.Covers).ToList();
        var records = await store
            .HostRecords.Where(record => record.Application == application)
            .ToDictionaryAsync(record => record.Host, StringComparer.Ordinal, cancellation);
        var heard = trust ? await HeardAsync(application, claim.Wanted, cancellation) : new HashSet<string>();
        var looks = await InspectAsync(hosts.Where(host => !heard.Contains(host.Name)), claim.Wanted, cancellation);
        var now = time.GetUtcNow();
        foreach (var host in hosts)
        {
            var record = RecordOf(host.Name);
            var look =
                looks.GetValueOrDefault(host.Name) ?? new Look(new InstalledPackage(claim.Wanted.Version, true), null);
            if (look.Failure is { } failure)
            {
                record.Missed(failure, claim.Wanted, now);
            }
            else
            {
                record.Saw(look.Installed!, claim.Wanted, now);
                ConvergeIfDue(record, insist?.Invoke(host.Name) == true, now);
            }
        }

        var gone = records.Values.Where(record =>
            !claim.IsInRollout(record.Host) && hosts.All(host => host.Name != record.Host)
        );
        store.HostRecords.RemoveRange(claim.IsRolloutAtWork ? [] : gone);
        await PublishAsync(application, claim.Number, [.. hosts.Select(host => records[host.Name])], cancellation);
        await store.SaveChangesAsync(cancellation);

        HostRecord RecordOf(string host)
        {
            if (!records.TryGetValue(host, out var record))
            {
                record = new HostRecord
                {
                    Application = application,
                    Host = host,
                    Wanted = claim.Wanted.Version,
                };
                records.Add(host, record);
                store.HostRecords.Add(record);
            }

            return record;
        }
    }

    /// <summary>What the hosts of an application should run, and which of them are a rollout's; <c>null</c>: no rollout has
    /// completed yet.</summary>
    public async Task<Claim?> ClaimAsync(string application, CancellationToken cancellation)
    {
        var lane = await store
            .Lanes.AsNoTracking()
            .SingleOrDefaultAsync(it => it.Application == application, cancellation);
        if (lane?.Completed is not { } wanted)
        {
            return null;
        }

        var active = await store
            .Rollouts.AsNoTracking()
            .Where(rollout => rollout.CorrelationId == lane.Active)
            .Select(rollout => rollout.CurrentState)
            .SingleOrDefaultAsync(cancellation);
        var isAtWork = active is not null && !RolloutStates.IsFinal(active);
        var inRollout = isAtWork
            ? await store
                .Hosts.Where(row => row.RolloutId == lane.Active)
                .Select(row => row.Host)
                .ToListAsync(cancellation)
            : [];
        return new Claim(
            application,
            lane.Role ?? Roles.Default,
            wanted,
            lane.Health,
            lane.NewestNumber,
            isAtWork,
            inRollout.ToHashSet(StringComparer.Ordinal)
        );
    }

    /// <summary>Tells what is recorded of hosts.</summary>
    public async Task PublishAsync(
        string application,
        long number,
        IReadOnlyList<HostRecord> records,
        CancellationToken cancellation
    )
    {
        var revision = await store.NextRevisionAsync(application, cancellation);
        outbox.Publish(
            new HostsObserved
            {
                Application = application,
                Revision = revision,
                Number = number,
                Hosts = [.. records.Select(record => record.ToContract())],
            }
        );
    }

    private void ConvergeIfDue(HostRecord record, bool insist, DateTimeOffset now)
    {
        var isDue = Options.Automatic && (record.NextTryAt is null || record.NextTryAt <= now);
        if (record.DriftsSince is not null && (insist || isDue))
        {
            record.Tries++;
            record.NextTryAt = now + Options.DelayAfter(record.Tries);
            outbox.Send(new ConvergeHost { Application = record.Application, Host = record.Host });
        }
    }

    /// <summary>Hosts that have told the rollout that has just completed that they run what it brought.</summary>
    private async Task<IReadOnlySet<string>> HeardAsync(
        string application,
        ListedVersion wanted,
        CancellationToken cancellation
    )
    {
        var last = await store
            .Rollouts.AsNoTracking()
            .Where(rollout => rollout.Application == application)
            .OrderByDescending(rollout => rollout.Number)
            .Select(rollout => rollout.CorrelationId)
            .FirstOrDefaultAsync(cancellation);
        var hosts = await store
            .Hosts.Where(row =>
                row.RolloutId == last && row.State == StageState.Succeeded && row.Version == wanted.Version
            )
            .Select(row => row.Host)
            .ToListAsync(cancellation);
        return hosts.ToHashSet(StringComparer.Ordinal);
    }

    private async Task<IReadOnlyDictionary<string, Look>> InspectAsync(
        IEnumerable<InventoryHost> hosts,
        ListedVersion wanted,
        CancellationToken cancellation
    )
    {
        var looks = new ConcurrentDictionary<string, Look>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            hosts,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = options.Value.HostConcurrency,
                CancellationToken = cancellation,
            },
            async (host, token) =>
            {
                try
                {
                    var installed = await transports.For(host).InspectAsync(host, wanted.Package, token);
                    looks[host.Name] = new Look(installed, null);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    looks[host.Name] = new Look(null, HostFailures.Of(host.Name, exception));
                }
            }
        );
        return looks;
    }

    private sealed record Look(InstalledPackage? Installed, Failure? Failure);
}

/// <summary>What the hosts of an application should run now.</summary>
internal sealed record Claim(
    string Application,
    string Role,
    ListedVersion Wanted,
    HealthCheck? Health,
    long Number,
    bool IsRolloutAtWork,
    IReadOnlySet<string> InRollout
)
{
    public bool IsInRollout(string host) => InRollout.Contains(host);

    /// <summary>Whether a host is to be brought to it: not one that a rollout has in hand, nor a canary while one is at
    /// work.</summary>
    public bool Covers(InventoryHost host) =>
        host.Runs(Application, Role)
        && !IsInRollout(host.Name)
        && (!IsRolloutAtWork || host.Channel == Channel.Production);
}
