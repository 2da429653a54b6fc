using System.Text;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Uploads;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Import;

/// <summary>Takes over what another repository has. Each step changes nothing when it is repeated.</summary>
internal sealed class RepositoryImport(
    RepositoryStore store,
    PackagePool pool,
    PackageUploads uploads,
    PackageAdmission admission,
    NameOwnership names,
    SuiteWriter suites,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time
)
{
    public const string New = "new";
    public const string Present = "present";
    public const string Refused = "refused";
    public const string Listed = "listed";
    public const string Unchanged = "unchanged";
    public const string Kept = "kept";

    /// <summary>Says what would come of files. Nothing is claimed.</summary>
    public async Task<ImportPlan> PlanAsync(IReadOnlyList<ForeignFile> files, CancellationToken cancellationToken)
    {
        var planned = new List<PlannedFile>();
        foreach (var file in files)
        {
            try
            {
                planned.Add(
                    new PlannedFile(file.Sha256, await JudgeAsync(file, cancellationToken) ? Present : New, null)
                );
            }
            catch (CanaryException fault)
            {
                planned.Add(new PlannedFile(file.Sha256, Refused, fault.ToFailure()));
            }
        }

        return new ImportPlan(planned);
    }

    /// <summary>Takes one file into the pool.</summary>
    /// <exception cref="CanaryException">It is not what the index said, or the repository does not take it.</exception>
    public async Task TakeInAsync(ForeignFile file, Stream content, CancellationToken cancellationToken)
    {
        if (!await JudgeAsync(file, cancellationToken) && uploads.Find(file.Sha256) is null)
        {
            await uploads.StoreAsync(file.Sha256, content, cancellationToken);
        }

        await pool.TakeInAsync(
            new Publication(file.Application, Repository: null, IsConfigured: false),
            ReferenceTo(file),
            cancellationToken
        );
    }

    /// <summary>Lists packages as another repository did, unless a release of this server has decided otherwise.</summary>
    public async Task<ListingAnswer> ListAsync(
        IReadOnlyList<ForeignListing> listings,
        CancellationToken cancellationToken
    )
    {
        // Those that are asked for together share a generation.
        var requests = new List<(ForeignListing Listing, SuiteRequest? Request, ListingOutcome? Known)>();
        foreach (var listing in listings)
        {
            var known = await KnownAsync(listing, cancellationToken);
            requests.Add((listing, known is null ? RequestFor(listing) : null, known));
        }

        return new ListingAnswer(
            await Task.WhenAll(
                requests.Select(async it => it.Known ?? await ApplyAsync(it.Listing, it.Request!, cancellationToken))
            )
        );
    }

    private async Task<ListingOutcome> ApplyAsync(
        ForeignListing listing,
        SuiteRequest request,
        CancellationToken cancellationToken
    ) =>
        await suites.ApplyAsync(request, cancellationToken) switch
        {
            VersionWithdrawn done => Outcome(listing, Listed, done.CurrentVersion),
            ListingKept kept => Outcome(listing, Kept, kept.Offered),
            AdvertisingFailed failed => Outcome(listing, Refused, offered: null) with { Failure = failed.Failure },
            var other => throw new InvalidOperationException($"{other.GetType()} answers no listing."),
        };

    /// <returns>What is so already; <c>null</c>: the listing has to be made.</returns>
    private async Task<ListingOutcome?> KnownAsync(ForeignListing listing, CancellationToken cancellationToken)
    {
        try
        {
            await names.CheckAsync(store, listing.Application, listing.Package);
        }
        catch (CanaryException fault)
        {
            return Outcome(listing, Refused, offered: null) with { Failure = fault.ToFailure() };
        }

        var entries = await store
            .Entries.AsNoTracking()
            .Include(it => it.Package)
            .Where(it => it.Suite == listing.Suite && it.Package.Name == listing.Package)
            .ToListAsync(cancellationToken);
        var listed = entries.Select(entry => entry.Package.Version).Distinct().ToList();
        var offered = new PackageListing(listing.Suite, entries).Current;
        if (await SuiteBatch.IsDecidedAsync(store, listing.Suite, listing.Package) || WouldGoBack(listing, offered))
        {
            return Outcome(listing, Kept, offered);
        }

        var published = await store
            .Packages.AsNoTracking()
            .Where(it => it.Name == listing.Package)
            .Select(it => it.Version)
            .Distinct()
            .ToListAsync(cancellationToken);
        var wanted = Newest(listing).Where(published.Contains).ToList();
        return wanted.Count == 0 || wanted.Order().SequenceEqual(listed.Order())
            ? Outcome(listing, Unchanged, offered)
            : null;
    }

    private static bool WouldGoBack(ForeignListing listing, string? offered) =>
        offered is not null
        && DebianVersion.TryParse(offered) is { } ours
        && !listing.Versions.Any(version =>
            DebianVersion.TryParse(version) is { } theirs && theirs.CompareTo(ours) >= 0
        );

    private SuiteRequest RequestFor(ForeignListing listing) =>
        SuiteRequest.Listing(
            listing.Application,
            listing.Suite,
            listing.Package,
            [.. Newest(listing).Select(version => new ListedVersion(listing.Package, version))]
        );

    /// <summary>As many as a suite keeps, the one to offer first.</summary>
    private IEnumerable<string> Newest(ForeignListing listing) =>
        listing
            .Versions.Distinct()
            .Where(version => DebianVersion.TryParse(version) is not null)
            .OrderByDescending(version => DebianVersion.TryParse(version))
            .Take(1 + options.Value.RetainedVersions);

    private static ListingOutcome Outcome(ForeignListing listing, string state, string? offered) =>
        new()
        {
            Suite = listing.Suite,
            Package = listing.Package,
            State = state,
            Offered = offered,
        };

    /// <returns>Whether the pool has it.</returns>
    /// <exception cref="CanaryException">The repository would not take it.</exception>
    private async Task<bool> JudgeAsync(ForeignFile file, CancellationToken cancellationToken)
    {
        await names.CheckAsync(store, file.Application, file.Package);
        var package = DebFile.From(ControlParagraph.Parse(Encoding.UTF8.GetBytes(ControlOf(file))));
        admission.Check(package);
        return await pool.HasAsync(
            store,
            PoolPackage.From(package, file.Sha256, file.Size, time.GetUtcNow()),
            cancellationToken
        );
    }

    /// <summary>What the index says of a package, as its control file will say it.</summary>
    private static string ControlOf(ForeignFile file) =>
        file.Package.Concat(file.Version).Concat(file.Architecture).Any(char.IsControl)
            ? throw InvalidPackage.Because("its name, version or architecture has a control character")
            : $"Package: {file.Package}\nVersion: {file.Version}\nArchitecture: {file.Architecture}\n";

    private static PackageReference ReferenceTo(ForeignFile file) =>
        new()
        {
            Name = file.Package,
            Version = file.Version,
            Architecture = file.Architecture,
            Sha256 = file.Sha256,
            Size = file.Size,
        };
}
