using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Contracts.Deploying;
using Canary.Failures;
using Canary.Packager.Binaries;
using Canary.Packager.Builders;
using Canary.Packager.Builders.Fpm;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;
using Canary.Packager.Metadata;
using Canary.Packager.Output;
using Canary.Packager.Placement;
using Canary.Packager.Services;
using Canary.Packager.Source;

namespace Canary.Packager;

/// <summary>Decides what goes into the package of a commit. Reads names and small files only; the result depends on nothing
/// but the commit, the application's name and the packager's options.</summary>
internal static partial class PackagePlanner
{
    /// <summary>By convention run once before the first host gets the version.</summary>
    private const string PreDeploy = "script/pre-deploy";

    private const int ShortCommitLength = 7;

    /// <summary>Plans the package.</summary>
    /// <param name="application">Name of the application.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="tree">Its files.</param>
    /// <param name="metadata">What it says of its package.</param>
    /// <param name="options">Settings of the packager.</param>
    /// <param name="built">What its build made besides; scripts that run on hosts are the commit's.</param>
    /// <exception cref="CanaryException">The commit cannot be packaged; names file and cause.</exception>
    public static PackageSpec Plan(
        string application,
        CommitFacts commit,
        SourceTree tree,
        PackageMetadata metadata,
        PackagerOptions options,
        IReadOnlyList<SourceEntry>? built = null
    )
    {
        metadata = metadata.BuiltBy(options.Builder);
        var fpm = metadata.Builder == PackageBuilderKind.Fpm ? FpmOf(metadata, options) : new FpmExtras();
        var name = metadata.Name ?? NameOf(application);
        var prefix = (metadata.Prefix ?? $"/opt/{name}").TrimStart('/');
        // What runs as root or decides for a release is the commit's own.
        var whole = built is null ? tree : tree.With([.. built.Where(entry => entry.Path != PreDeploy)]);
        var items = Contents(whole, metadata, prefix);
        var files = new PlacedFiles(whole, items);
        var placed = files.Add(metadata);
        MissingContents.Refuse(whole, files.Sources);
        if (items.Count == 0)
        {
            throw Empty(whole);
        }

        RefuseLineBreaks(items.Keys);
        var binaries = BinaryFiles.Find(items.Values, metadata.Output.Foreign);
        var architecture = BinaryFiles.ArchitectureOf(binaries, metadata);
        var maintainer = metadata.Maintainer ?? options.Maintainer ?? AuthorOf(commit, name);
        var version = VersionOf(metadata.Version, commit);
        foreach (var document in PackageDocuments.Make(name, version, maintainer, commit, tree, metadata))
        {
            items.TryAdd(document.Path, document);
        }

        if (OutputList.Make(name, items.Values) is { } list)
        {
            items.TryAdd(list.Path, list);
        }

        var services = PackageServices.Plan(name, prefix, tree, metadata, items);
        List<PackagePart> parts =
        [
            PythonBytecode.Of(items.Values),
            LinkSwitches.Of(items.Values),
            Alternatives.Of(metadata.Alternatives, "/" + prefix),
            services.Part,
            placed,
            new PackagePart { Triggers = metadata.Triggers },
        ];
        AddParts(items, parts);
        RefuseWhatIsInNoDirectory(items);
        AddDirectories(items);
        var conffiles = Conffiles(metadata, items, prefix, parts);
        if (metadata.RemovedConffiles.FirstOrDefault(path => items.ContainsKey(path[1..])) is { } brought)
        {
            throw new CanaryException(
                MetadataCodes.MetadataValueInvalid,
                $"{metadata.Source}: `rm-conffiles` names {brought}, which the package brings.",
                "Take it out of `rm-conffiles`, or do not bring it any more."
            );
        }

        parts.Add(ObsoleteConffiles.Of(conffiles, metadata));
        return new PackageSpec
        {
            Name = name,
            Version = version,
            Architecture = architecture,
            Binaries = binaries,
            Fields = Fields(name, version, architecture, maintainer, commit, metadata, parts, fpm),
            Items = [.. items.Values],
            Conffiles = conffiles,
            Scripts = MaintainerScriptComposer.Compose(
                Scripts(tree, metadata),
                [.. parts.SelectMany(part => part.Snippets)]
            ),
            ExpectedUnits = services.ExpectedUnits,
            KeptDirectories = services.KeptDirectories,
            Triggers = [.. parts.SelectMany(part => part.Triggers)],
            Compression = metadata.Compression ?? fpm.Compression ?? options.Compression,
            Time = commit.CommittedAt,
            Builder = metadata.Builder!.Value,
            Fpm = fpm,
        };
    }

