using Canary.Packager.Builders;
using Canary.Packager.Metadata;
using Keys = System.Collections.Generic.Dictionary<
    string,
    System.Func<
        Canary.Packager.Metadata.PackageMetadata,
        Canary.Metadata.MetadataNode,
        Canary.Packager.Metadata.PackageMetadata
    >
>;

namespace Canary.Packager.Output;

/// <summary>The keys of <c>canary.yml</c> below <c>package</c>.</summary>
internal static class OutputKeys
{
    /// <summary>Each with what it sets.</summary>
    public static readonly Keys All = new(StringComparer.Ordinal)
    {
        [BuildOutputSection.IncludeKey] = (m, node) =>
            WithOutput(m, output => output with { Include = BuildOutputSection.Include(node) }),
        ["only"] = (m, node) => WithOutput(m, output => output with { Only = MetadataKeys.YesOrNo(node, "only") }),
        ["foreign"] = (m, node) =>
            WithOutput(m, output => output with { Foreign = BuildOutputSection.Patterns(node, "foreign") }),
        ["builder"] = (m, node) => m with { Builder = MetadataKeys.OneOf<PackageBuilderKind>(node, "builder") },
    };

    private static PackageMetadata WithOutput(PackageMetadata metadata, Func<OutputMetadata, OutputMetadata> change) =>
        metadata with
        {
            Output = change(metadata.Output),
        };

    /// <summary>Refuses what makes no sense together.</summary>
    public static PackageMetadata WithInclude(PackageMetadata metadata, MetadataNode node) =>
        metadata.Output is { Only: true, Include.Count: 0 }
            ? throw node.Wrong(
                BuildOutputSection.Key,
                "has `only`, and includes nothing",
                "Write which files the package holds, such as `include: [dist/**]`."
            )
            : metadata;
}
