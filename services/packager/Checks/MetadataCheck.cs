using Canary.Failures;
using Canary.Files;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Services;
using Canary.Packager.Source;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Checks;

/// <summary>What is known of a repository before its commit is built.</summary>
internal sealed record CheckRequest
{
    /// <summary>Name of the application; <c>null</c>: not known yet.</summary>
    public string? Application { get; init; }

    /// <summary>The repository; <c>null</c>: not known.</summary>
    public string? Repository { get; init; }

    /// <summary>Whether the configuration gives the application to the repository by name.</summary>
    public bool IsApplicationConfigured { get; init; }

    /// <summary>Texts of its metadata files, by name.</summary>
    public Dictionary<string, string> Metadata { get; init; } = [];

    /// <summary>Paths of all its files.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    internal PackageOwner Owner => new(Application, Repository, IsApplicationConfigured);
}

/// <summary>What was found.</summary>
internal sealed record CheckAnswer
{
    /// <summary>The file that was read, or <c>defaults</c>; <c>null</c>: it cannot be read.</summary>
    public string? Source { get; init; }

    /// <summary>Keys of an <c>fpm.json</c> that nothing reads.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>All that is wrong.</summary>
    public required IReadOnlyList<CheckFault> Faults { get; init; }

    /// <summary>The package, without contents; <c>null</c>: none can be planned, or its name is not known.</summary>
    internal PackageSpec? Package { get; init; }
}

/// <summary>One thing that is wrong.</summary>
internal sealed record CheckFault(string Code, string Message, string Remedy);

/// <summary>Finds all that keeps a commit from becoming a package and that shows without building it, by the rules that it will be
/// packaged by: they read a tree, so a small one is made of what is known.</summary>
internal sealed class MetadataCheck(DataDirectory data, IOptions<PackagerOptions> options)
{
    private static readonly string[] BuildScripts = ["script/cisetup", "script/cibuild"];

    /// <summary>What a unit says is not known here.</summary>
    private const string SomeUnit = "[Install]\nWantedBy=multi-user.target\n";

    private static readonly CommitFacts SomeCommit = new(
        "0000000000000000000000000000000000000000",
        DateTimeOffset.UnixEpoch,
        "Somebody",
        "somebody@localhost",
        "Something"
    );

