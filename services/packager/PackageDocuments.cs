using System.Globalization;
using System.Text;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager;

/// <summary>Makes the two documents that Debian Policy (12.5, 12.7) asks of every package.</summary>
internal static class PackageDocuments
{
    private const int LargestLicense = 256 << 10;

    private const int TitleLength = 400;

    /// <summary>What <c>/usr/share/common-licenses</c> has, by SPDX identifier and by how the text begins.</summary>
    private static readonly (string Identifier, string Title, string File)[] CommonLicenses =
    [
        ("Apache-2.0", "Apache License Version 2.0, January 2004", "Apache-2.0"),
        ("CC0-1.0", "CC0 1.0 Universal", "CC0-1.0"),
        ("GFDL-1.2", "GNU Free Documentation License Version 1.2", "GFDL-1.2"),
        ("GFDL-1.3", "GNU Free Documentation License Version 1.3", "GFDL-1.3"),
        ("GPL-1.0", "GNU General Public License Version 1, February 1989", "GPL-1"),
        ("GPL-2.0", "GNU General Public License Version 2, June 1991", "GPL-2"),
        ("GPL-3.0", "GNU General Public License Version 3, 29 June 2007", "GPL-3"),
        ("LGPL-2.0", "GNU Library General Public License Version 2, June 1991", "LGPL-2"),
        ("LGPL-2.1", "GNU Lesser General Public License Version 2.1, February 1999", "LGPL-2.1"),
        ("LGPL-3.0", "GNU Lesser General Public License Version 3, 29 June 2007", "LGPL-3"),
        ("MPL-1.1", "Mozilla Public License Version 1.1", "MPL-1.1"),
        ("MPL-2.0", "Mozilla Public License Version 2.0", "MPL-2.0"),
    ];

    private static readonly string[] LicenseFiles =
    [
        "LICENSE",
        "LICENSE.txt",
        "LICENSE.md",
        "LICENCE",
        "COPYING",
        "COPYING.txt",
    ];

    public static IEnumerable<PackageItem> Make(
        string name,
        string version,
        string maintainer,
        CommitFacts commit,
        SourceTree tree,
        PackageMetadata metadata
    )
    {
        yield return Document(name, "copyright", Encoding.UTF8.GetBytes(Copyright(name, maintainer, tree, metadata)));
        yield return Document(
            name,
            "changelog.Debian.gz",
            GzipWriter.Compress(Encoding.UTF8.GetBytes(Changelog(name, version, maintainer, commit)))
        );
    }

    private static PackageItem Document(string name, string file, byte[] content) =>
        new()
        {
            Path = $"usr/share/doc/{name}/{file}",
            Kind = FileKind.File,
            Size = content.Length,
            Content = content,
        };

    private static string Copyright(string name, string maintainer, SourceTree tree, PackageMetadata metadata)
    {
        var text = new StringBuilder($"{name} is maintained by {maintainer}.\n");
        if (metadata.Homepage is not null)
        {
            text.Append("Its home page is ").Append(metadata.Homepage).Append(".\n");
        }

        var file = LicenseFiles.Select(tree.FindFile).FirstOrDefault(file => file is { Size: < LargestLicense });
        var license = file is null ? "" : Encoding.UTF8.GetString(tree.ReadSmall(file));
        text.Append('\n')
            .Append(metadata.License is null ? "" : $"License: {metadata.License}\n")
            .Append(metadata.License is null && file is null ? "Its repository names no license.\n" : "");

        // Policy 12.5: texts that every Debian system has are referred to, not repeated.
        if ((CommonLicense(metadata.License) ?? CommonLicenseOf(license)) is { } common)
        {
            text.Append("\nOn Debian systems, the complete text of this license is in /usr/share/common-licenses/")
                .Append(common)
                .Append(".\n");
        }
        else if (license.Length > 0)
        {
            text.Append('\n').Append(license);
        }

        return text.ToString();
    }

    private static string? CommonLicense(string? identifier) =>
        identifier is null
            ? null
            : CommonLicenses
                .FirstOrDefault(common =>
                    identifier == common.Identifier
                    || identifier == common.Identifier + "-only"
                    || identifier == common.Identifier + "-or-later"
                    || identifier == common.Identifier + "+"
                )
                .File;

    private static string? CommonLicenseOf(string text)
    {
        var beginning = string.Join(
            ' ',
            text[..Math.Min(text.Length, TitleLength)].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
        return CommonLicenses
            .FirstOrDefault(common => beginning.Contains(common.Title, StringComparison.OrdinalIgnoreCase))
            .File;
    }

    private static string Changelog(string name, string version, string maintainer, CommitFacts commit)
    {
        var title = string.Concat(commit.Title.Where(c => !char.IsControl(c))).Trim();
        var time = commit.CommittedAt.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture);
        return $"{name} ({version}) unstable; urgency=medium\n\n  * {(title.Length > 0 ? title : commit.Id)}\n\n"
            + $" -- {maintainer}  {time} +0000\n";
    }
}
