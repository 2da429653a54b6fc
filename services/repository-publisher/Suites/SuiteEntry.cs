using System.Globalization;
using System.Text;
using Canary.RepositoryPublisher.Indexes;
using Canary.RepositoryPublisher.Pool;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>A package that a suite lists.</summary>
internal sealed class SuiteEntry
{
    public required string Suite { get; init; }

    public long PackageId { get; init; }

    public required PoolPackage Package { get; init; }

    /// <summary>Place in the suite's indexes: counts up with every entry that is added.</summary>
    public required long Sequence { get; init; }

    /// <summary><c>Phased-Update-Percentage</c>, 0 to 100.</summary>
    public required int PhasedPercentage { get; set; }

    public IndexEntry ToIndexEntry()
    {
        var phase =
            PhasedPercentage < 100
                ? string.Create(CultureInfo.InvariantCulture, $"Phased-Update-Percentage: {PhasedPercentage}\n")
                : "";
        return new IndexEntry(Sequence, Encoding.UTF8.GetBytes($"{Package.Stanza}{phase}\n"));
    }
}
