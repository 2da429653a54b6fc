using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Terminal;

namespace Canary.Cli.Repo.Import;

/// <summary><c>canary repo import DIR</c>: takes over the repository that hosts have had so far.</summary>
internal static class ImportCommand
{
    public static CliCommand Create(CliContext cli)
    {
        var directory = new Argument<string>("DIR")
        {
            Description = "What the web server of the other repository serves: it has dists and pool.",
        };
        var application = new Option<string?>("--application")
        {
            Description = "The application that all packages belong to; default: each to the one of its own name.",
            HelpName = "NAME",
        };
        var owners = new Option<string[]>("--owner")
        {
            Description = "The application that one package belongs to.",
            HelpName = "PACKAGE=APPLICATION",
        };
        var suites = new Option<string[]>("--suite", "-s")
        {
            Description =
                "A suite there, and the one here that shall list what it lists; default: those of the same name, or the only one there for all here.",
            HelpName = "THEIRS=OURS",
        };
        var keyring = new Option<string?>("--keyring")
        {
            Description = "Take only what a key of this file has signed.",
            HelpName = "FILE",
        };
        var poolOnly = new Option<bool>("--pool-only")
        {
            Description =
                "Do not let a suite list it: it waits for 'canary deploy APP FILE.deb', and goes after repository-publisher.pool-retention.",
        };
        var skipRefused = new Option<bool>("--skip-refused")
        {
            Description = "Import the rest when some packages cannot be taken.",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would come of it, and change nothing." };
        return new CliCommand(
            "import",
            "Take over a repository that reprepro, aptly or freight made: its packages into the pool, and its suites as they are. What is there already stays as it "
                + "is, so it can be repeated. Exit code 1 if a package was refused."
        )
        {
            Arguments = { directory },
            Options = { application, owners, suites, keyring, poolOnly, skipRefused, dryRun },
            Examples =
            [
                "canary repo import /srv/reprepro --keyring old.gpg --dry-run",
                "canary repo import /srv/reprepro --suite bookworm=production",
                "canary repo import /var/cache/freight --owner shop-worker=shop",
                "canary repo import ~/.aptly/public --dry-run --json | jq '.files[]'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var root = Path.GetFullPath(session.Value(directory), session.Environment.WorkingDirectory);
                var foreign = await ForeignRepository.ReadAsync(root, session.Value(keyring), cancellation);
                var ours = (await session.Client.ListPackagesAsync(null, cancellation)).Suites;
                var chosen = SuiteChoice.Of(
                    [.. foreign.Select(suite => suite.Name)],
                    ours,
                    session.Value(suites) ?? []
                );
                var taken = foreign.Where(suite => chosen.ContainsKey(suite.Name)).ToList();
                var owned = OwnersOf(session.Value(owners) ?? []);
                var all = session.Value(application);
                string OwnerOf(string package) => owned.GetValueOrDefault(package) ?? all ?? package;

                var importer = new Importer(session.Client, session.Environment.UserName, OwnerOf);
                var files = await importer.PlanAsync(taken.SelectMany(suite => suite.Packages), cancellation);
                var isDry = session.Value(dryRun);
                var stops = files.Any(file => file.IsRefused) && !session.Value(skipRefused);
                IReadOnlyList<ListingOutcome> listings = [];
                if (!isDry && !stops)
                {
                    files = await SendAsync(importer, files, cancellation);
                    listings = session.Value(poolOnly)
                        ? []
                        : await importer.ListAsync(ListingsOf(taken, chosen, files), cancellation);
                }

                Show(
                    session.Screen,
                    new Output.RepositoryImport(
                        isDry || stops,
                        [
                            .. taken.Select(suite => new Output.ImportedSuite(
                                suite.Name,
                                chosen[suite.Name],
                                suite.Fingerprints
                            )),
                        ],
                        [.. files.Select(Describe)],
                        listings
                    )
                );
                var refused = files.Count(file => file.IsRefused);
                if (refused > 0 && !session.Screen.Json)
                {
                    throw new CliException(
                        ExitCodes.ReleaseFailed,
                        CliCodes.ImportRefused,
                        stops && !isDry
                            ? $"{refused} of {files.Count} files cannot be taken, so none was."
                            : $"{refused} of {files.Count} files cannot be taken.",
                        "The table says which and why; correct that, or import the rest with --skip-refused."
                    );
                }

                return refused == 0 && listings.All(listing => listing.Failure is null)
                    ? ExitCodes.Ok
                    : ExitCodes.ReleaseFailed;
            }
        );
    }

    private static async Task<IReadOnlyList<ImportedFile>> SendAsync(
        Importer importer,
        IReadOnlyList<ImportedFile> files,
        CancellationToken cancellation
    )
    {
        var sent = new List<ImportedFile>();
        foreach (var file in files)
        {
            sent.Add(
                file is { State: ImportStates.New, IsRefused: false }
                    ? await importer.SendAsync(file, cancellation)
                    : file
            );
        }

        return sent;
    }

    private static Dictionary<string, string> OwnersOf(IEnumerable<string> said)
    {
        var owners = new Dictionary<string, string>();
        foreach (var owner in said)
        {
            if (owner.Split('=', 2) is not [{ Length: > 0 } package, { Length: > 0 } application])
            {
                throw CliException.Usage(
                    CliCodes.Usage,
                    $"'{owner}' names no owner of a package.",
                    "Write --owner PACKAGE=APPLICATION."
                );
            }

            owners[package] = application;
        }

        return owners;
    }

    /// <summary>What each suite here shall list: what those there list that become it, as far as it was taken.</summary>
    private static IEnumerable<ForeignListing> ListingsOf(
        IReadOnlyList<ForeignSuite> taken,
        IReadOnlyDictionary<string, IReadOnlyList<string>> chosen,
        IReadOnlyList<ImportedFile> files
    )
    {
        var owners = files
            .Where(file => !file.IsRefused)
            .ToDictionary(file => file.Package.Sha256, file => file.Application);
        return taken
            .SelectMany(suite =>
                chosen[suite.Name].SelectMany(ours => suite.Packages.Select(package => (ours, package)))
            )
            .Where(it => owners.ContainsKey(it.package.Sha256))
            .GroupBy(it => (it.ours, it.package.Name))
            .Select(group => new ForeignListing
            {
                Suite = group.Key.ours,
                Package = group.Key.Name,
                Application = owners[group.First().package.Sha256],
                Versions = [.. group.Select(it => it.package.Version).Distinct()],
            });
    }

    private static Output.ImportedPackage Describe(ImportedFile file) =>
        new()
        {
            Package = file.Package.Name,
            Version = file.Package.Version,
            Architecture = file.Package.Architecture,
            Application = file.Application,
            Sha256 = file.Package.Sha256,
            Size = file.Package.Size,
            State = file.IsRefused ? "refused" : file.State,
            Failure = file.Failure,
        };

    private static void Show(Screen screen, Output.RepositoryImport import)
    {
        if (screen.Json)
        {
            screen.Document(import, json => json.RepositoryImport);
            return;
        }

        foreach (var suite in import.Suites)
        {
            var signed =
                suite.Fingerprints.Count > 0
                    ? $"signed by {string.Join(", ", suite.Fingerprints)}"
                    : "its signature was not verified (--keyring)";
            screen.Line($"{suite.Name} becomes {string.Join(" and ", suite.Becomes)}; {signed}.");
        }

        screen.Gap();
        screen.Listing(
            ["package", "application", "new", "there", "refused"],
            import.Files.GroupBy(file => (file.Package, file.Application)).Select(group => Row(group.Key, [.. group])),
            empty: "There is nothing to import."
        );
        var refused = import.Files.Where(file => file.Failure is not null).ToList();
        if (refused.Count > 0)
        {
            screen.Gap();
            screen.Listing(
                ["refused", "version", "architecture", "why"],
                refused.Select(file =>
                    new[]
                    {
                        file.Package,
                        file.Version,
                        file.Architecture,
                        $"{Words.Printable(file.Failure!.Message)} ({file.Failure.Code})",
                    }
                ),
                empty: ""
            );
        }

        if (import.Listings.Count > 0)
        {
            screen.Gap();
            screen.Listing(
                ["suite", "package", "listing", "offers"],
                import.Listings.Select(listing =>
                    new[]
                    {
                        listing.Suite,
                        listing.Package,
                        listing.Failure is { } failure ? Words.Printable(failure.Message)
                        : listing.State == "kept" ? "kept: a release decides here"
                        : listing.State,
                        listing.Offered ?? "",
                    }
                ),
                empty: ""
            );
        }

        screen.Note(Summary(import));
    }

    private static string[] Row(
        (string Package, string Application) named,
        IReadOnlyList<Output.ImportedPackage> files
    ) =>
        [
            named.Package,
            named.Application,
            $"{files.Count(file => file.State is ImportStates.New or ImportStates.Imported)}",
            $"{files.Count(file => file.State == "present")}",
            $"{files.Count(file => file.State == "refused")}",
        ];

    private static string Summary(Output.RepositoryImport import)
    {
        var coming = import.Files.Where(file => file.State is ImportStates.New or ImportStates.Imported).ToList();
        var size = Words.Size(coming.Sum(file => file.Size));
        return import.DryRun
            ? $"{coming.Count} files ({size}) would be imported; nothing was changed."
            : $"{coming.Count} files ({size}) were imported.";
    }
}
