using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>
/// The versions of one package that one suite lists. apt offers the highest version that it finds, so the advertised
/// version is always the highest listed one: advertising an older version takes the newer ones out.
/// </summary>
internal sealed class PackageListing(string suite, IEnumerable<SuiteEntry> entries)
{
    private readonly List<SuiteEntry> _entries = [.. entries];

    public IReadOnlyList<SuiteEntry> Entries => _entries;

    /// <summary>The version that the suite offers; <c>null</c>: none.</summary>
    public string? Current => Versions().Max()?.ToString();

    /// <summary>Makes a version the offered one.</summary>
    /// <param name="files">The version's package files, one per architecture.</param>
    /// <param name="phasedPercentage">Share of machines that a plain upgrade offers it to.</param>
    /// <param name="retained">Older versions that stay.</param>
    /// <param name="nextSequence">Gives sequence numbers to new entries.</param>
    /// <returns>The version offered before; <c>null</c> if there was none.</returns>
    public string? Advertise(
        IReadOnlyList<PoolPackage> files,
        int phasedPercentage,
        int retained,
        Func<long> nextSequence
    )
    {
        var version = VersionOf(files[0]);
        var previous = Current == files[0].Version ? NewestBelow(version) : Current;
        _entries.RemoveAll(entry =>
            entry.Package.Version != files[0].Version && VersionOf(entry).CompareTo(version) >= 0
        );

        var listed = _entries.Where(entry => entry.Package.Version == files[0].Version).ToList();
        listed.ForEach(entry => entry.PhasedPercentage = phasedPercentage);
        Add(files, phasedPercentage, nextSequence);
        var kept = Versions().OrderDescending().Take(1 + retained).ToHashSet();
        _entries.RemoveAll(entry => !kept.Contains(VersionOf(entry)));
        return previous;
    }

    /// <summary>Lists a version again that was listed before, for every machine.</summary>
    /// <param name="files">The version's package files, one per architecture.</param>
    /// <param name="isOffered">Whether it is the one to offer: whatever sorts higher leaves.</param>
    /// <param name="nextSequence">Gives sequence numbers to new entries.</param>
    /// <returns>Whether it is listed now: one that sorts higher than what is offered cannot be.</returns>
    public bool TryRestore(IReadOnlyList<PoolPackage> files, bool isOffered, Func<long> nextSequence)
    {
        var version = VersionOf(files[0]);
        if (isOffered)
        {
            _entries.RemoveAll(entry => VersionOf(entry).CompareTo(version) > 0);
        }
        else if (Versions().Max() is { } offered && version.CompareTo(offered) > 0)
        {
            return false;
        }

        foreach (var entry in _entries.Where(entry => entry.Package.Version == files[0].Version))
        {
            entry.PhasedPercentage = 100;
        }

        Add(files, phasedPercentage: 100, nextSequence);
        return true;
    }

    /// <summary>Takes a version out.</summary>
    /// <returns>The version offered now; <c>null</c> if none is left.</returns>
    public string? Withdraw(string version)
    {
        _entries.RemoveAll(entry => entry.Package.Version == version);
        return Current;
    }

    private void Add(IReadOnlyList<PoolPackage> files, int phasedPercentage, Func<long> nextSequence)
    {
        var listed = _entries.Select(entry => entry.Package.Id).ToHashSet();
        _entries.AddRange(
            files
                .Where(file => !listed.Contains(file.Id))
                .Select(file => new SuiteEntry
                {
                    Suite = suite,
                    PackageId = file.Id,
                    Package = file,
                    Sequence = nextSequence(),
                    PhasedPercentage = phasedPercentage,
                })
        );
    }

    private static DebianVersion VersionOf(PoolPackage package) => DebianVersion.Parse(package.Version);

    private static DebianVersion VersionOf(SuiteEntry entry) => VersionOf(entry.Package);

    private IEnumerable<DebianVersion> Versions() => _entries.Select(VersionOf).Distinct();

    private string? NewestBelow(DebianVersion version) =>
        Versions().Where(listed => listed.CompareTo(version) < 0).Max()?.ToString();
}
