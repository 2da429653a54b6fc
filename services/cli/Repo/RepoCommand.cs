using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Repo.Import;
using Canary.Cli.Terminal;

namespace Canary.Cli.Repo;

/// <summary><c>canary repo …</c>: the package repository, for those who run it.</summary>
internal static class RepoCommand
{
    public static CliCommand Create(CliContext cli) =>
        new("repo", "Look at the package repository, check it, tidy it up, and replace the key that signs it.")
        {
            CreateList(cli),
            CreateShow(cli),
            CreateVerify(cli),
            CreateGc(cli),
            ImportCommand.Create(cli),
            KeysCommand.Create(cli),
        };

    private static CliCommand CreateList(CliContext cli)
    {
        var suite = new Option<string?>("--suite", "-s")
        {
            Description = "Only packages that this suite lists.",
            HelpName = "SUITE",
        };
        suite.CompletionSources.Add(context => LiveCompletions.Suites(cli, context));
        return new CliCommand(
            "list",
            "List the packages of the repository: whose they are, and what each suite offers."
        )
        {
            Options = { suite },
            Examples =
            [
                "canary repo list",
                "canary repo list --suite production",
                "canary repo list --json | jq -r '.packages[] | [.name, .size] | @tsv'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var list = await session.Client.ListPackagesAsync(session.Value(suite), cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(list, json => json.PackageList);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    [
                        "package",
                        new("application", Spare: 1),
                        "versions",
                        "size",
                        .. list.Suites.Select(name => new Column(name)),
                    ],
                    list.Packages.Select(package => Row(package, list.Suites)),
                    empty: "Nothing is published yet."
                );
                if (list.Packages.Count > 0)
                {
                    session.Screen.Note($"{list.Files} files, {Words.Size(list.Size)}, in the whole repository.");
                }

                return ExitCodes.Ok;
            }
        );
    }

    private static string[] Row(ListedPackage package, IReadOnlyList<string> suites) =>
        [
            package.Name,
            package.Application ?? "",
            $"{package.Versions}",
            Words.Size(package.Size),
            .. suites.Select(suite => package.Offered.FirstOrDefault(offer => offer.Suite == suite)?.Version ?? ""),
        ];

    private static CliCommand CreateShow(CliContext cli)
    {
        var package = new Argument<string>("PACKAGE") { Description = "Name of the package." };
        package.CompletionSources.Add(context => LiveCompletions.Packages(cli, context));
        var version = new Argument<string?>("VERSION")
        {
            Description = "Only this version, with its paragraph in the index.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new CliCommand(
            "show",
            "Show the versions of a package: which release made each of which commit, which suites list it, which hosts have it."
        )
        {
            Arguments = { package, version },
            Examples =
            [
                "canary repo show shop",
                "canary repo show shop 1.4.2",
                "canary repo show shop --json | jq '.files[0].commit'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var details = await session.Client.GetPackageAsync(
                    session.Value(package),
                    session.Value(version),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(details, json => json.PackageDetails);
                    return ExitCodes.Ok;
                }

                session.Screen.Line($"{details.Name} of {details.Application ?? "nobody that is known"}");
                if (session.Value(version) is not null)
                {
                    foreach (var file in details.Files)
                    {
                        Describe(session.Screen, file);
                    }

                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    [
                        "version",
                        "architecture",
                        new("published", Spare: 2),
                        new("size", Spare: 3),
                        "suites",
                        new("release", Spare: 1),
                        new("commit", Spare: 1),
                        "hosts",
                    ],
                    details.Files.Select(file => Row(file, session.Time)),
                    empty: "It has no files."
                );
                return ExitCodes.Ok;
            }
        );
    }

    private static string[] Row(PackageFile file, TimeProvider time) =>
        [
            file.Version,
            file.Architecture,
            Words.Ago(file.PublishedAt, time),
            Words.Size(file.Size),
            SuitesOf(file),
            file.ReleaseId?.Short() ?? "",
            file.Commit is { } commit ? States.ShortCommit(commit) : "",
            $"{file.Hosts.Count}",
        ];

    private static void Describe(Screen screen, PackageFile file)
    {
        screen.Line();
        foreach (
            var (name, value) in new (string, string?)[]
            {
                ("suites", SuitesOf(file)),
                ("release", file.ReleaseId?.ToString()),
                ("repository", file.Repository),
                ("commit", file.Commit),
                ("hosts", string.Join(", ", file.Hosts)),
                ("bill", file.Sbom),
                ("published", $"{file.PublishedAt:u}"),
                (
                    "kept",
                    file.IsKept ? "yes: a host has it or may be rolled back to it" : "only while a suite lists it"
                ),
            }
        )
        {
            if (!string.IsNullOrEmpty(value))
            {
                screen.Line($"{name + ":", -12}{Words.Printable(value)}");
            }
        }

        screen.Line();
        foreach (var line in file.Stanza.TrimEnd('\n').Split('\n'))
        {
            screen.Line(Words.Printable(line));
        }
    }

    private static string SuitesOf(PackageFile file) =>
        string.Join(
            ", ",
            file.Suites.Select(listing =>
                listing switch
                {
                    { IsOffered: false } => $"({listing.Suite})",
                    { PhasedPercentage: < 100 } => $"{listing.Suite} {listing.PhasedPercentage}%",
                    _ => listing.Suite,
                }
            )
        );

    private static CliCommand CreateVerify(CliContext cli)
    {
        var quick = new Option<bool>("--quick")
        {
            Description = "Look at the sizes of the packages only, and do not read them.",
        };
        return new CliCommand(
            "verify",
            "Read every signature, index and package of the repository and compare them with the database. Exit code 1 if something is "
                + "wrong."
        )
        {
            Options = { quick },
            Examples =
            [
                "canary repo verify",
                "canary repo verify --quick",
                "canary repo verify --json | jq '.faults[]'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var found = await session.Client.VerifyRepositoryAsync(session.Value(quick), cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(found, json => json.RepositoryVerification);
                }
                else
                {
                    Show(session.Screen, found);
                }

                return found.FaultCount == 0 ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
            }
        );
    }

    private static void Show(Screen screen, RepositoryVerification found)
    {
        foreach (var fault in found.Faults)
        {
            screen.Line($"{fault.Code}: {Words.Printable(fault.Message)}");
            screen.Line($"  {fault.Remedy}");
        }

        if (found.FaultCount > found.Faults.Count)
        {
            screen.Note($"{found.FaultCount - found.Faults.Count} more are not shown.");
        }

        var read =
            $"{found.Suites} suites, {found.Indexes} indexes, {found.Files} packages ({Words.Size(found.Size)} read)";
        screen.Line(
            found.FaultCount == 0
                ? $"All is well: {read}."
                : $"{found.FaultCount} {(found.FaultCount == 1 ? "fault" : "faults")} in {read}."
        );
    }

    private static CliCommand CreateGc(CliContext cli)
    {
        var remove = new Option<bool>("--remove")
        {
            Description = "Remove what is listed. Without it nothing changes.",
        };
        return new CliCommand(
            "gc",
            "List the packages that no suite has listed for longer than repository-publisher.pool-retention and that no host has or may be "
                + "rolled back to, and files that belong to no package; with --remove they go. The server removes such packages by itself."
        )
        {
            Options = { remove },
            Examples = ["canary repo gc", "canary repo gc --remove", "canary repo gc --json | jq .size"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var found = session.Value(remove)
                    ? await session.Client.RemoveUnneededFilesAsync(session.Environment.UserName, cancellation)
                    : await session.Client.ListUnneededFilesAsync(cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(found, json => json.UnneededFiles);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    ["file", "size", "not listed since"],
                    found.Files.Select(file =>
                        new[]
                        {
                            file.FileName,
                            Words.Size(file.Size),
                            file.Package is null
                                ? "belongs to no package"
                                : Words.Ago(file.UnlistedSince, session.Time),
                        }
                    ),
                    empty: "There is nothing to remove."
                );
                if (found.Files.Count > 0)
                {
                    session.Screen.Note(
                        found.IsRemoved
                            ? $"{Words.Size(found.Size)} are free again."
                            : $"{Words.Size(found.Size)} can go: canary repo gc --remove."
                    );
                }

                return ExitCodes.Ok;
            }
        );
    }
}
