using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager.Placement;

/// <summary>The keys of an entry of <c>files</c>, each with what it sets.</summary>
internal static partial class PlacedFileKeys
{
    private const string Example =
        "Write for example `- { from: etc/shop.ini, to: /etc/shop/shop.ini, mode: \"0640\" }`.";

    private static readonly Dictionary<string, FileKind> Kinds = new(StringComparer.Ordinal)
    {
        ["file"] = FileKind.File,
        ["directory"] = FileKind.Directory,
        ["link"] = FileKind.Link,
    };

    public static readonly IReadOnlyDictionary<string, Func<PlacedFile, TextNode, PlacedFile>> All = new Dictionary<
        string,
        Func<PlacedFile, TextNode, PlacedFile>
    >(StringComparer.Ordinal)
    {
        ["from"] = (file, node) => file with { From = From(node) },
        ["to"] = (file, node) => file with { To = HostPath.Read(node, "to") },
        ["type"] = (file, node) =>
            file with
            {
                Kind = Kinds.TryGetValue(node.Text, out var kind)
                    ? kind
                    : throw node.Invalid("type", "is not one of the choices", "Write one of file, directory, link."),
            },
        ["mode"] = (file, node) => file with { Mode = Mode(node) },
        ["owner"] = (file, node) => file with { Owner = Owner(node) },
        ["conffile"] = (file, node) => file with { IsConffile = MetadataKeys.YesOrNo(node, "conffile") },
    };

    /// <summary>Reads the whole list.</summary>
    /// <exception cref="MetadataFaults">Entries of it are wrong.</exception>
    public static IReadOnlyList<PlacedFile> Read(MetadataNode node, PackageMetadata metadata)
    {
        var list = node as ListNode ?? throw node.Wrong("files", "must be a list", Example);
        var faults = new List<CanaryException>();
        var files = list
            .Items.Select(item => MetadataFaults.Collect(faults, () => ReadOne(item)))
            .OfType<PlacedFile>()
            .ToList();
        MetadataFaults.ThrowIfAny(faults, metadata with { Files = files });
        return files;
    }

    private static PlacedFile ReadOne(MetadataNode node)
    {
        var file = new PlacedFile { Where = node.Where };
        foreach (var entry in node.AsMap("files").Entries)
        {
            file = All.TryGetValue(entry.Key, out var set)
                ? set(file, entry.Value.AsText(entry.Key))
                : throw new TextNode(entry.Where, entry.Key).Invalid(
                    "key",
                    "is not known below `files`",
                    Nearest.To(entry.Key, All.Keys) is { } nearest
                        ? $"Did you mean `{nearest}`?"
                        : $"The keys here are {string.Join(", ", All.Keys)}.",
                    PackagerCodes.MetadataUnknownKey
                );
        }

        return Whole(file, node);
    }

    private static PlacedFile Whole(PlacedFile file, MetadataNode node) =>
        file switch
        {
            { To.Length: 0 } => throw node.Wrong("files", "has an entry without `to`", Example),
            { From: null, Kind: null or FileKind.File } => throw node.Wrong(
                "files",
                "has an entry without `from`",
                "Name a file of the repository with `from`, or write `type: directory` for an empty directory."
            ),
            { Kind: FileKind.Link, From: null } => throw node.Wrong(
                "files",
                "has a link that leads nowhere",
                "Name with `from` what it leads to on the host, such as `from: /opt/shop/bin/shop`."
            ),
            { Kind: FileKind.Link } when file.Mode is not null || file.Owner != FileOwner.Root => throw node.Wrong(
                "files",
                "has a link with a mode or an owner",
                "Leave `mode` and `owner` out: a link has those of what it leads to."
            ),
            { Kind: FileKind.Link or FileKind.Directory, IsConffile: true } => throw node.Wrong(
                "files",
                "has a conffile that is no file",
                "Only files can be conffiles: leave `conffile` out."
            ),
            { Kind: not FileKind.Link, From: { } from } when from.StartsWith('/') => throw node.Wrong(
                "files",
                "takes a file that is outside of the repository",
                "Write `from` relative to the repository's root, such as `from: etc/shop.ini`."
            ),
            { Kind: FileKind.Link } when file.To.EndsWith('/') => file with
            {
                To = file.To + file.From!.TrimEnd('/').Split('/')[^1],
            },
            { Kind: FileKind.Directory } when file.To.EndsWith('/') => file with { To = file.To.TrimEnd('/') },
            _ => file,
        };

    private static string From(TextNode node)
    {
        var parts = node.Text.TrimEnd('/').Split('/').Where(part => part != ".").ToList();
        return
            parts.Count > 0
            && node.Text.Length is > 0 and <= HostPath.Longest
            && !node.Text.Any(char.IsControl)
            && !parts.Skip(parts[0].Length == 0 ? 1 : 0).Any(part => part is "" or "..")
            && parts.Any(part => part.Length > 0)
            ? string.Join('/', parts)
            : throw node.Invalid(
                "from",
                "is no path within the repository",
                "Write it relative to the repository's root, without `..`, such as `etc/shop.ini`."
            );
    }

    private static UnixFileMode Mode(TextNode node)
    {
        if (!ModePattern().IsMatch(node.Text))
        {
            throw node.Invalid("mode", "is no mode", "Write three or four octal digits in quotes, such as `\"0640\"`.");
        }

        var mode = (UnixFileMode)Convert.ToInt32(node.Text, 8);
        return (mode & UnixFileMode.OtherWrite) == 0 || mode.HasFlag(UnixFileMode.StickyBit | UnixFileMode.OtherExecute)
            ? mode
            : throw node.Invalid(
                "mode",
                "lets everybody on the host write",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Write `\"{Convert.ToString((int)(mode & ~UnixFileMode.OtherWrite), 8).PadLeft(4, '0')}\"`, and name with `owner` who shall write."
                )
            );
    }

    private static FileOwner Owner(TextNode node) =>
        OwnerPattern().Match(node.Text) is { Success: true } match
            ? new FileOwner(
                match.Groups["user"].Value,
                match.Groups["group"] is { Success: true } group ? group.Value
                    : FileOwner.IsGroupEverywhere(match.Groups["user"].Value) ? match.Groups["user"].Value
                    : FileOwner.GroupOfUser
            )
            : throw node.Invalid(
                "owner",
                "is neither USER nor USER:GROUP",
                "Write names of lower-case letters, digits, `_` and `-`, such as `root:shop`."
            );

    [GeneratedRegex(@"\A[0-7]{3,4}\z")]
    private static partial Regex ModePattern();

    /// <summary>As adduser takes them (NAME_REGEX of adduser.conf(5)), at most what the kernel's utmp has room for.</summary>
    [GeneratedRegex(@"\A(?<user>[a-z_][a-z0-9_-]{0,30})(?::(?<group>[a-z_][a-z0-9_-]{0,30}))?\z")]
    private static partial Regex OwnerPattern();
}
