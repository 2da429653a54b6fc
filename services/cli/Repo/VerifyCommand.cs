using System.CommandLine;
using System.Globalization;
using Canary.Cli.Api;
using Canary.Cli.Packages;
using Canary.Cli.Terminal;

namespace Canary.Cli.Repo;

/// <summary><c>canary verify FILE</c>: whose a package is.</summary>
internal static class VerifyCommand
{
    private const string KeyringOfHosts = "/etc/apt/keyrings/canary-archive-keyring.pgp";

    private static readonly string[] DefaultSuites = ["canary", "production"];

    public static CliCommand Create(CliContext cli)
    {
        var file = new Argument<string>("FILE") { Description = "The package file." };
        var repository = new Option<string?>("--repository")
        {
            Description = "Ask the signed indexes at this address (http, https or file), and no server.",
            HelpName = "URL",
        };
        var keyring = new Option<string?>("--keyring")
        {
            Description = $"With --repository: the keys to trust; default: those of a host, {KeyringOfHosts}.",
            HelpName = "FILE",
        };
        var suites = new Option<string[]>("--suite")
        {
            Description = "With --repository: the suites to look into; default: canary and production.",
            HelpName = "SUITE",
        };
        var user = new Option<string?>("--repository-user")
        {
            Description = "With --repository: the user to read it as, where it is not open to everybody.",
            HelpName = "NAME",
        };
        var passwordFile = new Option<string?>("--repository-password-file")
        {
            Description = "File whose first line is the password of that user.",
            HelpName = "FILE",
        };
        return new CliCommand(
            "verify",
            "Say whose a package file is and which commit it was made of, or who uploaded it; with --repository, which key vouches for it. Exit code 1 if the repository has not "
                + "published exactly these bytes."
        )
        {
            Arguments = { file },
            Options = { repository, keyring, suites, user, passwordFile },
            Examples =
            [
                "canary verify shop_1.4.2_all.deb",
                "canary verify shop_1.4.2_all.deb --repository https://apt.example.org/",
                "canary verify shop_1.4.2_all.deb --json | jq -r .commit",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var path = Path.GetFullPath(session.Value(file), session.Environment.WorkingDirectory);
                var sha256 = await PackageUpload.HashAsync(path, cancellation);
                var found = session.Value(repository) is { } address
                    ? await LookUpAsync(
                        address,
                        session.Value(keyring) ?? KeyringOfHosts,
                        session.Value(suites) is { Length: > 0 } named ? named : DefaultSuites,
                        sha256,
                        session.Time,
                        await RepositoryUser.ReadAsync(session.Value(user), session.Value(passwordFile), cancellation),
                        cancellation
                    )
                    : await AskAsync(session.Client, sha256, cancellation);
                if (found is null)
                {
                    throw new CliException(
                        ExitCodes.ReleaseFailed,
                        CliCodes.FileNotPublished,
                        $"The repository has not published {path} (SHA-256 {sha256}).",
                        "It is of somebody else, or was changed: do not install it. See what there is: canary repo list."
                    );
                }

                Show(
                    session.Screen,
                    found with
                    {
                        File = path,
                    },
                    isSignatureVerified: session.Value(repository) is not null
                );
                return ExitCodes.Ok;
            }
        );
    }

    private static async Task<Output.VerifiedFile?> AskAsync(
        CanaryClient client,
        string sha256,
        CancellationToken cancellation
    )
    {
        try
        {
            var origin = await client.FindPackageFileAsync(sha256, cancellation);
            return new Output.VerifiedFile
            {
                File = "",
                Sha256 = sha256,
                Package = origin.File.Package,
                Version = origin.File.Version,
                Architecture = origin.File.Architecture,
                Application = origin.Application,
                Repository = origin.File.Repository,
                Commit =
                    origin.File.Commit
                    ?? (origin.File.UploadedBy is null ? SignedRepository.CommitOf(origin.File.Version) : null),
                UploadedBy = origin.File.UploadedBy,
                UploadedAt = origin.File.UploadedAt,
                Suites = [.. origin.File.Suites.Select(listing => listing.Suite)],
                Fingerprints = origin.Fingerprints,
            };
        }
        catch (CliException e) when (e.ExitCode == ExitCodes.NotFound)
        {
            return null;
        }
    }

    private static async Task<Output.VerifiedFile?> LookUpAsync(
        string address,
        string keyring,
        IEnumerable<string> suites,
        string sha256,
        TimeProvider time,
        RepositoryUser? user,
        CancellationToken cancellation
    )
    {
        using var repository = SignedRepository.At(address, keyring, time, user);
        Output.VerifiedFile? found = null;
        foreach (var suite in suites)
        {
            var (fingerprints, stanza) = await repository.FindAsync(suite, sha256, cancellation);
            if (stanza is not null)
            {
                var version = SignedRepository.FieldOf(stanza, "Version");
                found = new Output.VerifiedFile
                {
                    File = "",
                    Sha256 = sha256,
                    Package = SignedRepository.FieldOf(stanza, "Package"),
                    Version = version,
                    Architecture = SignedRepository.FieldOf(stanza, "Architecture"),
                    Commit = SignedRepository.CommitOf(version),
                    Suites = [.. found?.Suites ?? [], suite],
                    Fingerprints = fingerprints,
                };
            }
        }

        return found;
    }

    private static void Show(Screen screen, Output.VerifiedFile found, bool isSignatureVerified)
    {
        if (screen.Json)
        {
            screen.Document(found, json => json.VerifiedFile);
            return;
        }

        screen.Line($"{found.File} is {found.Package} {found.Version} ({found.Architecture}), as it was published.");
        foreach (
            var (name, value) in new (string, string?)[]
            {
                ("application", found.Application),
                ("repository", found.Repository),
                ("commit", found.Commit),
                ("uploaded by", found.UploadedBy),
                ("uploaded at", found.UploadedAt?.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)),
                ("suites", found.Suites.Count > 0 ? string.Join(", ", found.Suites) : "none any more"),
                (isSignatureVerified ? "signed by" : "server signs with", string.Join(", ", found.Fingerprints)),
                ("SHA-256", found.Sha256),
            }
        )
        {
            if (value is not null)
            {
                screen.Line($"{name + ":", -19}{Words.Printable(value)}");
            }
        }
    }
}
