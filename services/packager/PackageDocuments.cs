using System.Text;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packager;

/// <summary>Makes the two documents that Debian Policy (12.5, 12.7) asks of every package.</summary>
internal static class PackageDocuments
{
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

        text.Append('\n')
            .Append(
                metadata.License is null
                    ? "No license is declared in its metadata.\n"
                    : $"License: {metadata.License}\n"
            );
        var license = LicenseFiles.Select(tree.FindFile).FirstOrDefault(file => file is { Size: < 1 << 20 });
        if (license is not null)
        {
            text.Append('\n').Append(Encoding.UTF8.GetString(tree.ReadSmall(license)));
        }

        return text.ToString();
    }

    private static string Changelog(string name, string version, string maintainer, CommitFacts commit)
    {
        var title = string.Concat(commit.Title.Where(c => !char.IsControl(c))).Trim();
        return $"{name} ({version}) unstable; urgency=medium\n\n  * {(title.Length > 0 ? title : commit.Id)}\n\n"
            + $" -- {maintainer}  {commit.CommittedAt.ToUniversalTime():ddd, dd MMM yyyy HH:mm:ss} +0000\n";
    }
}
