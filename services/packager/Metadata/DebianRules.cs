using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.Packager.Metadata;

/// <summary>The rules of Debian Policy for the fields of a package. dpkg accepts more, and fails later or elsewhere.</summary>
internal static partial class DebianRules
{
    private const int LongestName = 100;

    private const int LongestVersion = 100;

    /// <summary>dpkg's table of architectures, those that run Linux and are in use.</summary>
    private static readonly string[] Architectures =
    [
        "all",
        "amd64",
        "arm64",
        "armel",
        "armhf",
        "hppa",
        "i386",
        "loong64",
        "m68k",
        "mips64el",
        "mipsel",
        "powerpc",
        "ppc64",
        "ppc64el",
        "riscv64",
        "s390x",
        "sh4",
        "sparc64",
        "x32",
    ];

    private static readonly string[] KeysWithChoices = ["depends", "pre-depends", "recommends", "suggests", "enhances"];

    private static readonly string[] MultiArchChoices = ["no", "same", "foreign", "allowed"];

    private static readonly Dictionary<string, string> ForeignArchitectures = new(StringComparer.OrdinalIgnoreCase)
    {
        ["aarch64"] = "arm64",
        ["any"] = "all",
        ["noarch"] = "all",
        ["x86_64"] = "amd64",
        ["x64"] = "amd64",
        ["x86"] = "i386",
        ["i686"] = "i386",
        ["armv7l"] = "armhf",
        ["native"] = "all",
        ["ppc64le"] = "ppc64el",
    };

    /// <summary>A package name (Policy 5.6.7).</summary>
    public static string Name(TextNode node)
    {
        const string Code = PackagerCodes.PackageNameInvalid;
        var remedy = NameFrom(node.Text) is { } better
            ? $"Write `name: {better}` in canary.yml."
            : "Set `name` in canary.yml to lower-case letters, digits, '+', '-' and '.'.";
        return node.Text.Length > LongestName
                ? throw node.Invalid("name", $"is longer than {LongestName}", remedy, Code)
            : NamePattern().IsMatch(node.Text) ? node.Text
            : throw node.Invalid(
                "name",
                "is no Debian package name: at least two lower-case letters, digits, '+', '-' or '.', of which the first is "
                    + "a letter or a digit",
                remedy,
                Code
            );
    }

    /// <summary>The package name closest to a text.</summary>
    /// <returns><c>null</c> if nothing of it can be kept.</returns>
    public static string? NameFrom(string text)
    {
        var name = UnnamablePattern().Replace(text.ToLowerInvariant(), "-").TrimStart('-', '+', '.').TrimEnd('-');
        name = name.Length > LongestName ? name[..LongestName] : name;
        return NamePattern().IsMatch(name) ? name : null;
    }

    /// <summary>A version (Policy 5.6.12).</summary>
    public static string Version(TextNode node)
    {
        const string Code = PackagerCodes.PackageVersionInvalid;
        var text = node.Text;
        if (text.Length > LongestVersion)
        {
            throw node.Invalid("version", $"is longer than {LongestVersion}", "Shorten it.", Code);
        }

        var rest = text;
        if (text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            rest = text[(colon + 1)..];
            // A number would be read with a NUL behind it, too.
            if (
                !text[..colon].All(char.IsAsciiDigit)
                || !int.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            )
            {
                throw node.Invalid(
                    "version",
                    "has an epoch (before ':') that is not a number",
                    "Remove the epoch.",
                    Code
                );
            }
        }

        if (rest.Length == 0 || !char.IsAsciiDigit(rest[0]))
        {
            var digits = rest.SkipWhile(c => !char.IsAsciiDigit(c)).ToArray();
            throw node.Invalid(
                "version",
                "does not begin with a digit",
                digits.Length > 0
                    ? $"Write `version: {new string(digits)}`."
                    : "Write a number such as `version: 1.0.0`.",
                Code
            );
        }

        if (
            rest.FirstOrDefault(c => !char.IsAsciiLetterOrDigit(c) && !".+~-".Contains(c, StringComparison.Ordinal))
            is var wrong
                and not '\0'
        )
        {
            throw node.Invalid(
                "version",
                $"contains {(wrong == ' ' ? "a space" : $"'{Source.SourceTree.Show(wrong.ToString())}'")}",
                "A Debian version holds letters, digits, '.', '+', '~' and '-' only.",
                Code
            );
        }

        return text;
    }

    /// <summary>One line of text.</summary>
    public static string Line(TextNode node, string key)
    {
        var text = node.Text.Trim();
        return text.Length == 0 ? throw node.Wrong(key, "is empty", $"Give it a value, or remove `{key}`.")
            : text.Any(char.IsControl)
                ? throw node.Invalid(key, "has a line break or another control character", "Write it on one line.")
            : text;
    }

