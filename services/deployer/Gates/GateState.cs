namespace Canary.Deployer.Gates;

/// <summary>What people have said about a rollout's way through its gates.</summary>
internal sealed record GateState
{
    /// <summary>Who pushed the commit, or asked for the release; <c>null</c>: not known.</summary>
    public string? Author { get; init; }

    /// <summary>Who let it go on to production, in their order; nobody twice.</summary>
    public IReadOnlyList<string> Approvals { get; init; } = [];

    /// <summary>Whether it undoes a release: nothing holds it.</summary>
    public bool GoesBack { get; init; }

    /// <summary>Who said that windows and freezes do not hold it; <c>null</c>: nobody.</summary>
    public GateOverride? Override { get; init; }
}

/// <summary>A person's word that windows and freezes do not hold a release.</summary>
internal sealed record GateOverride(string By, string Reason);
