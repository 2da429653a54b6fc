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

    /// <summary>Mean time from one fault to the next.</summary>
    public TimeSpan FaultEvery { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the pipeline may take to come to rest after the last fault.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(8);

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
            Pushes = Math.Max(200, (int)(minutes * 40)),
        };
}
