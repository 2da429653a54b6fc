using Canary.Chaos.Tests.Plan;

namespace Canary.Chaos.Tests;

/// <summary>What a run is made of. The same settings always make the same plan.</summary>
internal sealed record ChaosSettings
{
    /// <summary>Decides everything that is left to chance.</summary>
    public required int Seed { get; init; }

    /// <summary>How long pushes arrive and things break.</summary>
    public required TimeSpan Length { get; init; }

    public required int Applications { get; init; }

    /// <summary>Pushes over all applications, the repeats not counted.</summary>
    public required int Pushes { get; init; }

    /// <summary>Hosts that applications are spread over.</summary>
    public IReadOnlyList<string> Canaries { get; init; } = Fleet.Canaries;

    /// <inheritdoc cref="Canaries"/>
    public IReadOnlyList<string> Production { get; init; } = Fleet.Production;

    /// <summary>Whether each of the deployer's queues is emptied once, whatever chance decides.</summary>
    public bool EmptiesAllOfTheDeployer { get; init; }

    /// <summary>How often the server is killed, where there is one for everything.</summary>
    public int Kills { get; init; }

    /// <summary>Mean time from one fault to the next.</summary>
    public TimeSpan FaultEvery { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the pipeline may take to come to rest after the last fault.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>Longest wait of an embedded server for any answer.</summary>
    public static TimeSpan EmbeddedDeadline { get; } = TimeSpan.FromMinutes(1);

    /// <summary>What <c>./build.sh test</c> runs.</summary>
    public static ChaosSettings Short { get; } =
        new()
        {
            Seed = 1,
            Length = TimeSpan.FromSeconds(45),
            Applications = 6,
            Pushes = 24,
        };

    /// <summary>What <c>./build.sh chaos</c> runs: 20 applications, and at least 200 releases.</summary>
    public static ChaosSettings Long(int seed, double minutes) =>
        new()
        {
            Seed = seed,
            Length = TimeSpan.FromMinutes(minutes),
            Applications = 20,
            Pushes = Math.Max(200, (int)(minutes * 25)),
            EmptiesAllOfTheDeployer = true,
        };

    /// <summary>What <c>./build.sh test</c> runs with an embedded server.</summary>
    public static ChaosSettings ShortEmbedded { get; } =
        Embedded(seed: 1, TimeSpan.FromSeconds(30), applications: 5, pushes: 25, kills: 5);

    /// <summary>What <c>./build.sh chaos --embedded</c> runs.</summary>
    public static ChaosSettings LongEmbedded(int seed, double minutes) =>
        Embedded(seed, TimeSpan.FromMinutes(minutes), applications: 12, pushes: 300, kills: 40);

    /// <summary>The fleet is that of the fixture, and after the last kill there is time for four deadlines: a timer that is lost comes
    /// again after a minute, and the pauses of a release that asks for its place have grown by then.</summary>
    private static ChaosSettings Embedded(int seed, TimeSpan length, int applications, int pushes, int kills) =>
        new()
        {
            Seed = seed,
            Length = length,
            Applications = applications,
            Pushes = pushes,
            Kills = kills,
            Canaries = ["canary-1"],
            Production = ["production-1", "production-2"],
            Patience = 4 * EmbeddedDeadline,
        };
}
