using System.Globalization;
using System.Security.Cryptography;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>Collects what the scripts of one build made for its package.</summary>
internal sealed class OutputCollection(OutputPlan plan, BuildOutputOptions options)
{
    /// <summary>Files that a build may leave besides, without anybody minding.</summary>
    public const int MostLooked = 500_000;

    private readonly List<BuiltFile> _included = [];

    private readonly Dictionary<ulong, int> _names = [];

    private readonly LeftFiles _left = new(plan.Commit);

    private bool _hasMatches;

    private int _built;

    /// <summary>Files that are looked at where some are for the package: enough for all that may be, and others.</summary>
    public static int MostOf(BuildOutputOptions options) => Math.Max(MostLooked, 2 * options.Files);

    /// <summary>Makes the archive.</summary>
    /// <exception cref="CanaryException">What is included cannot be in a package, or there is nothing.</exception>
    public async Task<CollectedOutput> CollectAsync(IBuildFiles files, ShippedLog log, CancellationToken cancellation)
    {
        if (!plan.IsWanted)
        {
            return new CollectedOutput(null, await LookAsync(files, cancellation));
        }

        var most = MostOf(options);
        if (!await BuiltFile.ListAsync(files, most, Add, cancellation))
        {
            throw TooMany($"more than {most} files");
        }

        _included.ForEach(Check);
        CheckSize();
        var output = await PackAsync(files, cancellation);
        await TellAsync(output, log);
        return new CollectedOutput(output, _left.Told);
    }

    /// <summary>Nobody needs it but for a hint, so nothing fails for it.</summary>
    private async Task<BuildLeftovers?> LookAsync(IBuildFiles files, CancellationToken cancellation)
    {
        try
        {
            return await BuiltFile.ListAsync(files, MostLooked, Add, cancellation) ? _left.Told : null;
        }
        catch (CanaryException)
        {
            // The scripts have passed. A build host of an earlier version does not even know the question.
            return null;
        }
    }

    private void Add(BuiltFile file)
    {
        if (file.Links > 1)
        {
            _names[file.Inode] = _names.GetValueOrDefault(file.Inode) + 1;
        }

        if (!plan.IsWanted || !plan.Include.Matches(file.Path))
        {
            if (file.Kind == BuiltKind.Unreadable && plan.IsWanted)
            {
                throw FilesAnswer.Unreadable($"the directory {file.Path} may not be read");
            }

            if (!plan.Commit.Has(file.Path))
            {
                _left.Add(file);
            }

            return;
        }

        _hasMatches = true;
        if (plan.Commit.MayBeUnchanged(file) && !file.IsFile)
        {
            return;
        }

        if (!plan.Commit.MayBeUnchanged(file))
        {
            CountBuilt();
        }

        _included.Add(file);
    }

    private void CountBuilt()
    {
        if (++_built > options.Files)
        {
            throw TooMany($"more than the {options.Files} files that are allowed");
        }
    }

    private void Check(BuiltFile file)
    {
        if (file.FaultOfName is { } fault)
        {
            throw Refused(file, $"has a name that {fault}", "Let the build give it another name");
        }

        switch (file.Kind)
        {
            case BuiltKind.Special:
                throw Refused(
                    file,
                    "is a device, named pipe or socket; a package holds files and symbolic links",
                    "Let the build remove it"
                );
            case BuiltKind.Unreadable:
                throw FilesAnswer.Unreadable($"the directory {file.Path} may not be read");
            case BuiltKind.File or BuiltKind.Executable when file.Links > 1 && _names[file.Inode] < file.Links:
                throw Refused(
                    file,
                    "is a hard link to a file outside of the build's files",
                    "Let the build copy it (pnpm: package-import-method=copy)"
                );
        }
    }

