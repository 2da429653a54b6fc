using System.Security.Cryptography;
using Canary.Cli.Api;

namespace Canary.Cli.Repo.Import;

/// <summary>Brings what another repository has to the server: asks what would come of it, sends what is new, and has suites list it.</summary>
internal sealed class Importer(CanaryClient client, string by, Func<string, string> applicationOf)
{
    private const int AtOnce = 500;

    /// <summary>What would come of each file; no file is sent.</summary>
    public async Task<IReadOnlyList<ImportedFile>> PlanAsync(
        IEnumerable<ForeignPackage> packages,
        CancellationToken cancellation
    )
    {
        var planned = new List<ImportedFile>();
        foreach (var part in packages.DistinctBy(package => package.Sha256).Chunk(AtOnce))
        {
            var answer = await client.PlanImportAsync([.. part.Select(Describe)], cancellation);
            foreach (var (package, verdict) in part.Zip(answer.Files))
            {
                planned.Add(
                    new ImportedFile(
                        package,
                        applicationOf(package.Name),
                        verdict.State,
                        verdict.Failure
                            ?? (verdict.State == ImportStates.New ? await DamageOfAsync(package, cancellation) : null)
                    )
                );
            }
        }

        return RefuseTwins(planned);
    }

    /// <summary>Sends a file. Once it is there, sending it again changes nothing.</summary>
    public async Task<ImportedFile> SendAsync(ImportedFile file, CancellationToken cancellation)
    {
        try
        {
            await client.ImportAsync(Describe(file.Package), file.Package.Path, by, cancellation);
            return file with { State = ImportStates.Imported };
        }
        catch (CliException refused) when (refused.ExitCode is not ExitCodes.Unreachable and not ExitCodes.NotAllowed)
        {
            return file with
            {
                Failure = new Failure
                {
                    Code = refused.Code,
                    Message = refused.Message,
                    Remedy = refused.Remedy,
                },
            };
        }
    }

    public async Task<IReadOnlyList<ListingOutcome>> ListAsync(
        IEnumerable<ForeignListing> listings,
        CancellationToken cancellation
    )
    {
        var outcomes = new List<ListingOutcome>();
        foreach (var part in listings.Chunk(AtOnce))
        {
            outcomes.AddRange((await client.ListImportedAsync(part, by, cancellation)).Listings);
        }

        return outcomes;
    }

    private ForeignFile Describe(ForeignPackage package) =>
        new()
        {
            Package = package.Name,
            Version = package.Version,
            Architecture = package.Architecture,
            Sha256 = package.Sha256,
            Size = package.Size,
            Application = applicationOf(package.Name),
        };

    private static async Task<Failure?> DamageOfAsync(ForeignPackage package, CancellationToken cancellation)
    {
        try
        {
            await using var content = File.OpenRead(package.Path);
            return
                content.Length == package.Size
                && Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)) == package.Sha256
                ? null
                : Damage($"{package.Path} is not what its index says: size or SHA-256 differ.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Damage($"{package.Path} cannot be read: {e.Message}");
        }
    }

    private static Failure Damage(string message) =>
        new()
        {
            Code = CliCodes.FileUnreadable,
            Message = message,
            Remedy = "Restore the file, or take the package out of that repository.",
        };

    /// <summary>Two suites may have the same version with other bytes; only one of them can be taken.</summary>
    private static List<ImportedFile> RefuseTwins(List<ImportedFile> files)
    {
        var twins = files
            .GroupBy(file => (file.Package.Name, file.Package.Version, file.Package.Architecture))
            .Where(group => group.Skip(1).Any())
            .SelectMany(group => group)
            .ToHashSet();
        return
        [
            .. files.Select(file =>
                twins.Contains(file) && file is { State: ImportStates.New, Failure: null }
                    ? file with
                    {
                        Failure = new Failure
                        {
                            Code = CliCodes.VersionTwice,
                            Message =
                                $"{file.Package.Name} {file.Package.Version} {file.Package.Architecture} is there with other bytes as well.",
                            Remedy = "Import the suite that is right: --suite THEIRS=OURS.",
                        },
                    }
                    : file
            ),
        ];
    }
}

/// <summary>What came, or would come, of a file.</summary>
internal sealed record ImportedFile(ForeignPackage Package, string Application, string State, Failure? Failure)
{
    public bool IsRefused => Failure is not null;
}

/// <summary>What comes of files.</summary>
internal static class ImportStates
{
    public const string New = "new";
    public const string Imported = "imported";
}
