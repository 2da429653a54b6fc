using System.Text;
using Canary.Contracts.Deploying;
using Canary.Failures;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager.Services;

/// <summary>What a package brings for its services.</summary>
/// <param name="Part">Units, users, configuration, and what maintainer scripts do.</param>
/// <param name="ExpectedUnits">Units that a host with the package is expected to run.</param>
/// <param name="KeptDirectories">Absolute paths of what a purge leaves.</param>
internal sealed record PackageServices(
    PackagePart Part,
    IReadOnlyList<string> ExpectedUnits,
    IReadOnlyList<string> KeptDirectories
)
{
    private static readonly PackageServices None = new(PackagePart.None, [], []);

    /// <summary>Plans them.</summary>
    /// <param name="name">Package name.</param>
    /// <param name="prefix">Where the application is, without a slash before.</param>
    /// <param name="tree">The commit.</param>
    /// <param name="metadata">What it says.</param>
    /// <param name="items">What the package holds so far.</param>
    public static PackageServices Plan(
        string name,
        string prefix,
        SourceTree tree,
        PackageMetadata metadata,
        IReadOnlyDictionary<string, PackageItem> items
    )
    {
        List<PackageUnit> units =
        [
            .. RepositoryUnits.Read(tree, metadata),
            .. metadata.Services.SelectMany(service =>
                ServiceUnits.Make(service, name, "/" + prefix, path => IsFile(items, $"{prefix}/{path}"))
            ),
        ];
        IReadOnlyList<string> expected =
        [
            .. units.Where(unit => unit.IsExpected).Select(unit => unit.Name).Order(StringComparer.Ordinal),
        ];
        RefuseHealthOfNothing(metadata, expected);
        if (units.Count == 0)
        {
            return None;
        }

        var users = UsersOf(name, metadata, units);
        var sysusers = $"{name}.conf";
        var environments = metadata.Services.Select(service => Environment(service, name, tree, metadata)).ToList();
        return new PackageServices(
            new PackagePart
            {
                Items =
                [
                    .. units.Select(unit => Text($"{PackageUnit.Directory}/{unit.Name}", unit.Text)),
                    .. users.IsEmpty ? [] : (PackageItem[])[Text($"usr/lib/sysusers.d/{sysusers}", users.Text(name))],
                    .. environments.OfType<PackageItem>(),
                ],
                Conffiles = [.. environments.OfType<PackageItem>().Select(file => "/" + file.Path)],
                Snippets =
                [
                    .. users.IsEmpty
                        ? []
                        : (Snippet[])[new Snippet("postinst", SnippetPlace.Before, users.Script(sysusers))],
                    .. ServiceDirectories.Make(name, metadata.Services),
                    .. ServiceScripts.Make(units),
                ],
                // Where systemd is not, its programs make the users.
                Depends = users.IsEmpty ? [] : ["passwd"],
            },
            expected,
            ServiceDirectories.Kept(name, metadata.Services)
        );
    }

    /// <summary>How a host shows that it is healthy: unless the commit says it, by the package's services, if it has any.</summary>
    public static HealthCheck? HealthOf(PackageMetadata metadata, PackageSpec package) =>
        metadata.Plan.Health switch
        {
            null when package.ExpectedUnits.Count > 0 => new HealthCheck
            {
                Units = package.ExpectedUnits,
                UnitsAreImplied = true,
            },
            { Units.Count: 0 } own => own with { Units = package.ExpectedUnits },
            var said => said,
        };

    private static void RefuseHealthOfNothing(PackageMetadata metadata, IReadOnlyList<string> expected)
    {
        if (metadata.Plan.Health is { Units.Count: 0 } && expected.Count == 0)
        {
            throw new CanaryException(
                PackagerCodes.UnitMissing,
                $"{metadata.Source} says `units: true` below `health`, but the package has no unit that hosts start.",
                "Add a service below `services`, or a unit with an [Install] section in the folder systemd."
            );
        }
    }

    private static SystemUsers UsersOf(string name, PackageMetadata metadata, List<PackageUnit> units)
    {
        var users = new SystemUsers();
        foreach (var service in metadata.Services.Where(ServiceUnits.HasUser))
        {
            var home = service.Directories.Contains("state")
                ? $"/var/lib/{ServiceDirectories.NameOf(service, name)}"
                : "/nonexistent";
            users.Add(ServiceUnits.UserOf(service, name), service.Group, home);
        }

        foreach (
            var unit in units.Where(unit =>
                unit.ValueOf("Service", "DynamicUser") is null or "no" or "false" or "0" or "off"
            )
        )
        {
            users.Add(unit.ValueOf("Service", "User"), unit.ValueOf("Service", "Group"), "/nonexistent");
        }

        return users;
    }

    private static PackageItem? Environment(
        ServiceDefinition service,
        string package,
        SourceTree tree,
        PackageMetadata metadata
    )
    {
        if (service.EnvironmentFile is not { } path || path.StartsWith('/'))
        {
            return null;
        }

        var file =
            tree.FindFile(path)
            ?? throw new CanaryException(
                PackagerCodes.ConffileMissing,
                $"{metadata.Source} names the environment file {path} of the service {service.Key}, but the repository has no such file.",
                $"Commit {path}, or correct its path below `services`."
            );
        return new PackageItem
        {
            Path = ServiceUnits.EnvironmentFileOf(package, service.Key).TrimStart('/'),
            Kind = FileKind.File,
            Size = file.Size,
            Source = tree.ContentOf(file),
        };
    }

    private static bool IsFile(IReadOnlyDictionary<string, PackageItem> items, string path) =>
        items.GetValueOrDefault(path) is { Kind: FileKind.File or FileKind.Link };

    private static PackageItem Text(string path, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        return new PackageItem
        {
            Path = path,
            Kind = FileKind.File,
            Size = content.Length,
            Content = content,
        };
    }
}
