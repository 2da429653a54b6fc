using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Fleet.Tests.Plan;

namespace Canary.Fleet.Tests.World;

/// <summary>Breaks things while a round is in the state that they wait for.</summary>
/// <param name="world">What is broken.</param>
/// <param name="people">Who know where a release is.</param>
/// <param name="settings">Decides how long things stay broken.</param>
/// <param name="log">Is told.</param>
internal sealed class Breakage(FleetWorld world, People people, FleetSettings settings, RunLog log)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new(settings.Seed);

    /// <summary>How often each kind of thing was broken.</summary>
    public Dictionary<DisturbanceKind, int> Counts { get; } = [];

    /// <returns>What could not be broken, since its state never came.</returns>
    public async Task<IReadOnlyList<string>> StrikeAsync(Round round, string commit, CancellationToken cancellation)
    {
        var missed = new List<string>();
        foreach (var disturbance in round.Disturbances)
        {
            if (!await ComesAsync(disturbance.State, commit, cancellation))
            {
                missed.Add($"{round}: the release never was in {disturbance.State} while somebody looked");
                continue;
            }

            await WaitAsync(TimeSpan.FromSeconds(1), cancellation);
            log.Say($"  {disturbance}");
            await BreakAsync(disturbance.Kind, cancellation);
            Counts[disturbance.Kind] = Counts.GetValueOrDefault(disturbance.Kind) + 1;
        }

        return missed;
    }

    private async Task BreakAsync(DisturbanceKind kind, CancellationToken cancellation)
    {
        var balancer = world.Balancers[_random.Next(world.Balancers.Count)];
        switch (kind)
        {
            case DisturbanceKind.KillBalancer:
                await balancer.KillAsync();
                await WaitAsync(TimeSpan.FromSeconds(4), cancellation);
                await balancer.StartAgainAsync();
                log.Say($"  {balancer.Name} runs again");
                break;
            case DisturbanceKind.ReloadBalancer:
                await balancer.ReloadAsync();
                log.Say($"  {balancer.Name} was reloaded");
                break;
            default:
                await world.Server.KillAsync();
                await WaitAsync(TimeSpan.FromSeconds(4), cancellation);
                await world.Server.StartAsync();
                log.Say("  Canary runs again");
                break;
        }
    }

    private Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) =>
        Task.Delay(atMost * _random.NextDouble(), TimeProvider.System, cancellation);

    private async Task<bool> ComesAsync(RoundState state, string commit, CancellationToken cancellation)
    {
        while (true)
        {
            var release = await people.LookAsync(commit);
            if (release is not null && IsIn(release, state))
            {
                return true;
            }

            if (release is not null && ReleaseStates.IsFinal(release.State))
            {
                return false;
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellation);
        }
    }

    private static bool IsIn(ReleaseView release, RoundState state) =>
        state switch
        {
            RoundState.Canary => release.Phase == RolloutStates.DeployingCanary,
            RoundState.Wave => release.Phase == RolloutStates.DeployingWave,
            _ => release.Phase == RolloutStates.RollingBack,
        };
}