    public CheckAnswer Check(CheckRequest request, CancellationToken cancellation)
    {
        var files = request.Files.Where(IsOfARepository).ToHashSet(StringComparer.Ordinal);
        var faults = new List<CanaryException>();
        faults.AddRange(request.Files.Where(path => !IsOfARepository(path)).Take(1).Select(Foreign));
        faults.AddRange(BuildScripts.Where(script => !files.Contains(script)).Select(Missing));
        var directory = Directory.CreateDirectory(Path.Combine(data.For("packager"), "checks", $"{Guid.NewGuid():N}"));
        try
        {
            foreach (var file in MetadataReader.Files.Where(request.Metadata.ContainsKey))
            {
                Write(directory, file, request.Metadata[file]);
            }

            foreach (var script in MetadataReader.ConventionScripts.Where(files.Contains))
            {
                Write(directory, script, "");
            }

            var metadata = MetadataFaults.Collect(
                faults,
                () => MetadataReader.ReadAll(SourceTree.Read(directory.FullName, cancellationToken: cancellation))
            );
            var package = metadata is null ? null : Plan(request, metadata, files, directory, faults, cancellation);

            return new CheckAnswer
            {
                Source = metadata?.Source,
                Ignored = metadata?.BuiltBy(options.Value.Builder).IgnoredKeys ?? [],
                Faults =
                [
                    .. faults.Select(fault => new CheckFault(fault.Code, fault.Message, fault.Remedy)).Distinct(),
                ],
                Package = (request.Application ?? metadata?.Name) is null ? null : package,
            };
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Plans a package for each file that the metadata names, so that each that is missing is found.</summary>
    /// <returns>The package without scripts and configuration files; <c>null</c>: there can be none.</returns>
    private PackageSpec? Plan(
        CheckRequest request,
        PackageMetadata metadata,
        HashSet<string> files,
        DirectoryInfo directory,
        List<CanaryException> faults,
        CancellationToken cancellation
    )
    {
        // What a package would hold is not known here, but for whether there is anything.
        if (files.Count > 0)
        {
            Write(directory, "something", "");
        }

        foreach (var path in Named(metadata))
        {
            Write(directory, path, "");
        }

        foreach (var path in files.Where(RepositoryUnits.IsUnit))
        {
            Write(directory, path, SomeUnit);
        }

        var tree = SourceTree.Read(directory.FullName, cancellationToken: cancellation);
        var bare = metadata with
        {
            Scripts = new Dictionary<string, string>(),
            Conffiles = [],
            Files = [],
            Exclude = [],
            Output = new(),
            Services = [.. metadata.Services.Select(service => service with { EnvironmentFile = null })],
            Units = metadata.Units with { Units = new Dictionary<string, UnitChoice>() },
        };
        // What the build will make is not there yet.
        var made = new PathGlobs(metadata.Output.Include);
        var package = TryPlan(bare);
        foreach (
            var part in (IEnumerable<PackageMetadata>)
                [
                    .. metadata.Scripts.Select(script =>
                        bare with
                        {
                            Scripts = new Dictionary<string, string> { [script.Key] = script.Value },
                        }
                    ),
                    .. metadata
                        .Conffiles.Where(file => !IsMade(file))
                        .Select(file => bare with { Conffiles = [file], Exclude = metadata.Exclude }),
                    bare with
                    {
                        Files = [.. metadata.Files.Where(file => file.From is not { } from || !IsMade(from))],
                    },
                    .. metadata
                        .Services.Where(service => service.EnvironmentFile is { } file && !IsMade(file))
                        .Select(service => bare with { Services = [service] }),
                    .. metadata.Units.Units.Select(unit =>
                        bare with
                        {
                            Units = new UnitChoices
                            {
                                Units = new Dictionary<string, UnitChoice> { [unit.Key] = unit.Value },
                            },
                        }
                    ),
                ]
        )
        {
            TryPlan(part);
        }

        return package;

        bool IsMade(string path) => made.Matches(path) || made.Matches($"{path}/.");

        // A directory is there if anything is in it.
        IEnumerable<string> Named(PackageMetadata named) =>
            named
                .Scripts.Values.Concat(named.Conffiles)
                .Concat(named.Services.Select(service => service.EnvironmentFile ?? ""))
                .Where(files.Contains)
                .Concat(
                    named
                        .Files.Where(file => file is { From: not null, Kind: not FileKind.Link })
                        .SelectMany(file =>
                            files
                                .Where(path =>
                                    path == file.From || path.StartsWith($"{file.From}/", StringComparison.Ordinal)
                                )
                                .Take(1)
                        )
                );

        PackageSpec? TryPlan(PackageMetadata part) =>
            MetadataFaults.Collect(
                faults,
                () => PackagePlanner.Plan(request.Application ?? "application", SomeCommit, tree, part, options.Value)
            );
    }

    /// <summary>Whether git can have a file of the name: then it stays below the directory that it is written to.</summary>
    private static bool IsOfARepository(string path) =>
        !path.Contains('\0', StringComparison.Ordinal)
        && !path.Split('/')
            .Any(part => part is "" or "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase));

    private static CanaryException Foreign(string path) =>
        new(
            PackagerCodes.FileNameUnsupported,
            $"{ShownText.Of(path)} is no path of a file in a repository.",
            "Name the files as `git ls-files` does: below the repository's root, without `..`."
        );

    private static CanaryException Missing(string script) =>
        new(
            PackagerCodes.ScriptMissing,
            $"The repository has no {script}.",
            $"Add an executable {script}; it may consist of '#!/bin/sh' and 'exit 0'."
        );

    private static void Write(DirectoryInfo directory, string path, string content)
    {
        var file = Path.Combine(directory.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!Path.Exists(file))
        {
            File.WriteAllText(file, content);
        }
    }
}
