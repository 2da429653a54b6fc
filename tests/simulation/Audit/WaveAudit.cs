using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Simulation.Tests.Walk;
using Canary.Simulation.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Simulation.Tests.Audit;

/// <summary>Looks at every single installation, before it happens: whether production is ahead of its wave, or of the
/// canaries.</summary>
internal sealed class WaveAudit(SimulatedCanary canary, Ledger ledger)
{
    public async Task LookAsync(InventoryHost host, string package, string version)
    {
        if (host.Channel == Channel.Canary)
        {
            ledger.OnCanarySince[version] = canary.Time.GetUtcNow();
        }
        else if (await ProblemWithAsync(host.Name, package, version) is { } problem)
        {
            ledger.Violate($"{host.Name} gets {package} {version}, but {problem}");
        }
    }

    private async Task<string?> ProblemWithAsync(string host, string application, string version)
    {
        if (canary.Commits.Of(version) is not { } commit)
        {
            return "no commit has that version";
        }

        if (commit.Ailment is Ailment.Canaries or Ailment.Build)
        {
            return $"it is ill: {commit.Ailment}";
        }

        await using var scope = canary.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var lane = await store.Lanes.AsNoTracking().SingleOrDefaultAsync(it => it.Application == application);
        if (lane?.CompletedVersion == version)
        {
            return null;
        }

        var rollout = lane?.Active is { } active
            ? await store.Rollouts.AsNoTracking().SingleOrDefaultAsync(it => it.CorrelationId == active)
            : null;
        if (rollout is null || RolloutStates.IsFinal(rollout.CurrentState))
        {
            return $"no rollout is at work and production has {lane?.CompletedVersion}";
        }

        var rows = await store.Hosts.AsNoTracking().Where(row => row.RolloutId == rollout.CorrelationId).ToListAsync();
        var own = rows.SingleOrDefault(row => row.Host == host);
        return own is null ? "the rollout at work does not know the host"
            : own.Step == Steps.Rollback ? (own.Target?.Version == version ? null : "it goes back to another version")
            : rollout.Package.Version != version ? "the rollout at work is of another version"
            : ProblemWith(rollout, own, rows);
    }

    private string? ProblemWith(RolloutState rollout, RolloutHost own, IReadOnlyList<RolloutHost> rows)
    {
        var wave = WaveOf(own);
        var before = rows.Where(row => row.Channel == Channel.Canary || WaveOf(row) < wave).ToList();
        if (wave > rollout.Wave)
        {
            return $"it is in wave {wave} and wave {rollout.Wave} is at work";
        }

        if (before.Find(row => row.State is StageState.Pending or StageState.Running) is { } outstanding)
        {
            return $"{outstanding.Host}, which comes before it, is {outstanding.State}";
        }

        if (!rows.Any(row => row is { Channel: Channel.Canary, State: StageState.Succeeded }))
        {
            return "no canary has succeeded";
        }

        var isPromoted = ledger.Promoted.Contains(rollout.ReleaseId);
        if (!isPromoted && rollout.Plan.Promotion == PromotionPolicy.Manual)
        {
            return "nobody has promoted it";
        }

        var soak = ledger.Fast.Contains(rollout.ReleaseId) ? TimeSpan.Zero : SoakOf(rollout);
        var soaked = canary.Time.GetUtcNow() - ledger.OnCanarySince.GetValueOrDefault(rollout.Package.Version);
        return isPromoted || soaked >= soak ? null : $"canaries have had it for {soaked} only";
    }

    private static TimeSpan SoakOf(RolloutState rollout) =>
        Application.Named(rollout.Application).Plan.Soak ?? new DeployerOptions().Soak;

    private static int WaveOf(RolloutHost row) =>
        row.Step.StartsWith("wave-", StringComparison.Ordinal) ? int.Parse(row.Step["wave-".Length..]) : 0;
}
