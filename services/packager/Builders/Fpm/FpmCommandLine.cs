using System.Globalization;
using System.Text;
using Canary.Failures;
using Canary.Packager.Deb;

namespace Canary.Packager.Builders.Fpm;

/// <summary>
/// What FPM is told about a package, argument by argument: <c>-s dir -t deb</c> and the options of docs/cli-reference.rst and
/// docs/packages/cli/deb.rst of jordansissel/fpm (1.17.0). Everything that FPM would otherwise decide by itself, by its machine or by its user is
/// said. docs/fpm.md explains each option.
/// </summary>
internal static class FpmCommandLine
{
    /// <summary>What FPM says where it is not told one: it leaves the field out in no case, and an empty one is none that hosts should read.</summary>
    public const string NoHomepage = "http://example.com/no-uri-given";

    private const string Field = "--deb-field";

    /// <summary>Linux's MAX_ARG_STRLEN: bytes of one argument with the NUL behind it (execve(2)).</summary>
    private const int LongestArgument = 128 << 10;

    /// <summary>A quarter of the usual limit of the stack is what Linux takes, with the environment; some is left for that.</summary>
    private const int LongestCommandLine = 3 << 19;

    /// <summary>A pointer to each counts too.</summary>
    private const int PerArgument = 8;

    /// <summary>The option for each field of the control file that FPM has one for, and whether it takes one relation at a time.</summary>
    private static readonly Dictionary<string, (string Option, bool IsList)> Fields = new(StringComparer.Ordinal)
    {
        ["Package"] = ("--name", false),
        ["Architecture"] = ("--architecture", false),
        ["Maintainer"] = ("--maintainer", false),
        ["Pre-Depends"] = ("--deb-pre-depends", true),
        ["Depends"] = ("--depends", true),
        ["Recommends"] = ("--deb-recommends", true),
        ["Suggests"] = ("--deb-suggests", true),
        ["Conflicts"] = ("--conflicts", true),
        ["Replaces"] = ("--replaces", true),
        ["Provides"] = ("--provides", true),
        ["Section"] = ("--category", false),
        ["Priority"] = ("--deb-priority", false),
        ["Homepage"] = ("--url", false),
    };

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["preinst"] = "--before-install",
        ["postinst"] = "--after-install",
        ["prerm"] = "--before-remove",
        ["postrm"] = "--after-remove",
    };

    /// <summary>FPM's names; it does not say <c>await</c>, which is what happens without a word (deb-triggers(5)).</summary>
    private static readonly Dictionary<string, string> Triggers = new(StringComparer.Ordinal)
    {
        ["interest"] = "--deb-interest",
        ["interest-await"] = "--deb-interest",
        ["interest-noawait"] = "--deb-interest-noawait",
        ["activate"] = "--deb-activate",
        ["activate-await"] = "--deb-activate",
        ["activate-noawait"] = "--deb-activate-noawait",
    };

    /// <summary>The arguments for a package that is laid out as <see cref="FpmLayout"/> has it.</summary>
    /// <exception cref="CanaryException">They are more than a program can be handed.</exception>
    public static IReadOnlyList<string> Of(PackageSpec package)
    {
        var arguments = ArgumentsOf(package);
        var sizes = arguments.Select(argument => (long)Encoding.UTF8.GetByteCount(argument) + 1).ToList();
        return sizes.Max() <= LongestArgument && sizes.Sum(size => size + PerArgument) <= LongestCommandLine
            ? arguments
            : throw new CanaryException(
                PackagerCodes.FpmFailed,
                $"FPM cannot be told of this package: one of its arguments would have {sizes.Max()} bytes, all of them {sizes.Sum()}; Linux takes "
                    + $"{LongestArgument} and about {LongestCommandLine}.",
                "Shorten the longest value in canary.yml or fpm.json, or let the native builder make the package: `package: {builder: native}` in "
                    + "canary.yml."
            );
    }

    /// <summary>A trigger as FPM writes it.</summary>
    public static string Written(string trigger) => trigger.Replace("-await ", " ", StringComparison.Ordinal);

    private static List<string> ArgumentsOf(PackageSpec package) =>
        [
            "--input-type",
            "dir",
            "--output-type",
            "deb",
            "--chdir",
            FpmLayout.Root,
            "--package",
            FpmLayout.Package,
            .. VersionOf(package.Version),
            .. package.Fields.SelectMany(field => Control(field.Name, field.Value)),
            .. package.Fields.Any(field => field.Name == "Homepage") ? Array.Empty<string>() : ["--url", NoHomepage],
            "--license",
            package.Fpm.License ?? "unknown",
            "--vendor",
            package.Fpm.Vendor ?? "",
            "--deb-installed-size",
            InstalledSize.Of(package).ToString(CultureInfo.InvariantCulture),
            "--deb-no-default-config-files",
            .. package.Conffiles.SelectMany(path => new[] { "--config-files", path }),
            .. package.Scripts.SelectMany(script =>
                new[] { Scripts[script.Name], $"{FpmLayout.Scripts}/{script.Name}" }
            ),
            .. package.Triggers.SelectMany(Trigger),
            "--deb-changelog",
            FpmLayout.Changelog,
            "--deb-compression",
            Compression(package.Compression),
            "--deb-user",
            "root",
            "--deb-group",
            "root",
            "--source-date-epoch-default",
            package.Time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ".",
        ];

    private static IEnumerable<string> VersionOf(string version)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            yield return "--epoch";
            yield return version[..colon];
        }

        var rest = version[(colon + 1)..];
        var hyphen = rest.LastIndexOf('-');
        yield return "--version";
        yield return hyphen < 0 ? rest : rest[..hyphen];
        if (hyphen >= 0)
        {
            yield return "--iteration";
            yield return rest[(hyphen + 1)..];
        }
    }

    private static IEnumerable<string> Control(string name, string value) =>
        name switch
        {
            "Version" => [],
            "Description" => ["--description", Unfolded(value)],
            _ when !Fields.TryGetValue(name, out var field) => [Field, $"{name}: {value}"],
            _ when Fields[name].IsList => value
                .Split(", ")
                .SelectMany(relation => new[] { Fields[name].Option, relation }),
            _ => [Fields[name].Option, value],
        };

    /// <summary>FPM folds it again: a space before each line, and a dot for an empty one.</summary>
    private static string Unfolded(string description) =>
        string.Join(
            '\n',
            description
                .Split('\n')
                .Select((line, index) => index == 0 ? line : line[1..])
                .Select((line, index) => index > 0 && line == "." ? "" : line)
        );

    private static IEnumerable<string> Trigger(string trigger)
    {
        var words = trigger.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [Triggers[words[0]], words[1]];
    }

    private static string Compression(Deb.Compression compression) =>
        compression switch
        {
            Deb.Compression.Gzip => "gz",
            Deb.Compression.Zstd => "zst",
            Deb.Compression.Xz => "xz",
            _ => "none",
        };
}