    private void CheckSize()
    {
        var total = 0L;
        foreach (var file in _included)
        {
            // What a file says of itself may be as large as a number can be.
            if (file.Size > options.Limit || (total += file.Size) > options.Limit)
            {
                throw new CanaryException(
                    CiCoordinatorCodes.BuildOutputTooLarge,
                    $"What package.include takes has more than the {options.Limit} bytes that are allowed; {Largest()}.",
                    "Let package.include in canary.yml take less (npm: npm prune --omit=dev), or raise "
                        + "ci-coordinator.builds.output.limit."
                );
            }
        }
    }

    private string Largest()
    {
        var largest = _included.MaxBy(file => file.Size)!;
        return $"the largest file is {ShownText.Of(largest.Path)} with {largest.Size}";
    }

    private async Task<BuildOutput> PackAsync(IBuildFiles files, CancellationToken cancellation)
    {
        _included.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        if (!_hasMatches)
        {
            throw new CanaryException(
                CiCoordinatorCodes.BuildOutputEmpty,
                $"The build left nothing that package.include takes: {string.Join(", ", plan.Patterns.Select(ShownText.Of))}.",
                "Correct the patterns in canary.yml: they begin at the repository's root, as in `dist/**`; or let the scripts make "
                    + "these files."
            );
        }

        await using var archive = new OutputArchive(plan.Archive);
        var links = new Queue<BuiltFile>(_included.Where(file => file.Kind == BuiltKind.Link));
        await PackedFiles.ReadAsync(
            files,
            [.. _included.Where(file => file.IsFile)],
            async (file, content) =>
            {
                await AddLinksAsync(link => string.CompareOrdinal(link.Path, file.Path) < 0);
                await AddAsync(archive, file, content, cancellation);
            },
            cancellation
        );
        await AddLinksAsync(_ => true);
        return await archive.FinishAsync(cancellation);

        async Task AddLinksAsync(Func<BuiltFile, bool> isNext)
        {
            while (links.TryPeek(out var link) && isNext(link))
            {
                await archive.AddLinkAsync(links.Dequeue(), cancellation);
            }
        }
    }

    /// <summary>What is as the commit has it was not built.</summary>
    private async Task AddAsync(OutputArchive archive, BuiltFile file, Stream content, CancellationToken cancellation)
    {
        if (!plan.Commit.MayBeUnchanged(file))
        {
            await archive.AddFileAsync(file, content, cancellation);
            return;
        }

        await using var draft = new FileStream(
            $"{plan.Archive}.draft",
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            }
        );
        await content.CopyToAsync(draft, cancellation);
        draft.Position = 0;
        if (!plan.Commit.HasContent(file.Path, await SHA256.HashDataAsync(draft, cancellation)))
        {
            draft.Position = 0;
            CountBuilt();
            await archive.AddFileAsync(file, draft, cancellation);
        }
    }

    private async Task TellAsync(BuildOutput output, ShippedLog log)
    {
        foreach (var pattern in plan.Patterns)
        {
            var globs = new PathGlobs([pattern]);
            if (!_included.Exists(file => globs.Matches(file.Path)))
            {
                await log.HeadingAsync($"Nothing new is of {ShownText.Of(pattern)}");
            }
        }

        await log.HeadingAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{output.Files} files for the package, {output.ContentSize} bytes ({output.Size} packed), SHA-256 {output.Sha256}"
            )
        );
    }

    private static CanaryException Refused(BuiltFile file, string fault, string remedy) =>
        new(
            CiCoordinatorCodes.BuildOutputUnsupported,
            $"{ShownText.Of(file.Path)}, which the build made and package.include takes, {fault}.",
            $"{remedy}, or make the patterns of package.include in canary.yml narrower."
        );

    private static CanaryException TooMany(string what) =>
        new(
            CiCoordinatorCodes.BuildOutputTooLarge,
            $"The build left {what}.",
            "Let package.include in canary.yml take less, remove what is not needed in script/cibuild, or raise "
                + "ci-coordinator.builds.output.files."
        );
}

/// <summary>What was found in the files of a build.</summary>
/// <param name="Output">What its package shall hold; <c>null</c>: nothing was asked for.</param>
/// <param name="Left">What it left besides.</param>
internal sealed record CollectedOutput(BuildOutput? Output, BuildLeftovers? Left);
