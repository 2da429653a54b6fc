namespace Canary.Fleet.Tests.Plan;

/// <summary>The rounds of a run, and what breaks in which. Made of the settings alone, so a seed can be run again.</summary>
internal static class FleetPlan
{
    public static IReadOnlyList<Round> Of(FleetSettings settings)
    {
        var random = new Random(settings.Seed);
        var kinds = settings.Rounds.ToArray();
        random.Shuffle(kinds);
        var disturbances = kinds.Select(_ => new List<Disturbance>()).ToArray();
        foreach (var disturbance in settings.Disturbances)
        {
            var fitting = Enumerable.Range(0, kinds.Length).Where(round => ComesBy(kinds[round], disturbance.State));
            var least = fitting.GroupBy(round => disturbances[round].Count).MinBy(group => group.Key)!.ToArray();
            disturbances[least[random.Next(least.Length)]].Add(disturbance);
        }

        return
        [
            .. kinds.Select(
                (kind, index) => new Round(index + 1, kind, [.. disturbances[index].OrderBy(it => it.State)])
            ),
        ];
    }

    private static bool ComesBy(RoundKind kind, RoundState state) =>
        state switch
        {
            RoundState.Canary => true,
            RoundState.Wave => kind
                is RoundKind.Promoted
                    or RoundKind.RolledBackInAWave
                    or RoundKind.RolledBackAfterPromotion,
            // Going back after promotion is a release of its own.
            _ => kind is not RoundKind.Promoted and not RoundKind.RolledBackAfterPromotion,
        };
}
