using Canary.Contracts.Deploying;

namespace Canary.Deployer.Gates;

/// <summary>The freezes that people have set, as ingress last told them.</summary>
internal sealed class FreezeBook
{
    public const int Only = 1;

    public int Id { get; init; } = Only;

    public long Revision { get; set; }

    public IReadOnlyList<Freeze> Freezes { get; set; } = [];
}