    /// <summary>How the commit wants to be deployed, with the script that its package brings for it.</summary>
    public static DeploymentPlan PlanOf(PackageMetadata metadata, PackageSpec package)
    {
        var prefix = (metadata.Prefix ?? $"/opt/{package.Name}").TrimStart('/');
        var path = $"{prefix}/{PreDeploy}";
        return metadata.Plan with
        {
            Health = PackageServices.HealthOf(metadata, package),
            PreDeploy = package.Items.Any(item => item.Path == path && item.Kind != FileKind.Directory)
                ? new PreDeployScript { Path = $"/{path}", TimeLimit = metadata.PreDeployTimeLimit }
                : null,
        };
    }

    private static FpmExtras FpmOf(PackageMetadata metadata, PackagerOptions options) =>
        options.Fpm.IsUsed
            ? FpmExtras.Of(metadata)
            : throw new CanaryException(
                PackagerCodes.FpmUnavailable,
                "FPM is to build this package (package.builder in canary.yml, or packager.builder), but the packager is not told where FPM "
                    + "runs (packager.fpm.kind: none).",
                "Set packager.fpm.kind to local or consul, or write `package: {builder: native}` in canary.yml."
            );

    /// <summary>The version of a commit's package: by it alone, so the same commit always has the same.</summary>
    internal static string VersionOf(string version, CommitFacts commit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{PreRelease().Replace(version, "$1~")}-{commit.CommittedAt.ToUnixTimeSeconds()}.g{commit.Id[..ShortCommitLength]}"
        );

    /// <summary>A pre-release as Semantic Versioning writes it, <c>2.0.0-rc.1</c>. Debian sorts it before the release when a tilde
    /// takes the place of the hyphen.</summary>
    [GeneratedRegex(@"^((?:\d+:)?\d+(?:\.\d+)*)-(?=[A-Za-z])")]
    private static partial Regex PreRelease();

    private static string NameOf(string application) =>
        DebianRules.Name(
            new TextNode(
                $"Application {SourceTree.Show(application)}",
                DebianRules.NameFrom(application) ?? application
            )
        );

    /// <summary>It stands in every index that lists the package.</summary>
    private const int LongestMaintainer = 300;

    private static string AuthorOf(CommitFacts commit, string name)
    {
        var author = string.Concat(commit.AuthorName.Where(c => !char.IsControl(c) && c is not ('<' or '>' or ',')))
            .Trim();
        var text = $"{author} <{commit.AuthorEmail}>";
        return text.Length <= LongestMaintainer && DebianRules.IsMaintainer(text)
            ? text
            : $"{name} maintainers <{name}@localhost>";
    }

