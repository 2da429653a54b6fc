using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;

namespace Canary.Packager.Builders.Fpm;

/// <summary>What an <c>fpm.json</c> says that means nothing to the native builder. What FPM would run as a program, read from its machine, or
/// what would make another package of it, is not taken.</summary>
internal sealed partial record FpmExtras
{
    /// <summary>The keys, named after FPM's options.</summary>
    public static readonly IReadOnlyList<string> Keys = ["vendor", "deb-priority", "deb-compression", "deb-field"];

    private const int LongestField = 1000;

    /// <summary>The repository takes no others: they are for what a system cannot be without.</summary>
    private static readonly string[] Priorities = ["optional", "extra"];

    /// <summary>Fields that follow from something else, or that change what a host does with the package.</summary>
    private static readonly string[] Reserved =
    [
        "Architecture",
        "Breaks",
        "Conflicts",
        "Depends",
        "Description",
        "Enhances",
        "Essential",
        "Homepage",
        "Important",
        "Installed-Size",
        "License",
        "Maintainer",
        "Multi-Arch",
        "Package",
        "Pre-Depends",
        "Priority",
        "Protected",
        "Provides",
        "Recommends",
        "Replaces",
        "Section",
        "Source",
        "Suggests",
        "Vendor",
        "Version",
    ];

    /// <summary>Name of the licence; <c>null</c>: not said.</summary>
    public string? License { get; init; }

    /// <summary>Who hands the package out; <c>null</c>: not said.</summary>
    public string? Vendor { get; init; }

    /// <summary>Priority; <c>null</c>: that of every package.</summary>
    public string? Priority { get; init; }

    /// <summary>Compression; <c>null</c>: that of every package.</summary>
    public Compression? Compression { get; init; }

    /// <summary>More fields of the control file.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>Reads it.</summary>
    /// <exception cref="CanaryException">One of the values is wrong.</exception>
    public static FpmExtras Of(PackageMetadata metadata)
    {
        return new FpmExtras
        {
            License = metadata.License,
            Vendor = Find("vendor") is { } vendor ? DebianRules.Line(vendor.AsText("vendor"), "vendor") : null,
            Priority = Find("deb-priority") is { } priority ? PriorityOf(priority.AsText("deb-priority")) : null,
            Compression = Find("deb-compression") is { } compression
                ? CompressionOf(compression.AsText("deb-compression"))
                : null,
            Fields = Find("deb-field") is { } fields ? FieldsOf(fields) : [],
        };

        MetadataNode? Find(string key) => metadata.FpmOnly.GetValueOrDefault(key);
    }

    private static List<(string Name, string Value)> FieldsOf(MetadataNode node)
    {
        var fields = node.AsTexts("deb-field").Select(FieldOf).ToList();
        return fields.DistinctBy(field => field.Name, StringComparer.OrdinalIgnoreCase).Count() == fields.Count
            ? fields
            : throw node.Wrong("deb-field", "names a field twice", "Write each field once.");
    }

    private static string PriorityOf(TextNode node) =>
        Priorities.Contains(node.Text, StringComparer.Ordinal)
            ? node.Text
            : throw node.Invalid(
                "deb-priority",
                "is not one of the choices",
                $"Write one of {string.Join(", ", Priorities)}."
            );

    private static Compression CompressionOf(TextNode node) =>
        node.Text switch
        {
            "gz" => Deb.Compression.Gzip,
            "xz" => Deb.Compression.Xz,
            "zst" => Deb.Compression.Zstd,
            "none" => Deb.Compression.None,
            _ => throw node.Invalid(
                "deb-compression",
                "is none that hosts and repositories read",
                "Write one of gz, xz, zst, none."
            ),
        };

    private static (string Name, string Value) FieldOf(TextNode node)
    {
        var match = Field().Match(node.Text);
        if (!match.Success || node.Text.Length > LongestField)
        {
            throw node.Invalid(
                "deb-field",
                "is no field",
                "Write `NAME: VALUE` on one line, such as `Bugs: https://…`."
            );
        }

        var name = match.Groups["name"].Value;
        return Reserved.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? throw node.Invalid(
                "deb-field",
                "is a field that is set otherwise",
                "Use the key that it has, or leave it out."
            )
            : (name, match.Groups["value"].Value);
    }

    [GeneratedRegex(@"\A(?<name>[A-Za-z][A-Za-z0-9-]{0,99}): *(?<value>[^\s\p{C}]([^\p{C}]*[^\s\p{C}])?)\z")]
    private static partial Regex Field();
}
