using Canary.Failures;
using Canary.RepositoryPublisher.Packages.Archives;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>What a package says of itself, and the scripts that dpkg runs: files of known names, each once.</summary>
internal static class ControlArchive
{
    private const string Control = "control";

    private const int LargestControlFile = 1 << 20;

    /// <summary>Those of real packages are a few hundred kilobytes at most.</summary>
    private const int Largest = 32 << 20;

    private static readonly string[] Known =
    [
        Control,
        "conffiles",
        "config",
        "md5sums",
        "postinst",
        "postrm",
        "preinst",
        "prerm",
        "shlibs",
        "symbols",
        "templates",
        "triggers",
    ];

    private static UnpackingLimit Limit { get; } =
        new(Largest, () => InvalidPackage.Because("its control member unpacks to too much"));

    /// <summary>Reads all of it.</summary>
    /// <returns>The control file.</returns>
    /// <exception cref="CanaryException">It is not what dpkg-deb makes.</exception>
    public static byte[] ReadControlFile(DebArchive package)
    {
        try
        {
            using var unpacked = package.OpenControl();
            return Read(new TarEntries(unpacked, Limit));
        }
        catch (InvalidDataException)
        {
            throw InvalidPackage.Because("its control member does not unpack");
        }
    }

    private static byte[] Read(TarEntries entries)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        byte[]? control = null;
        while (entries.Next() is { } entry)
        {
            if (!IsKnown(entry))
            {
                throw InvalidPackage.Because(
                    $"its control member has '{TarPath.Show(entry.Path)}' ({entry.Kind}), which is none of the files that dpkg knows"
                );
            }

            if (!found.Add(entry.Path))
            {
                throw InvalidPackage.Because($"its control member has '{entry.Path}' twice");
            }

            if (entry.Path == Control)
            {
                control = entries.ReadFile("its control file", LargestControlFile);
            }
        }

        return control ?? throw InvalidPackage.Because("its control member has no file control");
    }

    private static bool IsKnown(TarEntry entry) =>
        entry.Kind == TarKind.Directory
            ? entry.Path.Length == 0
            : entry.Kind == TarKind.File && Known.Contains(entry.Path, StringComparer.Ordinal);
}
