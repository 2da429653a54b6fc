using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Packager.Deb;
using Canary.Packager.Source;
using Canary.Processes;

namespace Canary.Packager.Builders.Fpm;

/// <summary>
/// Whether a package is the one that was planned: what it says of itself, every file with its contents, checksum, permissions, owner and time, its
/// configuration files, scripts and triggers. FPM is a program on a machine that others use as well, and each of its versions corrects other things
/// by itself. dpkg-deb unpacks, as it will on hosts; what every package must be, the publisher checks when it is uploaded.
/// </summary>
internal sealed class FpmPackageCheck(DataDirectory data)
{
    /// <summary>The program that unpacks.</summary>
    public const string Program = "dpkg-deb";

    private const long LargestControl = 64 << 20;

    private const int PieceSize = 80 << 10;

    private const string Checksums = "md5sums";

    private const string Root = "root";

    /// <summary>What FPM writes beyond what it is told, and nobody goes by.</summary>
    private static readonly string[] Additions = ["License", "Vendor", "Installed-Size"];

    private static readonly string[] ScriptNames = ["preinst", "postinst", "prerm", "postrm"];

    /// <summary>Whether the program is there.</summary>
    public static bool CanCheck => File.Exists($"/usr/bin/{Program}");

    /// <param name="package">What was planned.</param>
    /// <param name="file">What was made.</param>
    /// <param name="place">Where it was made, for people.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException"><c>fpm-package-wrong</c>: it is another one, or none.</exception>
    public async Task CheckAsync(PackageSpec package, string file, string place, CancellationToken cancellation)
    {
        var control = $"{file}.control.tar";
        var contents = $"{file}.data.tar";
        try
        {
            await UnpackAsync("--ctrl-tarfile", file, control, LargestControl, place, cancellation);
            var made = ReadControl(control);
            CheckControl(package, made, place);
            await UnpackAsync("--fsys-tarfile", file, contents, FpmBuilder.LargestOf(package), place, cancellation);
            var sums = LinesOf(made, Checksums);
            await Task.Run(() => CheckContents(package, contents, sums, place, cancellation), cancellation);
        }
        catch (Exception exception)
            when (exception
                    is InvalidDataException
                        or EndOfStreamException
                        or FormatException
                        or ArgumentOutOfRangeException
            )
        {
            throw Wrong(place, $"it cannot be read: {exception.Message}");
        }
        finally
        {
            File.Delete(control);
            File.Delete(contents);
        }
    }

    private async Task UnpackAsync(
        string option,
        string file,
        string target,
        long limit,
        string place,
        CancellationToken cancellation
    )
    {
        await using var tar = File.Create(target);
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = Program,
                Arguments = [option, file],
                WorkingDirectory = Path.GetDirectoryName(file)!,
                Owner = data.Root,
                Environment = new Dictionary<string, string> { ["PATH"] = LocalFpm.SearchPath, ["LC_ALL"] = "C.UTF-8" },
                OutputLimit = limit,
                Output = bytes => tar.WriteAsync(bytes, cancellation),
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        if (!result.Succeeded)
        {
            throw Wrong(
                place,
                result.Ending switch
                {
                    ProcessEnding.OutputLimit => "it holds far more than was planned",
                    ProcessEnding.TimedOut => $"{Program} took too long to read it",
                    _ => $"{Program} cannot read it{Complaint(result.OutputTail)}",
                }
            );
        }
    }

    /// <summary>Before what it says, there is what it has unpacked.</summary>
    private static string Complaint(string output)
    {
        var start = output.LastIndexOf($"{Program}:", StringComparison.Ordinal);
        return start < 0 ? "" : $": {SourceTree.Show(output[start..].Split('\n')[0])}";
    }