    /// <summary>A description of one or more lines.</summary>
    public static string Description(TextNode node)
    {
        var text = node.Text.Replace("\r\n", "\n", StringComparison.Ordinal).Trim();
        return text.Length == 0 ? throw node.Wrong("description", "is empty", "Describe the application in a line.")
            : text.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))
                ? throw node.Invalid("description", "has a control character", "Remove it.")
            : text;
    }

    /// <summary>A maintainer (Policy 5.6.2).</summary>
    public static string Maintainer(TextNode node) =>
        IsMaintainer(node.Text)
            ? node.Text
            : throw node.Invalid(
                "maintainer",
                "is not of the form NAME <ADDRESS>",
                "Write for example `maintainer: Shop team <shop@example.org>`."
            );

    /// <summary>Whether a text is a maintainer.</summary>
    public static bool IsMaintainer(string text) => MaintainerPattern().IsMatch(text);

    /// <summary>A web address.</summary>
    public static string Homepage(TextNode node) =>
        Uri.TryCreate(node.Text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && !node.Text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
            ? node.Text
            : throw node.Invalid("homepage", "is no web address", "Write it whole: `https://…`.");

    /// <summary>A section (Policy 5.6.5).</summary>
    public static string Section(TextNode node) =>
        SectionPattern().IsMatch(node.Text)
            ? node.Text
            : throw node.Invalid("section", "is no Debian section", "Write one word such as `web`, `net` or `misc`.");

    /// <summary>An architecture that dpkg knows.</summary>
    public static string Architecture(TextNode node) =>
        Architectures.Contains(node.Text, StringComparer.Ordinal)
            ? node.Text
            : throw node.Invalid(
                "architecture",
                "is not one that dpkg knows",
                $"Write `architecture: {ForeignArchitectures.GetValueOrDefault(node.Text) ?? Nearest.To(node.Text, Architectures) ?? "all"}`."
            );

    /// <summary>As <see cref="Architecture"/>, and the names that other systems use.</summary>
    public static string ForeignArchitecture(TextNode node) =>
        ForeignArchitectures.GetValueOrDefault(node.Text) ?? Architecture(node);

    /// <summary>How packages of several architectures stand to each other (dpkg's deb-control(5), <c>Multi-Arch</c>).</summary>
    public static string MultiArch(TextNode node) =>
        MultiArchChoices.Contains(node.Text, StringComparer.Ordinal)
            ? node.Text
            : throw node.Invalid(
                "multi-arch",
                "is not one of the choices",
                $"Write one of {string.Join(", ", MultiArchChoices)}."
            );

    /// <summary>Relations to other packages (Policy 7.1), each item one, or several with commas between, as dpkg and apt read them
    /// in a package: what they refuse would stop them on every host.</summary>
    public static IReadOnlyList<string> Relations(IReadOnlyList<TextNode> nodes, string key) =>
        [
            .. nodes.SelectMany(node =>
                node.Text.Split(',', StringSplitOptions.TrimEntries)
                    .Select(relation => Relation(node with { Text = relation }, key))
            ),
        ];

    private static string Relation(TextNode node, string key)
    {
        var choices = node.Text.Split('|');
        foreach (var choice in choices)
        {
            CheckChoice(node, choice, key);
        }

        return choices.Length == 1 || KeysWithChoices.Contains(key)
            ? node.Text
            : throw node.Invalid(
                key,
                $"offers a choice, which only {string.Join(", ", KeysWithChoices)} may",
                "Write an item for each package."
            );
    }

    private static void CheckChoice(TextNode node, string choice, string key)
    {
        var match = RelationPattern().Match(choice);
        if (!match.Success)
        {
            throw node.Invalid(
                key,
                "is no relation to a package",
                choice.Contains('[', StringComparison.Ordinal)
                    ? "Leave `[…]` out: dpkg takes no architectures here. Set `architecture` if the package is for one."
                    : "Write `PACKAGE`, `PACKAGE (>= VERSION)` or `PACKAGE | PACKAGE`; the comparisons are "
                        + "<<, <=, =, >= and >>."
            );
        }

        if (match.Groups["version"].Value.EndsWith('-'))
        {
            throw node.Invalid(key, "has a version without anything after its hyphen", "Leave the last hyphen out.");
        }

        if (key == "provides" && match.Groups["comparison"] is { Success: true, Value: not "=" })
        {
            throw node.Invalid(
                key,
                "provides a version that is not exact",
                "Write `PACKAGE (= VERSION)` or `PACKAGE`."
            );
        }
    }

    /// <summary>Directory of the installed files.</summary>
    public static string Prefix(TextNode node)
    {
        var parts = node.Text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return
            node.Text.StartsWith('/')
            && parts.Length >= 2
            && parts.All(PathPartPattern().IsMatch)
            && parts[0] is not ("proc" or "sys" or "dev" or "run" or "tmp" or "bin" or "sbin")
            && !parts[0].StartsWith("lib", StringComparison.Ordinal)
            ? "/" + string.Join('/', parts)
            : throw node.Invalid(
                "prefix",
                "is no directory of an application's own",
                "Write an absolute path of two or more plain names, such as `/opt/shop` or `/srv/shop`."
            );
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"[^a-z0-9+.-]+", RegexOptions.CultureInvariant)]
    private static partial Regex UnnamablePattern();

    [GeneratedRegex(@"\A[^\p{C}<>]*[^\p{C}<>\s] <[^\p{C}\s<>@,]+@[^\p{C}\s<>@,]+>\z", RegexOptions.CultureInvariant)]
    private static partial Regex MaintainerPattern();

    [GeneratedRegex(@"\A(?:[a-z][a-z-]*/)?[a-z][a-z-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex SectionPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._+-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PathPartPattern();

    [GeneratedRegex(
        @"\A\s*[a-z0-9][a-z0-9+.-]+(?::[a-z0-9][a-z0-9-]*)?\s*(?:\((?<comparison><<|<=|=|>=|>>)\s*(?<version>(?:[0-9]+:)?[0-9][A-Za-z0-9.+~-]*)\))?\s*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex RelationPattern();
}
