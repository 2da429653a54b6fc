using Canary.Contracts.Publishing;

namespace Canary.RepositoryPublisher.Pool;

/// <summary>What hosts of an application have or may be rolled back to, as its newest rollout has said.</summary>
internal sealed class KeptVersions
{
    public required string Application { get; init; }

    /// <summary>Place of that rollout's release in the one order of the application's releases.</summary>
    public long Number { get; private set; }

    public IReadOnlyList<ListedVersion> Versions { get; private set; } = [];

    /// <summary>Takes over what a rollout says, unless a newer one has spoken.</summary>
    public void Apply(long number, IReadOnlyList<ListedVersion> versions)
    {
        if (number >= Number)
        {
            (Number, Versions) = (number, versions);
        }
    }
}
