using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.RepositoryPublisher.Packages.Archives;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>What a <c>.deb</c> says about itself. Nothing that a message says about it is believed over this.</summary>
internal sealed partial record DebFile(
    string Name,
    DebianVersion Version,
    string Architecture,
    ControlParagraph Control
)
{
    private const int LongestFileName = 255;

    /// <summary>As Debian's archive names the file.</summary>
    public string FileName => $"{Name}_{Version.WithoutEpoch}_{Architecture}.deb";

    /// <summary>Reads and checks the control data of a package file.</summary>
    /// <exception cref="CanaryException">It is not a package that the repository can take.</exception>
    public static DebFile Read(string path)
    {
        using var archive = DebArchive.Open(path);
        return Read(archive);
    }

    /// <summary>The same of one that is open.</summary>
    /// <exception cref="CanaryException">It is not a package that the repository can take.</exception>
    public static DebFile Read(DebArchive archive) =>
        From(ControlParagraph.Parse(ControlArchive.ReadControlFile(archive)));

    /// <summary>Reads and checks the control data itself.</summary>
    /// <exception cref="CanaryException">It is not that of a package that the repository can take.</exception>
    public static DebFile From(ControlParagraph control)
    {
        var name = Required(control, "Package");
        var version = Required(control, "Version");
        var architecture = Required(control, "Architecture");
        if (!PackageName.IsValid(name))
        {
            throw InvalidPackage.Because($"'{name}' is not a package name that Debian allows");
        }

        if (!ArchitectureSyntax().IsMatch(architecture))
        {
            throw InvalidPackage.Because($"'{architecture}' is not an architecture name");
        }

        var package = new DebFile(
            name,
            DebianVersion.TryParse(version)
                ?? throw InvalidPackage.Because($"'{version}' is not a version that Debian allows"),
            architecture,
            control
        );
        return package.FileName.Length <= LongestFileName
            ? package
            : throw InvalidPackage.Because("its name and version are too long for a file name");
    }

    private static string Required(ControlParagraph control, string field) =>
        control[field] is { Length: > 0 } value
            ? value
            : throw InvalidPackage.Because($"its control file lacks the field {field}");

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]*\z")]
    private static partial Regex ArchitectureSyntax();
}
