using Canary.Failures;
using Canary.Packager.Source;

namespace Canary.Packager.Metadata;

/// <summary>Finds and reads the metadata of a commit: <c>canary.yml</c>, else <c>fpm.json</c>, else the defaults.</summary>
internal static class MetadataReader
{
    public const string CanaryYml = "canary.yml";

    public const string FpmJson = "fpm.json";

    private static readonly string[] Misspellings = ["canary.yaml", ".canary.yml", ".canary.yaml"];

    /// <summary>By convention run after the installation, the newer spelling first.</summary>
    private static readonly string[] PostInstallScripts = ["script/post-inst", "script/post-install"];

    /// <summary>Files that metadata is looked for in, also under names that nothing reads.</summary>
    public static IReadOnlyList<string> Files { get; } = [CanaryYml, FpmJson, .. Misspellings];

    /// <summary>Scripts that belong to the package without being named.</summary>
    public static IReadOnlyList<string> ConventionScripts => PostInstallScripts;

    /// <summary>Reads what the commit says.</summary>
    /// <exception cref="CanaryException">Its metadata is wrong; names file, line and key, of all that is wrong.</exception>
    public static PackageMetadata Read(SourceTree tree) => MetadataFaults.Together(() => ReadAll(tree));

    /// <summary>The same.</summary>
    /// <exception cref="CanaryException">The file cannot be read.</exception>
    /// <exception cref="MetadataFaults">Keys of it are wrong.</exception>
    public static PackageMetadata ReadAll(SourceTree tree)
    {
        var metadata =
            Find(tree, CanaryYml) is { } yml
                ? MetadataKeys.ReadCanaryYml(CanaryYml, YamlNodes.Parse(CanaryYml, tree.ReadText(yml)))
            : Misspelt(tree) is { } other
                ? throw new CanaryException(
                    PackagerCodes.MetadataMisnamed,
                    $"The repository has {other}, which nothing reads.",
                    $"Rename it: git mv {other} {CanaryYml}"
                )
            : Find(tree, FpmJson) is { } json
                ? MetadataKeys.ReadFpmJson(FpmJson, JsonNodes.Parse(FpmJson, tree.ReadText(json)))
            : new PackageMetadata { Source = "defaults" };

        return
            metadata.Scripts.ContainsKey("postinst")
            || Array.Find(PostInstallScripts, path => tree.FindFile(path) is not null) is not { } convention
            ? metadata
            : metadata with
            {
                Scripts = new Dictionary<string, string>(metadata.Scripts) { ["postinst"] = convention },
            };
    }

    private static string? Misspelt(SourceTree tree) => Array.Find(Misspellings, name => tree.TryGet(name, out _));

    private static SourceEntry? Find(SourceTree tree, string name) =>
        !tree.TryGet(name, out _)
            ? null
            : tree.FindFile(name)
                ?? throw new CanaryException(
                    MetadataCodes.MetadataSyntax,
                    $"{name} is no file: a directory, or a link that leads to no file of the repository.",
                    $"Make {name} a regular file."
                );
}
