using Canary.Failures;
using Canary.RepositoryPublisher.Packages.Archives;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>The files of a package.</summary>
/// <param name="mostBytes">How many bytes they may unpack to.</param>
/// <param name="allowsSetUserId">Whether a program may run with the rights of its owner.</param>
internal sealed class DataArchive(long mostBytes, bool allowsSetUserId)
{
    private const UnixFileMode RunsAsOwner = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    /// <summary>How much larger than the compressed data the files may be, from <see cref="AlwaysFine"/> on.</summary>
    private const int LargestRatio = 200;

    private const long AlwaysFine = 64 << 20;

    private const int MostEntries = 500_000;

    /// <summary>Of all paths together, which are kept in memory.</summary>
    private const int MostCharacters = 64 << 20;

    private readonly Dictionary<string, TarKind> _kinds = new(StringComparer.Ordinal);
    private long _characters;

    /// <summary>Reads all of a package's files, and refuses what gives rights on a host to whoever runs or opens it, or is
    /// unpacked anywhere but below the root.</summary>
    /// <exception cref="CanaryException">It does not unpack, or a file is not allowed.</exception>
    public void Check(DebArchive package)
    {
        try
        {
            using var unpacked = package.OpenData();
            var entries = new TarEntries(unpacked, LimitFor(package.DataSize));
            while (entries.Next() is { } entry)
            {
                Check(entry);
            }
        }
        catch (InvalidDataException)
        {
            throw InvalidPackage.Because("its data member does not unpack");
        }
    }

    private UnpackingLimit LimitFor(long compressed)
    {
        var byRatio = Math.Max(AlwaysFine, compressed * LargestRatio);
        return byRatio < mostBytes
            ? new UnpackingLimit(
                byRatio,
                () =>
                    new CanaryException(
                        RepositoryPublisherCodes.PackageTooLarge,
                        $"The {compressed} bytes of the package's files unpack to more than {LargestRatio} times as many.",
                        "Leave files that hold the same over and over out of the package; script/post-inst can make them on the host."
                    )
            )
            : new UnpackingLimit(
                mostBytes,
                () =>
                    new CanaryException(
                        RepositoryPublisherCodes.PackageTooLarge,
                        $"The package's files unpack to more than the {mostBytes} bytes that are allowed.",
                        "Make the package smaller, or raise the option 'repository-publisher: maximum-unpacked-size'."
                    )
            );
    }

    private void Check(TarEntry entry)
    {
        CheckKind(entry);
        CheckPlace(entry);
        if (entry.Kind == TarKind.HardLink)
        {
            CheckHardLink(entry);
        }
        else if (entry.Kind == TarKind.SymbolicLink && !TarPath.StaysBelowRoot(entry.Path, entry.Target))
        {
            throw NotAllowed(
                $"'{TarPath.Show(entry.Path)}' is a link that leaves the package: it leads to '{TarPath.Show(entry.Target)}'",
                "Let it lead to something in the package by a relative path that goes up first and then down, or make it on the "
                    + "host with script/post-inst."
            );
        }
    }

    private void CheckKind(TarEntry entry)
    {
        if (entry.Kind is TarKind.CharacterDevice or TarKind.BlockDevice or TarKind.Pipe)
        {
            throw NotAllowed(
                $"'{TarPath.Show(entry.Path)}' is a {entry.Kind}",
                "A package holds files, directories and links only. Make it on the host with script/post-inst."
            );
        }

        if (entry.Kind is TarKind.File or TarKind.HardLink && (entry.Mode & RunsAsOwner) != 0 && !allowsSetUserId)
        {
            throw NotAllowed(
                $"'{TarPath.Show(entry.Path)}' runs with the rights of its owner (setuid or setgid)",
                "Build the package without that bit, or add its name to repository-publisher.admission.set-user-id."
            );
        }
    }

    /// <summary>Each path once, and directories before what is in them: so nothing is ever unpacked through a link.</summary>
    private void CheckPlace(TarEntry entry)
    {
        _characters += entry.Path.Length;
        if (_kinds.Count == MostEntries || _characters > MostCharacters)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.PackageTooLarge,
                $"The package has more than {MostEntries} files, or their paths have more than {MostCharacters} characters.",
                "Leave files out with `exclude` in canary.yml, or put them into an archive."
            );
        }

        if (!_kinds.TryAdd(entry.Path, entry.Kind))
        {
            throw InvalidPackage.Because($"its files have '{TarPath.Show(entry.Path)}' twice");
        }

        if (!IsInDirectory(entry.Path))
        {
            throw InvalidPackage.Because(
                $"its file '{TarPath.Show(entry.Path)}' does not follow the directory that it is in"
            );
        }
    }

    private bool IsInDirectory(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0
            || (
                _kinds.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path.AsSpan(0, slash), out var parent)
                && parent == TarKind.Directory
            );
    }

    private void CheckHardLink(TarEntry entry)
    {
        var target = TarPath.Normalize(entry.Target, mayEndWithSlash: false);
        if (
            _kinds.GetValueOrDefault(target, TarKind.Pipe) is not (TarKind.File or TarKind.HardLink)
            || target == entry.Path
        )
        {
            throw NotAllowed(
                $"'{TarPath.Show(entry.Path)}' is a hard link to '{TarPath.Show(target)}', which is no file of the package before it",
                "Build the package without that link: a hard link to a file of the host gives it another name there."
            );
        }
    }

    private static CanaryException NotAllowed(string what, string remedy) =>
        new(
            RepositoryPublisherCodes.FileNotAllowed,
            $"Of the package's files, {what}, which the repository does not take.",
            remedy
        );
}
