using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Packager.Metadata;

namespace Canary.Packager.MaintainerScripts;

/// <summary>Keys of <c>canary.yml</c> about what dpkg does on a host besides unpacking.</summary>
internal static partial class SystemKeys
{
    private const int DefaultPriority = 50;

    private static readonly string[] AlternativeKeys = ["link", "path", "priority"];

    /// <summary>Sets what <c>rm-conffiles</c> says.</summary>
    public static PackageMetadata RemovedConffiles(PackageMetadata metadata, MetadataNode node) =>
        metadata with
        {
            RemovedConffiles =
            [
                .. node.AsTexts("rm-conffiles")
                    .Select(text => AbsolutePath(text, "rm-conffiles", "/etc/shop/old.ini"))
                    .Distinct(),
            ],
        };

    /// <summary>Sets what <c>triggers</c> says.</summary>
    public static PackageMetadata Triggers(PackageMetadata metadata, MetadataNode node) =>
        metadata with
        {
            Triggers =
            [
                .. node.AsTexts("triggers")
                    .Select(text =>
                        Trigger().IsMatch(text.Text)
                            ? text.Text
                            : throw text.Invalid(
                                "triggers",
                                "is no trigger",
                                "Write as deb-triggers(5) has it, such as `interest-noawait /usr/share/fonts` or `activate-noawait ldconfig`."
                            )
                    )
                    .Distinct(),
            ],
        };

    /// <summary>Sets what <c>alternatives</c> says.</summary>
    public static PackageMetadata Alternatives(PackageMetadata metadata, MetadataNode node) =>
        metadata with
        {
            Alternatives = [.. node.AsMap("alternatives").Entries.Select(Alternative)],
        };

    private static Alternative Alternative(MetadataEntry entry)
    {
        var map = entry.Value.AsMap(entry.Key);
        if (map.Entries.FirstOrDefault(key => !AlternativeKeys.Contains(key.Key)) is { } unknown)
        {
            throw new TextNode(unknown.Where, unknown.Key).Invalid(
                "key",
                $"is not known below `{entry.Key}`",
                "The keys here are link, path, priority.",
                PackagerCodes.MetadataUnknownKey
            );
        }

        var (link, path, priority) = (Value("link"), Value("path"), Value("priority"));
        return
            AlternativeName().IsMatch(entry.Key)
            && link is not null
            && path is not null
            && int.TryParse(
                priority?.Text ?? DefaultPriority.ToString(CultureInfo.InvariantCulture),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
            ? new Alternative(
                entry.Key,
                AbsolutePath(link, "link", "/usr/bin/editor"),
                path.Text.StartsWith('/')
                    ? AbsolutePath(path, "path", "/opt/shop/bin/edit")
                    : MetadataKeys.RelativePath(path, "path"),
                number
            )
            : throw entry.Value.Wrong(
                entry.Key,
                "is no alternative",
                "Write for example `editor: {link: /usr/bin/editor, path: bin/edit, priority: 50}`."
            );

        TextNode? Value(string key) => map.Entries.FirstOrDefault(it => it.Key == key)?.Value.AsText(key);
    }

    private static string AbsolutePath(TextNode node, string key, string example) =>
        SomePath().IsMatch(node.Text) && !node.Text.Split('/').Contains("..")
            ? node.Text
            : throw node.Invalid(key, "is no absolute path", $"Write for example `{example}`.");

    [GeneratedRegex(@"\A/[^\p{Cc}]{1,1000}[^\p{Cc}/]\z")]
    private static partial Regex SomePath();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9+._-]{0,99}\z")]
    private static partial Regex AlternativeName();

    [GeneratedRegex(@"\A(interest|activate)(-await|-noawait)? (/[!-~]{1,250}|[a-z0-9][a-z0-9+._-]{1,100})\z")]
    private static partial Regex Trigger();
}
