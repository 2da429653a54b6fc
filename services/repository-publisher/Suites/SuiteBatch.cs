using Canary.Contracts.Publishing;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Pool;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>Works out what some requests change, of which no two may concern the same package in the same suite.
/// Nothing takes effect before the store is saved.</summary>
internal sealed class SuiteBatch(
    RepositoryStore store,
    NameOwnership names,
    RepositoryPublisherOptions options,
    DateTimeOffset now
)
{
    private readonly List<Listing> _listings = [];
    private readonly Dictionary<string, long> _nextSequences = [];

    /// <summary>Works one request out.</summary>
    /// <returns>The event that answers it once the batch is saved.</returns>
    public async Task<object> AddAsync(SuiteRequest request)
    {
        if (await store.Requests.FindAsync(request.RequestId) is { } answered)
        {
            return answered.ToAnswer(request.Application);
        }

        if (request.IsListing && await IsDecidedAsync(store, request.Suite, request.Package))
        {
            return new ListingKept((await ListingAsync(request.Suite, request.Package)).Current);
        }

        try
        {
            Check(request);
            request.OtherVersion = request.PhasedPercentage is { } percentage
                ? await AdvertiseAsync(request, percentage)
                : await WithdrawAsync(request);
        }
        catch (CanaryException e)
        {
            return request.ToFailure(e);
        }

        request.AnsweredAt = now;
        store.Requests.Add(request);
        return request.ToAnswer(request.Application);
    }

    /// <summary>Hands the changed entries to the store.</summary>
    /// <returns>The changes by suite, without the suites that stay as they are.</returns>
    public IReadOnlyDictionary<string, SuiteChange> Complete()
    {
        var removed = new List<SuiteEntry>();
        var added = new List<SuiteEntry>();
        var changed = new List<SuiteEntry>();
        foreach (var (before, after) in _listings)
        {
            removed.AddRange(before.Keys.Except(after.Entries));
            added.AddRange(after.Entries.Except(before.Keys));
            changed.AddRange(
                before.Keys.Intersect(after.Entries).Where(entry => entry.PhasedPercentage != before[entry])
            );
        }

        store.Entries.RemoveRange(removed);
        store.Entries.AddRange(added);
        var leaving = removed.Concat(changed).ToLookup(entry => entry.Suite);
        var coming = added.Concat(changed).ToLookup(entry => entry.Suite);
        return leaving
            .Select(group => group.Key)
            .Union(coming.Select(group => group.Key))
            .ToDictionary(suite => suite, suite => new SuiteChange([.. leaving[suite]], [.. coming[suite]]));
    }

    private void Check(SuiteRequest request)
    {
        if (!options.EffectiveSuites.Contains(request.Suite))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.SuiteUnknown,
                $"The repository has no suite '{request.Suite}'.",
                $"Add it to the option 'repository-publisher: suites', which now holds "
                    + $"{string.Join(", ", options.EffectiveSuites)}, or correct the channel's suite."
            );
        }

        if (request.PhasedPercentage is < 0 or > 100)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.PhaseOutOfRange,
                $"A phased percentage of {request.PhasedPercentage} was asked for.",
                "It is a share of machines, from 0 to 100."
            );
        }
    }

    private async Task<string?> AdvertiseAsync(SuiteRequest request, int percentage)
    {
        if (await IsWithdrawnAsync(request))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.VersionWithdrawn,
                $"The rollout has withdrawn {request.Package} {request.Version} from the suite '{request.Suite}' already.",
                "Make a new commit; a version that was taken back does not come again."
            );
        }

        await names.CheckAsync(store, request.Application, request.Package);
        var files = await FilesOfAsync(new ListedVersion(request.Package, request.Version));
        if (files.Count == 0)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.VersionNotPublished,
                $"The repository's pool has no {request.Package} {request.Version}.",
                $"If the package was removed since it was published, {Remedies.ReleaseAgain}."
            );
        }

        var listing = await ListingAsync(request.Suite, request.Package);
        var next = await NextSequenceAsync(request.Suite);
        var previous = listing.Advertise(files, percentage, options.RetainedVersions, () => next++);
        _nextSequences[request.Suite] = next;
        return previous;
    }

    /// <summary>Takes the version out and lists those again that hosts go back to. The first is what the suite offers then; one
    /// that sorts higher could not be listed without being offered.</summary>
    private async Task<string?> WithdrawAsync(SuiteRequest request)
    {
        var listings = new Dictionary<string, PackageListing>(StringComparer.Ordinal);
        foreach (var package in request.Packages)
        {
            listings[package] = await ListingAsync(request.Suite, package);
        }

        listings[request.Package].Withdraw(request.Version);
        var next = await NextSequenceAsync(request.Suite);
        var restored = new List<ListedVersion>();
        foreach (var version in request.Restores)
        {
            var files = await FilesOfAsync(version);
            if (files.Count > 0 && listings[version.Package].TryRestore(files, restored.Count == 0, () => next++))
            {
                restored.Add(version);
            }
        }

        _nextSequences[request.Suite] = next;
        request.Restores = restored;
        return listings[request.Package].Current;
    }

    private Task<List<PoolPackage>> FilesOfAsync(ListedVersion version) =>
        store
            .Packages.Where(it => it.Name == version.Package && it.Version == version.Version)
            .OrderBy(it => it.Architecture)
            .ToListAsync();

    /// <summary>Whether a release has decided what a suite lists of a package.</summary>
    public static Task<bool> IsDecidedAsync(RepositoryStore store, string suite, string package) =>
        store.Requests.AnyAsync(it => it.Suite == suite && it.Package == package && it.Version.Length > 0);

    private Task<bool> IsWithdrawnAsync(SuiteRequest request) =>
        store.Requests.AnyAsync(it =>
            it.RolloutId == request.RolloutId
            && it.Suite == request.Suite
            && it.Package == request.Package
            && it.Version == request.Version
            && it.PhasedPercentage == null
        );

    private async Task<PackageListing> ListingAsync(string suite, string package)
    {
        // Asked the other way round, by entries of the suite with this name, SQLite would read them all.
        var versions = store.Packages.Where(it => it.Name == package).Select(it => it.Id);
        var entries = await store
            .Entries.Include(it => it.Package)
            .Where(it => it.Suite == suite && versions.Contains(it.PackageId))
            .ToListAsync();
        var listing = new PackageListing(suite, entries);
        _listings.Add(new Listing(entries.ToDictionary(entry => entry, entry => entry.PhasedPercentage), listing));
        return listing;
    }

    private async Task<long> NextSequenceAsync(string suite) =>
        _nextSequences.TryGetValue(suite, out var next)
            ? next
            : 1 + (await store.Entries.Where(it => it.Suite == suite).MaxAsync(it => (long?)it.Sequence) ?? 0);

    /// <summary>The versions of a package as they were, with their percentages, and as they shall be.</summary>
    private sealed record Listing(IReadOnlyDictionary<SuiteEntry, int> Before, PackageListing Now);
}
