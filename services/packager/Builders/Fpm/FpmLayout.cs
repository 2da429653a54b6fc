using System.IO.Compression;
using Canary.Failures;
using Canary.Packager.Deb;
using Canary.Packager.Source;

namespace Canary.Packager.Builders.Fpm;

/// <summary>The directory that FPM reads: <c>root</c> with the files of the package as hosts will have them, <c>scripts</c> with its
/// maintainer scripts, and its changelog.</summary>
internal static class FpmLayout
{
    public const string Root = "root";

    public const string Scripts = "scripts";

    public const string Changelog = "changelog";

    public const string Package = "package.deb";

    private const UnixFileMode Executable =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private const UnixFileMode Plain =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>FPM writes the changelog itself, compressed, into the documents of the package.</summary>
    public static bool IsChangelog(PackageSpec package, string path) => path == ChangelogPath(package);

    /// <summary>Where the changelog is that this program would write.</summary>
    public static string ChangelogPath(PackageSpec package) => $"usr/share/doc/{package.Name}/changelog.Debian.gz";

    /// <summary>Permissions of something in the package.</summary>
    public static UnixFileMode ModeOf(PackageItem item) =>
        item.Mode ?? (item.Kind == FileKind.Directory || item.Executable ? Executable : Plain);

    /// <summary>The changelog as FPM is handed it.</summary>
    public static byte[] ChangelogOf(PackageSpec package)
    {
        var item = package.Items.Single(item => IsChangelog(package, item.Path));
        try
        {
            using Stream compressed = item.Content is { } content
                ? new MemoryStream(content)
                : new StoredContentStream(item.Source ?? throw NoChangelog(package), item.Size);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            // It may become a thousand times as much.
            var text = new byte[SourceTree.LargestText + 1];
            var length = gzip.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return length <= SourceTree.LargestText ? text[..length] : throw NoChangelog(package);
        }
        catch (InvalidDataException)
        {
            throw NoChangelog(package);
        }
    }

    private static CanaryException NoChangelog(PackageSpec package) =>
        new(
            PackagerCodes.FpmFailed,
            $"FPM writes /{ChangelogPath(package)} itself, and what canary.yml puts there is not gzip's, or more than 1 MiB.",
            "Leave that file out, or let the native builder make the package: `package: {builder: native}` in canary.yml."
        );

    /// <summary>Writes all of it.</summary>
    public static void Write(PackageSpec package, string directory, CancellationToken cancellation)
    {
        using var contents = new StoredContents();
        var root = Make(Path.Combine(directory, Root));
        foreach (var item in package.Items.Where(item => !IsChangelog(package, item.Path)))
        {
            cancellation.ThrowIfCancellationRequested();
            Write(item, contents, Path.Combine(root, item.Path));
        }

        // A directory that may not be written to comes last.
        foreach (var item in package.Items.Where(item => item.Kind == FileKind.Directory).Reverse())
        {
            File.SetUnixFileMode(Path.Combine(root, item.Path), ModeOf(item));
        }

        var scripts = Make(Path.Combine(directory, Scripts));
        foreach (var (name, content) in package.Scripts)
        {
            File.WriteAllBytes(Path.Combine(scripts, name), content);
        }

        File.WriteAllBytes(Path.Combine(directory, Changelog), ChangelogOf(package));
    }

    private static void Write(PackageItem item, StoredContents contents, string path)
    {
        switch (item.Kind)
        {
            case FileKind.Directory:
                Make(path);
                break;
            case FileKind.Link:
                File.CreateSymbolicLink(path, item.Target!);
                break;
            default:
                if (item.Content is { } content)
                {
                    File.WriteAllBytes(path, content);
                }
                else
                {
                    // FPM links files into its own directory and changes them there.
                    contents.CopyTo(item.Source!, item.Size, path);
                }

                File.SetUnixFileMode(path, ModeOf(item));
                break;
        }
    }

    private static string Make(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Executable);
        return path;
    }
}
