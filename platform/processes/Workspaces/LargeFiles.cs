using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>Fetches what a commit keeps in Git LFS, by git-lfs. What is fetched stays beside the local copy of the repository, for the
/// next commit and the next stage. git-lfs does not write files of the commit: it goes by the commit's tree, in which a name may be a link
/// and a directory at once, and git's index by which the files were laid out has each once.</summary>
internal sealed partial class LargeFiles(GitClient git)
{
    /// <summary>Larger than any pointer (git-lfs docs/spec.md).</summary>
    private const int LargestPointer = 1024;

    /// <exception cref="CanaryException"><c>large-files-unreachable</c> or <c>program-missing</c>.</exception>
    public async Task FetchAsync(
        SourceCopy copy,
        SourceRequest request,
        WorkTree tree,
        string root,
        CancellationToken cancellation
    )
    {
        var pointers = await PointersAsync(request, tree, cancellation);
        if (pointers.Count == 0)
        {
            return;
        }

        var storage = Path.Combine(copy.Path, "lfs");
        var result = await git.TryAtAsync(
            request.CloneUrl,
            [
                "-c",
                $"lfs.url={AddressFor(request.CloneUrl)}",
                "-c",
                "lfs.fetchinclude=",
                "-c",
                "lfs.fetchexclude=",
                .. Repository(copy, request, tree, root, storage).Options,
                "lfs",
                "fetch",
                "origin",
                request.Commit,
            ],
            limit: null,
            cancellation
        );
        if (!result.Succeeded)
        {
            throw result.OutputTail.Contains("'lfs' is not a git command", StringComparison.Ordinal)
                ? SourceFailures.WithoutGitLfs()
                : SourceFailures.LargeFilesUnreachable(request, result);
        }

        foreach (var (path, digest) in pointers)
        {
            var content = Path.Combine(storage, "objects", digest[..2], digest[2..4], digest);
            if (File.Exists(content) && !await TryWriteAsync(content, digest, path, cancellation))
            {
                throw SourceFailures.LargeFileDamaged(request, Path.GetRelativePath(tree.Files, path));
            }
        }
    }

    /// <summary>Where the server keeps them: beside the repository, whatever a file of the commit (.lfsconfig) says, which would
    /// have this machine ask any other (git-lfs docs/api/server-discovery.md).</summary>
    private static string AddressFor(string cloneUrl) =>
        cloneUrl.StartsWith('/') ? new Uri(cloneUrl).AbsoluteUri
        : !cloneUrl.StartsWith("http", StringComparison.Ordinal) ? cloneUrl
        : cloneUrl.EndsWith(".git", StringComparison.Ordinal) ? $"{cloneUrl}/info/lfs"
        : $"{cloneUrl.TrimEnd('/')}.git/info/lfs";

    /// <summary>The files that have only a pointer, with the digest that it says.</summary>
    private async Task<List<(string Path, string Digest)>> PointersAsync(
        SourceRequest request,
        WorkTree tree,
        CancellationToken cancellation
    )
    {
        var result = await git.TryAsync(
            [.. tree.Options, "ls-files", "-z", "--", ":(top,attr:filter=lfs)"],
            cancellation,
            tree.Index
        );
        return !result.Succeeded
            ? throw SourceFailures.CheckoutFailed(request, result)
            :
            [
                .. GitClient
                    .TextOf(result)
                    .Split('\0', StringSplitOptions.RemoveEmptyEntries)
                    .Select(path => Path.Combine(tree.Files, path))
                    .Select(path => (path, DigestOf(path)!))
                    .Where(pointer => pointer.Item2 is not null),
            ];
    }

    private static string? DigestOf(string path) =>
        new FileInfo(path) is { Exists: true, LinkTarget: null, Length: > 0 and <= LargestPointer } file
        && Pointer().Match(File.ReadAllText(file.FullName)) is { Success: true } pointer
            ? pointer.Groups["digest"].Value
            : null;

    /// <summary>Over the pointer, so that its permissions stay. What is damaged is fetched anew by the next checkout.</summary>
    private static async Task<bool> TryWriteAsync(
        string content,
        string digest,
        string path,
        CancellationToken cancellation
    )
    {
        await using (var from = File.OpenRead(content))
        {
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(from, cancellation)) == digest)
            {
                from.Position = 0;
                await using var to = new FileStream(path, FileMode.Truncate, FileAccess.Write, FileShare.None);
                await from.CopyToAsync(to, cancellation);
                return true;
            }
        }

        File.Delete(content);
        return false;
    }

    /// <summary>git-lfs asks for a commit of a repository with a remote, which a local copy has not. Where it keeps files is
    /// linked, not configured: git-lfs would look there as well for what a repository of this machine has.</summary>
    private static WorkTree Repository(
        SourceCopy copy,
        SourceRequest request,
        WorkTree tree,
        string root,
        string storage
    )
    {
        var directory = Path.Combine(root, $"lfs-{Guid.NewGuid():N}.git");
        BareRepository.CreateBorrowing(directory, copy.Path, request);
        Directory.CreateDirectory(storage);
        Directory.CreateSymbolicLink(Path.Combine(directory, "lfs"), storage);
        if (LocalObjects.Of(request.CloneUrl) is { } objects)
        {
            // What stands beside borrowed objects is taken from there.
            BareRepository.Borrow(directory, $"{Path.Combine(copy.Path, "objects")}\n{objects}");
        }

        return tree with
        {
            GitDirectory = directory,
        };
    }

    [GeneratedRegex(
        @"\Aversion https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:(?<digest>[0-9a-f]{64})\nsize \d+\n"
    )]
    private static partial Regex Pointer();
}