    private static SortedDictionary<string, PackageItem> Contents(
        SourceTree tree,
        PackageMetadata metadata,
        string prefix
    )
    {
        var globs = new PathGlobs(metadata.Exclude);
        var only = metadata.Output.Only ? new PathGlobs(metadata.Output.Include) : null;
        var items = new SortedDictionary<string, PackageItem>(StringComparer.Ordinal);
        var packaged = tree
            .Entries.Where(e => e.Kind != FileKind.Directory && !globs.Matches(e.Path) && IsWanted(e))
            .ToList();
        MissingContents.Refuse(tree, packaged);
        MissingContents.RefuseSubmodules(tree, path => globs.Matches(path) || only?.Matches(path) == false);
        foreach (var entry in packaged)
        {
            if (entry.Kind == FileKind.Link && !tree.StaysInside(entry))
            {
                throw new CanaryException(
                    PackagerCodes.LinkLeavesTree,
                    $"The symbolic link {SourceTree.Show(entry.Path)} leaves the repository: it points to "
                        + $"{SourceTree.Show(entry.Target!)}.",
                    "Point it to something in the repository with a relative path, leave it out with `exclude` in "
                        + "canary.yml, or let script/post-inst make it on the host."
                );
            }

            var item = new PackageItem
            {
                Path = $"{prefix}/{entry.Path}",
                Kind = entry.Kind,
                Size = entry.Size,
                Executable = entry.Executable,
                Target = entry.Target,
                Source = tree.ContentOf(entry),
                RepositoryPath = entry.Path,
                BuiltSha256 = entry.Built?.Sha256,
            };
            items.Add(item.Path, item);
        }

        return items;

        bool IsWanted(SourceEntry entry) => only is null || only.Matches(entry.Path) || entry.Path == PreDeploy;
    }

    private static void AddParts(SortedDictionary<string, PackageItem> items, List<PackagePart> parts)
    {
        foreach (var item in parts.SelectMany(part => part.Items))
        {
            if (!items.TryAdd(item.Path, item))
            {
                throw new CanaryException(
                    PackagerCodes.FileTwice,
                    $"The package would hold /{SourceTree.Show(item.Path)} twice.",
                    "Leave out one of the two in canary.yml, or give it another name."
                );
            }
        }
    }

    private static void RefuseLineBreaks(IEnumerable<string> paths)
    {
        if (paths.FirstOrDefault(path => path.Contains('\n', StringComparison.Ordinal)) is { } broken)
        {
            throw new CanaryException(
                PackagerCodes.FileNameUnsupported,
                $"The name of the file /{SourceTree.Show(broken)} has a line break, which dpkg refuses.",
                "Rename the file in the repository, or leave it out with `exclude` in canary.yml."
            );
        }
    }

