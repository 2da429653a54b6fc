namespace Canary.Contracts.Deploying;

/// <summary>
/// Command, by ingress to the Rollout saga: the read model holds this final revision. Until it comes, the saga publishes
/// its last <see cref="RolloutChanged"/> again.
/// </summary>
[Queue("deployer-rollout")]
public sealed record AcknowledgeRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The revision that is recorded.</summary>
    public required int Revision { get; init; }
}