    private static Dictionary<string, byte[]> ReadControl(string path)
    {
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                using var content = new MemoryStream();
                entry.DataStream?.CopyTo(content);
                members[NameOf(entry)] = content.ToArray();
            }
        }

        return members;
    }

    private static void CheckControl(PackageSpec package, Dictionary<string, byte[]> control, string place)
    {
        CheckFields(package, TextOf(control, "control"), place);
        CheckSame(
            "its configuration files",
            package.Conffiles.Order(StringComparer.Ordinal),
            LinesOf(control, "conffiles"),
            place
        );
        CheckSame(
            "its triggers",
            package.Triggers.Select(FpmCommandLine.Written).Distinct(),
            LinesOf(control, "triggers"),
            place
        );
        foreach (var name in ScriptNames)
        {
            var planned = package.Scripts.FirstOrDefault(script => script.Name == name).Content;
            var made = control.GetValueOrDefault(name);
            if (planned is null != made is null || (planned is not null && !planned.AsSpan().SequenceEqual(made)))
            {
                throw Wrong(place, $"its script {name} is another one");
            }
        }

        string[] known = ["control", "conffiles", "triggers", Checksums, .. ScriptNames];
        if (control.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw Wrong(place, $"it has a control file {SourceTree.Show(unknown)}");
        }
    }

    private static string TextOf(Dictionary<string, byte[]> control, string name) =>
        Encoding.UTF8.GetString(control.GetValueOrDefault(name) ?? []);

    private static string[] LinesOf(Dictionary<string, byte[]> control, string name) =>
        TextOf(control, name).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static void CheckFields(PackageSpec package, string control, string place)
    {
        var made = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in ReadFields(control))
        {
            if (!made.TryAdd(name, value))
            {
                throw Wrong(place, $"it says {SourceTree.Show(name)} twice");
            }
        }

        foreach (var (name, value) in package.Fields)
        {
            if (!made.Remove(name, out var said) || said != value.TrimEnd())
            {
                throw Wrong(
                    place,
                    said is null
                        ? $"it has no {name}"
                        : $"its {name} is '{SourceTree.Show(said)}', not '{SourceTree.Show(value)}'"
                );
            }
        }

        if (made.GetValueOrDefault("Homepage") == FpmCommandLine.NoHomepage)
        {
            made.Remove("Homepage");
        }

        if (made.Keys.FirstOrDefault(name => !Additions.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } added)
        {
            throw Wrong(place, $"it has a field {SourceTree.Show(added)}");
        }
    }

    private static List<(string Name, string Value)> ReadFields(string control)
    {
        var fields = new List<(string Name, string Value)>();
        foreach (var line in control.Split('\n').Where(line => line.Length > 0))
        {
            if (line[0] == ' ' && fields.Count > 0)
            {
                fields[^1] = (fields[^1].Name, $"{fields[^1].Value}\n{line}");
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            fields.Add(
                colon > 0 ? (line[..colon], line[(colon + 1)..].Trim()) : throw new FormatException($"no field: {line}")
            );
        }

        return fields;
    }

    private static void CheckSame(string what, IEnumerable<string> planned, IEnumerable<string> made, string place)
    {
        var difference = planned.ToHashSet(StringComparer.Ordinal);
        difference.SymmetricExceptWith(made);
        if (difference.Count > 0)
        {
            throw Wrong(place, $"{what} differ: {string.Join(", ", difference.Select(SourceTree.Show))}");
        }
    }

    private static void CheckContents(
        PackageSpec package,
        string path,
        IEnumerable<string> sums,
        string place,
        CancellationToken cancellation
    )
    {
        var conffiles = package.Conffiles.ToHashSet(StringComparer.Ordinal);
        var unseen = sums.ToHashSet(StringComparer.Ordinal);
        var missing = package.Items.ToDictionary(item => item.Path, StringComparer.Ordinal);
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        while (tar.GetNextEntry() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            CheckOwner(entry, place);
            var name = NameOf(entry);
            if (name.Length == 0)
            {
                continue;
            }

            var item = Planned(package, name, missing, place);
            CheckEntry(package, entry, item, place);
            // Maintainer scripts go by the checksums. Not every version of FPM writes those of conffiles, which dpkg has elsewhere.
            if (
                item.Kind == FileKind.File
                && !unseen.Remove($"{SumOf(package, entry, item, place, cancellation)}  {name}")
                && !conffiles.Contains($"/{name}")
            )
            {
                throw Wrong(place, $"its {Checksums} say something else of /{SourceTree.Show(name)}");
            }
        }

        if (unseen.Order(StringComparer.Ordinal).FirstOrDefault() is { } added)
        {
            throw Wrong(place, $"its {Checksums} say {SourceTree.Show(added)}");
        }

        if (missing.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } lost)
        {
            throw Wrong(place, $"/{SourceTree.Show(lost)} is missing");
        }
    }

    private static PackageItem Planned(
        PackageSpec package,
        string name,
        Dictionary<string, PackageItem> missing,
        string place
    )
    {
        if (missing.Remove(name, out var item))
        {
            return item;
        }

        // Where a package has no changelog of the program itself, FPM gives its own that name (Policy 12.7).
        var changelog = FpmLayout.ChangelogPath(package);
        return
            name == changelog.Replace(".Debian", "", StringComparison.Ordinal)
            && missing.Remove(changelog, out var renamed)
            ? renamed
            : throw Wrong(place, $"/{SourceTree.Show(name)} was not planned, or is there twice");
    }

    /// <summary>dpkg goes by the names where a host knows them, and else by the numbers.</summary>
    private static void CheckOwner(TarEntry entry, string place)
    {
        var (user, group) = entry is PosixTarEntry named ? (named.UserName, named.GroupName) : ("", "");
        if ((entry.Uid, entry.Gid) != (0, 0) || user is not ("" or Root) || group is not ("" or Root))
        {
            throw Wrong(
                place,
                $"/{SourceTree.Show(NameOf(entry))} belongs to {entry.Uid}:{entry.Gid} ({SourceTree.Show($"{user}:{group}")}), not to root"
            );
        }
    }

    private static void CheckEntry(PackageSpec package, TarEntry entry, PackageItem item, string place)
    {
        var name = $"/{SourceTree.Show(item.Path)}";
        var kind = entry.EntryType switch
        {
            TarEntryType.Directory => FileKind.Directory,
            TarEntryType.SymbolicLink => FileKind.Link,
            TarEntryType.RegularFile or TarEntryType.V7RegularFile => FileKind.File,
            _ => throw Wrong(place, $"{name} is a {entry.EntryType}"),
        };
        if (kind != item.Kind)
        {
            throw Wrong(place, $"{name} is a {kind}");
        }

        if (entry.ModificationTime.ToUnixTimeSeconds() != package.Time.ToUnixTimeSeconds())
        {
            throw Wrong(place, $"{name} has the time {entry.ModificationTime:u}, not the commit's {package.Time:u}");
        }

        if (kind == FileKind.Link)
        {
            if (entry.LinkName != item.Target)
            {
                throw Wrong(place, $"{name} leads to {SourceTree.Show(entry.LinkName)}");
            }

            return;
        }

        if (entry.Mode != FpmLayout.ModeOf(item))
        {
            throw Wrong(
                place,
                $"{name} has the mode {Convert.ToString((int)entry.Mode, 8)}, not {Convert.ToString((int)FpmLayout.ModeOf(item), 8)}"
            );
        }
    }

    /// <summary>MD5 of a file whose contents are those that were planned.</summary>
    [SuppressMessage(
        "Security",
        "CA5351",
        Justification = "dpkg's md5sums detect damage; contents are compared whole."
    )]
    private static string SumOf(
        PackageSpec package,
        TarEntry entry,
        PackageItem item,
        string place,
        CancellationToken cancellation
    )
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var made = entry.DataStream ?? Stream.Null;
        return HasContents()
            ? Convert.ToHexStringLower(md5.GetHashAndReset())
            : throw Wrong(place, $"/{SourceTree.Show(item.Path)} has other contents");

        bool HasContents()
        {
            if (FpmLayout.IsChangelog(package, item.Path))
            {
                var text = FpmLayout.ChangelogOf(package);
                return entry.Length <= text.Length + PieceSize && IsCompressed(text);
            }

            using Stream planned = item.Content is { } content
                ? new MemoryStream(content)
                : new StoredContentStream(item.Source!, item.Size);
            return Same(made, planned, md5, cancellation);
        }

        bool IsCompressed(byte[] text)
        {
            var compressed = new byte[entry.Length];
            made.ReadExactly(compressed);
            md5.AppendData(compressed);
            using var unpacked = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
            return Same(unpacked, new MemoryStream(text), null, cancellation);
        }
    }

    private static bool Same(Stream made, Stream planned, IncrementalHash? sum, CancellationToken cancellation)
    {
        var first = new byte[PieceSize];
        var second = new byte[PieceSize];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = made.ReadAtLeast(first, PieceSize, throwOnEndOfStream: false);
            var wanted = planned.ReadAtLeast(second, PieceSize, throwOnEndOfStream: false);
            if (!first.AsSpan(0, read).SequenceEqual(second.AsSpan(0, wanted)))
            {
                return false;
            }

            sum?.AppendData(first, 0, read);
            if (read < PieceSize)
            {
                return true;
            }
        }
    }

    private static string NameOf(TarEntry entry)
    {
        var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        return name.TrimEnd('/') is "." ? "" : name.TrimEnd('/');
    }

    private static CanaryException Wrong(string place, string difference) =>
        new(
            PackagerCodes.FpmPackageWrong,
            $"FPM on {place} made another package than was planned: {difference.TrimEnd('.')}.",
            $"See that FPM on {place} is an unchanged release, or let the native builder make the package: `package: {{builder: native}}` in "
                + "canary.yml."
        );
}
