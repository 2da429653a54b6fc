namespace Canary.Fleet.Tests.Plan;

/// <summary>A release, and what people do with it.</summary>
/// <param name="Number">From 1 on; the version of the release has it.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Disturbances">What breaks meanwhile.</param>
internal sealed record Round(int Number, RoundKind Kind, IReadOnlyList<Disturbance> Disturbances)
{
    /// <summary>How the release of the round behaves on hosts.</summary>
    public Behaviour Behaviour =>
        Kind switch
        {
            RoundKind.IsUnhealthy => Behaviour.IsUnhealthy,
            RoundKind.DoesNotStart => Behaviour.DoesNotStart,
            RoundKind.FailsSomeRequests => Behaviour.FailsSomeRequests,
            _ => Behaviour.IsWell,
        };

    /// <summary>Whether its version is what the fleet runs afterwards.</summary>
    public bool Stays => Kind == RoundKind.Promoted;

    public override string ToString() =>
        $"round {Number}: {Kind}" + string.Concat(Disturbances.Select(disturbance => $"; {disturbance}"));
}

internal enum RoundKind
{
    /// <summary>A person lets it go on to production.</summary>
    Promoted,

    /// <summary>Its health check fails on the canaries, and it is rolled back.</summary>
    IsUnhealthy,

    /// <summary>Its installation fails, and it is rolled back.</summary>
    DoesNotStart,

    /// <summary>It is healthy and fails some requests, until a person rolls it back.</summary>
    FailsSomeRequests,

    /// <summary>A person rolls it back while production hosts get it.</summary>
    RolledBackInAWave,

    /// <summary>A person rolls it back when all hosts run it.</summary>
    RolledBackAfterPromotion,
}

/// <summary>What a release does on hosts.</summary>
internal enum Behaviour
{
    IsWell,
    IsUnhealthy,
    DoesNotStart,
    FailsSomeRequests,
}

/// <summary>Something that breaks while a round is in a state.</summary>
internal sealed record Disturbance(DisturbanceKind Kind, RoundState State)
{
    public override string ToString() => $"{Kind} in {State}";
}

internal enum DisturbanceKind
{
    /// <summary>A load balancer dies, and is started again after a while.</summary>
    KillBalancer,

    /// <summary>A load balancer reads its configuration again, and forgets what it was told.</summary>
    ReloadBalancer,

    /// <summary>Canary dies, and is started again after a while.</summary>
    KillController,
}

internal enum RoundState
{
    Canary,
    Wave,
    RollingBack,
}
