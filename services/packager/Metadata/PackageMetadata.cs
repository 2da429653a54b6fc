using Canary.Contracts.Deploying;
using Canary.Packager.Builders;
using Canary.Packager.Deb;
using Canary.Packager.MaintainerScripts;
using Canary.Packager.Output;
using Canary.Packager.Placement;
using Canary.Packager.Services;

namespace Canary.Packager.Metadata;

/// <summary>What a commit says about its package and its deployment. What it does not say is <c>null</c> or empty.</summary>
internal sealed record PackageMetadata
{
    /// <summary>Where it comes from: <c>canary.yml</c>, <c>fpm.json</c> or <c>defaults</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Package name.</summary>
    public string? Name { get; init; }

    /// <summary>Version without the part that follows from the commit.</summary>
    public string Version { get; init; } = "0.0.0";

    /// <summary>First line: synopsis; the rest: long description.</summary>
    public string? Description { get; init; }

    /// <summary><c>Name &lt;address&gt;</c>.</summary>
    public string? Maintainer { get; init; }

    /// <summary>Name of the licence.</summary>
    public string? License { get; init; }

    /// <summary>Web page.</summary>
    public string? Homepage { get; init; }

    /// <summary>Debian section.</summary>
    public string Section { get; init; } = "misc";

    /// <summary>Debian architecture; <c>null</c>: it follows from the files.</summary>
    public string? Architecture { get; init; }

    /// <summary>What the build adds to the commit.</summary>
    public OutputMetadata Output { get; init; } = new();

    /// <summary>Who makes the package; <c>null</c>: as the packager is set.</summary>
    public PackageBuilderKind? Builder { get; init; }

    /// <summary>Keys of <c>fpm.json</c> that FPM alone is told, with their values.</summary>
    public IReadOnlyDictionary<string, MetadataNode> FpmOnly { get; init; } = new Dictionary<string, MetadataNode>();

    /// <summary>How packages of several architectures stand to each other; <c>null</c>: not said.</summary>
    public string? MultiArch { get; init; }

    /// <summary>What must be there and work before this one is unpacked.</summary>
    public IReadOnlyList<string> PreDepends { get; init; } = [];

    /// <summary>What must be there.</summary>
    public IReadOnlyList<string> Depends { get; init; } = [];

    /// <summary>What should be there.</summary>
    public IReadOnlyList<string> Recommends { get; init; } = [];

    /// <summary>What may be of use.</summary>
    public IReadOnlyList<string> Suggests { get; init; } = [];

    /// <summary>What this one makes better.</summary>
    public IReadOnlyList<string> Enhances { get; init; } = [];

    /// <summary>What does not work beside it.</summary>
    public IReadOnlyList<string> Breaks { get; init; } = [];

    /// <summary>What may not be there.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    /// <summary>What this one can stand for.</summary>
    public IReadOnlyList<string> Provides { get; init; } = [];

    /// <summary>Whose files it may take over.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    /// <summary>Directory that the repository's root becomes; <c>null</c>: <c>/opt/NAME</c>.</summary>
    public string? Prefix { get; init; }

    /// <summary>Patterns of what stays out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Files, relative to the repository's root, whose changes on a host dpkg preserves.</summary>
    public IReadOnlyList<string> Conffiles { get; init; } = [];

    /// <summary>What goes to other places of the host.</summary>
    public IReadOnlyList<PlacedFile> Files { get; init; } = [];

    /// <summary>Maintainer scripts by their Debian names (<c>postinst</c>): paths in the repository.</summary>
    public IReadOnlyDictionary<string, string> Scripts { get; init; } = new Dictionary<string, string>();

    /// <summary>Services that units are written for.</summary>
    public IReadOnlyList<ServiceDefinition> Services { get; init; } = [];

    /// <summary>What happens to the repository's own units.</summary>
    public UnitChoices Units { get; init; } = new();

    /// <summary>Absolute paths of configuration files of earlier versions that go.</summary>
    public IReadOnlyList<string> RemovedConffiles { get; init; } = [];

    /// <summary>Triggers of dpkg, as deb-triggers(5) has them.</summary>
    public IReadOnlyList<string> Triggers { get; init; } = [];

    /// <summary>Programs offered under common names.</summary>
    public IReadOnlyList<Alternative> Alternatives { get; init; } = [];

    /// <summary>Compression; <c>null</c>: the packager's default.</summary>
    public Compression? Compression { get; init; }

    /// <summary>Longest time for the script before the first host; <c>null</c>: the deployer's default.</summary>
    public TimeSpan? PreDeployTimeLimit { get; init; }

    /// <summary>How the version goes out.</summary>
    public DeploymentPlan Plan { get; init; } = new();

    /// <summary>Keys that were read and mean nothing here.</summary>
    public IReadOnlyList<string> IgnoredKeys { get; init; } = [];

    /// <summary>The same where it is settled who makes the package.</summary>
    /// <param name="byDefault">Who makes packages that do not say.</param>
    public PackageMetadata BuiltBy(PackageBuilderKind byDefault)
    {
        var builder = Builder ?? byDefault;
        return this with
        {
            Builder = builder,
            IgnoredKeys =
            [
                .. IgnoredKeys.Where(key =>
                    builder != PackageBuilderKind.Fpm || !FpmOnly.ContainsKey(key.Replace('_', '-'))
                ),
            ],
        };
    }
}
