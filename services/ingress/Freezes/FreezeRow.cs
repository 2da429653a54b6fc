using Canary.Contracts.Deploying;

namespace Canary.Ingress.Freezes;

/// <summary>The freezes that people have set. One row: the deployer gets all of them at once.</summary>
internal sealed class FreezeRow
{
    public const int Only = 1;

    public int Id { get; init; } = Only;

    /// <summary>Counts the changes.</summary>
    public long Revision { get; set; }

    public IReadOnlyList<Freeze> Freezes { get; set; } = [];

    public SetFreezes ToCommand() => new() { Revision = Revision, Freezes = Freezes };
}
