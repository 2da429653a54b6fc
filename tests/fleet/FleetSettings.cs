using System.Globalization;
using Canary.Fleet.Tests.Plan;

namespace Canary.Fleet.Tests;

/// <summary>What a run is made of. The same settings always make the same plan.</summary>
internal sealed record FleetSettings
{
    /// <summary>Decides everything that is left to chance.</summary>
    public required int Seed { get; init; }

    public required int CanaryHosts { get; init; }

    public required int ProductionHosts { get; init; }

    /// <summary>What happens, in any order.</summary>
    public required IReadOnlyList<RoundKind> Rounds { get; init; }

    /// <summary>What breaks meanwhile, each in a round that comes by the state that it waits for.</summary>
    public required IReadOnlyList<Disturbance> Disturbances { get; init; }

    /// <summary>How many people ask for pages, all the time.</summary>
    public int People { get; init; } = 4;

    /// <summary>How long each waits between two pages.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a round may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(4);

    public IReadOnlyList<string> Canaries => Names("canary", CanaryHosts);

    public IReadOnlyList<string> Production => Names("web", ProductionHosts);

    public IReadOnlyList<string> Hosts => [.. Canaries, .. Production];

    /// <summary>What <c>./build.sh test</c> runs.</summary>
    public static FleetSettings Short { get; } =
        new()
        {
            Seed = 1,
            CanaryHosts = 1,
            ProductionHosts = 3,
            Rounds = [RoundKind.Promoted, RoundKind.FailsSomeRequests],
            Disturbances =
            [
                new(DisturbanceKind.KillBalancer, RoundState.Wave),
                new(DisturbanceKind.KillController, RoundState.RollingBack),
            ],
        };

    /// <summary>What <c>./build.sh fleet</c> runs: ten releases.</summary>
    public static FleetSettings Long(int seed, int hosts) =>
        new()
        {
            Seed = seed,
            CanaryHosts = 2,
            ProductionHosts = hosts - 2,
            People = 8,
            Rounds =
            [
                RoundKind.Promoted,
                RoundKind.Promoted,
                RoundKind.Promoted,
                RoundKind.IsUnhealthy,
                RoundKind.IsUnhealthy,
                RoundKind.DoesNotStart,
                RoundKind.FailsSomeRequests,
                RoundKind.FailsSomeRequests,
                RoundKind.RolledBackInAWave,
                RoundKind.RolledBackAfterPromotion,
            ],
            Disturbances =
            [
                new(DisturbanceKind.KillBalancer, RoundState.Wave),
                new(DisturbanceKind.KillBalancer, RoundState.RollingBack),
                new(DisturbanceKind.ReloadBalancer, RoundState.Wave),
                new(DisturbanceKind.ReloadBalancer, RoundState.Canary),
                new(DisturbanceKind.ReloadBalancer, RoundState.RollingBack),
                new(DisturbanceKind.KillController, RoundState.Wave),
                new(DisturbanceKind.KillController, RoundState.Canary),
                new(DisturbanceKind.KillController, RoundState.RollingBack),
            ],
        };

    private static IReadOnlyList<string> Names(string kind, int count) =>
        [
            .. Enumerable
                .Range(1, count)
                .Select(number => string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}")),
        ];
}
