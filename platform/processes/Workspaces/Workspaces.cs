using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Failures;
using Microsoft.Extensions.Logging;

namespace Canary.Processes.Workspaces;

/// <summary>
/// Makes workspaces: fresh private directories that hold exactly one commit. Commits come through a local copy of each
/// repository, so that the stages of a release share one fetch.
/// </summary>
public sealed partial class Workspaces : IAsyncDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(30);

    private readonly string _checkouts;
    private readonly string _copies;
    private readonly string _trash;
    private readonly WorkspaceOptions _options;
    private readonly ILogger<Workspaces> _logger;
    private readonly GitClient _git;
    private readonly CommitFiles _files;
    private readonly ConcurrentDictionary<string, SourceCopy> _sources = new();
    private readonly ConcurrentDictionary<Task, bool> _removals = new();

    /// <summary>Takes possession of the directory: kills processes and removes workspaces that a killed host left in it.</summary>
    /// <param name="directory">Absolute path of a directory that nobody else uses; it is created.</param>
    /// <param name="options">How sources are fetched.</param>
    /// <param name="logger">For what nobody waits for.</param>
    /// <param name="credentials">Gives out credentials to fetch with; <c>null</c>: nobody does.</param>
    public Workspaces(
        string directory,
        WorkspaceOptions options,
        ILogger<Workspaces> logger,
        IGitCredentials? credentials = null
    )
    {
        _options = options;
        _logger = logger;
        _checkouts = Path.Combine(directory, "checkouts");
        _copies = Path.Combine(directory, "copies");
        _trash = Path.Combine(directory, "trash");
        Directory.CreateDirectory(directory, Private);
        SupervisedProcess.Sweep(directory);
        RemoveWhatIsLeft();
        Directory.CreateDirectory(_checkouts, Private);
        Directory.CreateDirectory(_copies, Private);
        Directory.CreateDirectory(_trash, Private);
        _git = new GitClient(directory, options, credentials);
        _files = new CommitFiles(_git, options, CopyFor);
    }

    /// <summary>Directory of the local copies of repositories.</summary>
    public string Copies => _copies;

    /// <summary>Makes a workspace.</summary>
    /// <exception cref="CanaryException">
    /// <c>source-refused</c>, <c>commit-invalid</c>, <c>repository-unreachable</c>, <c>commit-missing</c> or
    /// <c>checkout-failed</c>; <c>program-missing</c> without git.
    /// </exception>
    public async Task<Workspace> CheckoutAsync(SourceRequest request, CancellationToken cancellation = default)
    {
        var copy = CopyFor(request);
        try
        {
            return await LayOutAsync(copy, request, cancellation);
        }
        catch (CanaryException e) when (e.Code == ProcessesCodes.CheckoutFailed)
        {
            _logger.LogWarning(e, "The local copy of {Repository} seems damaged and is made anew", request.CloneUrl);
            await copy.DistrustAsync(request.Commit, cancellation);
            return await LayOutAsync(copy, request, cancellation);
        }
    }

    /// <summary>Asks the repository where a commit stands on its branch.</summary>
    /// <param name="request">Which; without a branch: on what the repository's HEAD names.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">
    /// <c>source-refused</c>, <c>commit-invalid</c>, <c>repository-unreachable</c>, <c>branch-missing</c> or
    /// <c>checkout-failed</c>; <c>program-missing</c> without git.
    /// </exception>
    public Task<CommitPosition> LocateAsync(SourceRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CopyFor(request).LocateAsync(request, cancellation);
    }

    /// <summary>Asks the repository which commit the branch or pull request leads to. Nothing is fetched, and nobody waits who fetches
    /// from the same repository.</summary>
    /// <exception cref="CanaryException">
    /// <c>source-refused</c>, <c>commit-invalid</c>, <c>repository-unreachable</c> or <c>branch-missing</c>; <c>program-missing</c>
    /// without git.
    /// </exception>
    public async Task<string> HeadAsync(SourceRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        var answer = await RemoteReference.AskAsync(
            _git,
            request.CloneUrl,
            request.Reference,
            LongestQuestion,
            cancellation
        );
        return answer.Listing.Succeeded
            ? answer.Commit ?? throw SourceFailures.BranchMissing(request)
            : throw SourceFailures.Unreachable(request, answer.Listing);
    }

    /// <summary>Sees to it that a commit is there; a checkout finds it then.</summary>
    /// <exception cref="CanaryException"><c>commit-missing</c>, or as <see cref="LocateAsync"/>.</exception>
    public async Task FetchAsync(SourceRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using (await CopyFor(request).HoldAsync(request, cancellation))
        {
            // Nobody reads it yet.
        }
    }

    /// <summary>Waits until everything that was disposed of is removed.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_removals.Keys);
        foreach (var source in _sources.Values)
        {
            source.Dispose();
        }
    }

    private SourceCopy CopyFor(SourceRequest request)
    {
        Check(request);
        // Commits of the two hash kinds cannot live in one repository.
        var key = $"{request.Commit.Length}:{request.CloneUrl}";
        return _sources.GetOrAdd(key, _ => new SourceCopy(_copies, key, _git, _options));
    }

    private async Task<Workspace> LayOutAsync(SourceCopy copy, SourceRequest request, CancellationToken cancellation)
    {
        var hold = await copy.HoldAsync(request, cancellation);
        var root = Path.Combine(_checkouts, Guid.NewGuid().ToString("N"));
        var files = Path.Combine(root, "source");
        var scratch = Path.Combine(root, "scratch");
        try
        {
            Directory.CreateDirectory(root, Private);
            Directory.CreateDirectory(files);
            Directory.CreateDirectory(scratch, Private);
            var described = DescribeAsync(copy, request, cancellation);
            var written = _files.WriteAsync(copy, request, root, files, cancellation);
            await Task.WhenAll(described, written);
            return new Workspace(files, scratch, request.Commit, await described, () => RemoveAsync(root, hold))
            {
                Filtered = await written,
            };
        }
        catch
        {
            await RemoveAsync(root, hold);
            throw;
        }
    }

    /// <summary>Reads what the commit says about itself, and makes sure that the id names a commit and nothing that leads
    /// to one.</summary>
    private async Task<CommitDescription> DescribeAsync(
        SourceCopy copy,
        SourceRequest request,
        CancellationToken cancellation
    )
    {
        var result = await _git.TryAsync(
            [
                "--git-dir",
                copy.Path,
                "log",
                "-1",
                "--no-show-signature",
                "--format=%H%n%ct%n%an%n%ae%n%s",
                request.Commit,
                "--",
            ],
            cancellation
        );
        if (!result.Succeeded)
        {
            throw SourceFailures.CheckoutFailed(request, result);
        }
        var lines = GitClient.TextOf(result).Split('\n');
        return lines is [var id, var seconds, var author, var email, var title, ..] && id == request.Commit
            ? new CommitDescription(
                TimeOf(seconds) ?? throw SourceFailures.DateInvalid(request, seconds),
                author,
                email,
                title
            )
            : throw SourceFailures.CommitMissing(request);
    }

    /// <summary>git stores any number that a commit names as its time.</summary>
    private static DateTimeOffset? TimeOf(string seconds) =>
        long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
        && time <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(time)
            : null;

    /// <summary>Moves the workspace out of sight at once; what takes long goes on behind.</summary>
    private ValueTask RemoveAsync(string root, IDisposable hold)
    {
        hold.Dispose();
        if (!Directory.Exists(root))
        {
            return ValueTask.CompletedTask;
        }
        var trash = Path.Combine(_trash, Path.GetFileName(root));
        Directory.Move(root, trash);
        var removal = Task.Run(() => Remove(trash));
        _removals[removal] = true;
        removal.ContinueWith(
            done => _removals.TryRemove(done, out _),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        return ValueTask.CompletedTask;
    }

    private void RemoveWhatIsLeft()
    {
        Remove(_checkouts);
        Remove(_trash);
    }

    private void Remove(string path)
    {
        try
        {
            RemovedDirectory.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning(e, "{Path} could not be removed; the next start tries again", path);
        }
    }

    internal static bool IsCommitId(string text) => CommitId().IsMatch(text);

    private void Check(SourceRequest request)
    {
        if (!IsCommitId(request.Commit))
        {
            throw SourceFailures.BadCommit(request.Commit);
        }
        var local =
            request.CloneUrl.StartsWith('/') || request.CloneUrl.StartsWith("file://", StringComparison.Ordinal);
        if (local && !_options.AllowLocalRepositories)
        {
            throw SourceFailures.Refused(
                request.CloneUrl,
                "repositories on this machine are not allowed",
                "Set workspaces:allow-local-repositories to true, or name an address on the network."
            );
        }
        if (!local && !RemoteAddress().IsMatch(request.CloneUrl))
        {
            throw SourceFailures.Refused(
                request.CloneUrl,
                "it is neither an absolute path nor an address such as https://HOST/PATH or USER@HOST:PATH",
                "Correct the repository's address."
            );
        }
        if (request.CloneUrl.Any(char.IsControl))
        {
            throw SourceFailures.Refused(
                request.CloneUrl,
                "it holds control characters",
                "Correct the repository's address."
            );
        }
    }

    [GeneratedRegex("\\A(?:[0-9a-f]{40}|[0-9a-f]{64})\\z")]
    private static partial Regex CommitId();

    /// <summary>A URL, or the short form of SSH. Not <c>HELPER::ADDRESS</c>, which makes git run a program of that name.</summary>
    [GeneratedRegex("\\A(?:[a-z][a-z0-9+]*://[^-].*|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!:).+)\\z")]
    private static partial Regex RemoteAddress();
}