    private static void RefuseWhatIsInNoDirectory(SortedDictionary<string, PackageItem> items)
    {
        foreach (var path in items.Keys)
        {
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                if (items.TryGetValue(path[..slash], out var parent) && parent.Kind != FileKind.Directory)
                {
                    throw new CanaryException(
                        PackagerCodes.FilePlaceTaken,
                        $"/{SourceTree.Show(path)} cannot be in /{SourceTree.Show(parent.Path)}, which is no directory in this package.",
                        "Correct one of the two paths below `files` in canary.yml, or leave the other one out with `exclude`."
                    );
                }
            }
        }
    }

    private static CanaryException Empty(SourceTree tree) =>
        new(
            PackagerCodes.PackageEmpty,
            tree.Entries.Count == 0
                ? "The commit has no files: there is nothing to package."
                : "Every file of the commit is excluded: there is nothing to package.",
            tree.Entries.Count == 0
                ? "Commit the application's files."
                : "Make the patterns below `exclude` in canary.yml narrower."
        );

    private static void AddDirectories(SortedDictionary<string, PackageItem> items)
    {
        foreach (var path in items.Keys.ToList())
        {
            for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
            {
                var parent = path[..slash];
                if (!items.TryAdd(parent, new PackageItem { Path = parent, Kind = FileKind.Directory }))
                {
                    break;
                }
            }
        }
    }

    private static List<string> Conffiles(
        PackageMetadata metadata,
        SortedDictionary<string, PackageItem> items,
        string prefix,
        List<PackagePart> parts
    )
    {
        var missing = metadata.Conffiles.FirstOrDefault(path =>
            items.GetValueOrDefault($"{prefix}/{path}") is not { Kind: FileKind.File }
        );
        return missing is null
            ?
            [
                .. metadata
                    .Conffiles.Select(path => $"/{prefix}/{path}")
                    .Concat(parts.SelectMany(part => part.Conffiles))
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ]
            : throw new CanaryException(
                PackagerCodes.ConffileMissing,
                $"{metadata.Source} lists {missing} as a conffile, but the package holds no such file.",
                "Correct the path below `conffiles` (relative to the repository's root), or do not exclude the file."
            );
    }

    private static List<(string Name, byte[] Content)> Scripts(SourceTree tree, PackageMetadata metadata) =>
        [
            .. metadata
                .Scripts.OrderBy(script => script.Key, StringComparer.Ordinal)
                .Select(script => (script.Key, ScriptContent(tree, metadata, script.Value))),
        ];

    private static byte[] ScriptContent(SourceTree tree, PackageMetadata metadata, string path)
    {
        var file =
            tree.FindFile(path)
            ?? throw new CanaryException(
                PackagerCodes.MaintainerScriptMissing,
                $"{metadata.Source} names the script {path}, but the repository has no such file.",
                $"Commit {path}, or correct its path in {metadata.Source}."
            );
        var content = tree.ReadSmall(file);
        var isScript = content.AsSpan().StartsWith("#!"u8);
        if (isScript && FirstLine(content).Contains('\r', StringComparison.Ordinal))
        {
            throw new CanaryException(
                PackagerCodes.MaintainerScriptLineEnds,
                $"{path} has Windows line ends, so its interpreter would not be found on the host.",
                $"Save it with Unix line ends, and add the line `{path} text eol=lf` to .gitattributes."
            );
        }

        // dpkg hands a file without an interpreter to /bin/sh; say so in the file itself.
        return isScript || content.AsSpan().StartsWith("\u007fELF"u8) ? content : [.. "#!/bin/sh\n"u8, .. content];
    }

    private static string FirstLine(byte[] content) =>
        Encoding.UTF8.GetString(
            content.AsSpan(0, Array.IndexOf(content, (byte)'\n') is >= 0 and var end ? end : content.Length)
        );

    private static List<(string Name, string Value)> Fields(
        string name,
        string version,
        string architecture,
        string maintainer,
        CommitFacts commit,
        PackageMetadata metadata,
        List<PackagePart> parts,
        FpmExtras fpm
    )
    {
        var fields = new List<(string Name, string Value)>
        {
            ("Package", name),
            ("Version", version),
            ("Architecture", architecture),
            ("Maintainer", maintainer),
        };
        if (metadata.MultiArch is { } multiArch)
        {
            if (multiArch == "same" && architecture == "all")
            {
                throw new CanaryException(
                    MetadataCodes.MetadataValueInvalid,
                    $"{metadata.Source}: a package for all architectures cannot be `multi-arch: same`.",
                    "Write `multi-arch: foreign`, or set `architecture` to the one that it is for."
                );
            }

            fields.Add(("Multi-Arch", multiArch));
        }

        Add("Pre-Depends", metadata.PreDepends);

        Add("Depends", [.. metadata.Depends.Union(parts.SelectMany(part => part.Depends))]);
        Add("Recommends", metadata.Recommends);
        Add("Suggests", metadata.Suggests);
        Add("Enhances", metadata.Enhances);
        Add("Breaks", metadata.Breaks);
        Add("Conflicts", metadata.Conflicts);
        Add("Replaces", metadata.Replaces);
        Add("Provides", metadata.Provides);
        fields.Add(("Section", metadata.Section));
        fields.Add(("Priority", fpm.Priority ?? "optional"));
        if (metadata.Homepage is not null)
        {
            fields.Add(("Homepage", metadata.Homepage));
        }

        fields.AddRange(fpm.Fields);
        var description = metadata.Description ?? $"application {name}";
        fields.Add(("Description", PackageDescription.Fold(description, $"Built by Canary from commit {commit.Id}.")));
        return fields;

        void Add(string field, IReadOnlyList<string> relations)
        {
            if (relations.Count > 0)
            {
                fields.Add((field, string.Join(", ", relations)));
            }
        }
    }
}
