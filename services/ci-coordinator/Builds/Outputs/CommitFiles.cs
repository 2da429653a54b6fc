using System.Security.Cryptography;
using Canary.Failures;

namespace Canary.CiCoordinator.Builds.Outputs;

/// <summary>The files of a commit, before its scripts run.</summary>
internal sealed class CommitFiles
{
    private readonly Dictionary<string, BuiltFile> _files = new(StringComparer.Ordinal);

    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    private readonly Dictionary<string, byte[]> _digests = new(StringComparer.Ordinal);

    private CommitFiles() { }

    /// <summary>Reads a fresh checkout.</summary>
    /// <param name="checkout">Its files.</param>
    /// <param name="include">Of which the content counts as well.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">They cannot be read, or there are more.</exception>
    public static async Task<CommitFiles> ReadAsync(
        IBuildFiles checkout,
        PathGlobs include,
        int most,
        CancellationToken cancellation
    )
    {
        var commit = new CommitFiles();
        if (!await BuiltFile.ListAsync(checkout, most, commit.Add, cancellation))
        {
            throw TooMany(most);
        }

        var included = commit._files.Values.Where(file => file.IsFile && include.Matches(file.Path)).ToList();
        await PackedFiles.ReadAsync(
            checkout,
            included,
            async (file, content) => commit._digests[file.Path] = await DigestAsync(content, cancellation),
            cancellation
        );
        return commit;
    }

    public bool Has(string path) => _files.ContainsKey(path);

    /// <summary>Whether a file may be as it is in the commit; its content decides.</summary>
    public bool MayBeUnchanged(BuiltFile file) =>
        _files.TryGetValue(file.Path, out var old)
        && (old.Kind, old.Size, old.Target) == (file.Kind, file.Size, file.Target);

    public bool HasContent(string path, byte[] digest) =>
        _digests.TryGetValue(path, out var old) && old.AsSpan().SequenceEqual(digest);

    /// <summary>The directory nearest to the root that leads to a file and that the commit does not have.</summary>
    /// <returns><c>null</c> if the commit has all of them.</returns>
    public string? NewDirectoryOf(string path)
    {
        for (var slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (!_directories.Contains(path[..slash]))
            {
                return path[..slash];
            }
        }

        return null;
    }

    private static async Task<byte[]> DigestAsync(Stream content, CancellationToken cancellation) =>
        await SHA256.HashDataAsync(content, cancellation);

    private static CanaryException TooMany(int most) =>
        new(
            CiCoordinatorCodes.BuildOutputTooLarge,
            $"The commit has more than {most} files: what its build makes for the package (package.include) cannot be told from them.",
            "Remove `include` from canary.yml, keep fewer files in git, or raise ci-coordinator.builds.output.files to more than half as many."
        );

    private void Add(BuiltFile file)
    {
        _files[file.Path] = file;
        for (var slash = file.Path.LastIndexOf('/'); slash > 0; slash = file.Path.LastIndexOf('/', slash - 1))
        {
            if (!_directories.Add(file.Path[..slash]))
            {
                break;
            }
        }
    }
}
