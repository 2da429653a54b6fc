using Canary.Packager.Deb;

namespace Canary.Packager.MaintainerScripts;

/// <summary>What a feature adds to a package.</summary>
internal sealed record PackagePart
{
    public static readonly PackagePart None = new();

    /// <summary>Files and links; the directories above them follow.</summary>
    public IReadOnlyList<PackageItem> Items { get; init; } = [];

    /// <summary>Absolute paths of the files among them whose changes on a host dpkg preserves.</summary>
    public IReadOnlyList<string> Conffiles { get; init; } = [];

    /// <summary>What maintainer scripts do.</summary>
    public IReadOnlyList<Snippet> Snippets { get; init; } = [];

    /// <summary>Packages that it takes.</summary>
    public IReadOnlyList<string> Depends { get; init; } = [];

    /// <summary>Lines of the control file <c>triggers</c>.</summary>
    public IReadOnlyList<string> Triggers { get; init; } = [];
}
