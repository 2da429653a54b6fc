using System.Collections.Immutable;
using Canary.RepositoryPublisher.Indexes;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>A suite with the indexes that its entries make. Immutable.</summary>
internal sealed class LiveSuite
{
    private LiveSuite(string name, ImmutableSortedDictionary<string, PackagesIndex> indexes)
    {
        Name = name;
        Indexes = indexes;
    }

    public string Name { get; }

    /// <summary>The indexes by architecture.</summary>
    public ImmutableSortedDictionary<string, PackagesIndex> Indexes { get; }

    public static LiveSuite Create(string name, IEnumerable<string> architectures, IEnumerable<SuiteEntry> entries) =>
        new LiveSuite(
            name,
            architectures.ToImmutableSortedDictionary(
                it => it,
                _ => PackagesIndex.CreateEmpty(),
                StringComparer.Ordinal
            )
        ).With(new SuiteChange([], [.. entries]));

    public LiveSuite With(SuiteChange change)
    {
        var removed = change.Removed.ToLookup(entry => entry.Package.Architecture, entry => entry.Sequence);
        var added = change.Added.ToLookup(entry => entry.Package.Architecture, entry => entry.ToIndexEntry());
        return new LiveSuite(
            Name,
            Indexes
                .Select(pair =>
                    KeyValuePair.Create(pair.Key, pair.Value.With(removed[pair.Key].ToHashSet(), [.. added[pair.Key]]))
                )
                .ToImmutableSortedDictionary(StringComparer.Ordinal)
        );
    }
}

/// <summary>What leaves a suite's indexes and what comes in; an entry that changes does both.</summary>
internal sealed record SuiteChange(IReadOnlyCollection<SuiteEntry> Removed, IReadOnlyCollection<SuiteEntry> Added);
