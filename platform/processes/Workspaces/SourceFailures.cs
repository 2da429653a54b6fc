using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.Files;

namespace Canary.Processes.Workspaces;

/// <summary>What can go wrong between a commit's name and its files.</summary>
internal static partial class SourceFailures
{
    internal static CanaryException Refused(string cloneUrl, string reason, string remedy) =>
        new(ProcessesCodes.SourceRefused, $"The repository address '{Shown(cloneUrl)}' is refused: {reason}.", remedy);

    internal static CanaryException NoRepository(string cloneUrl) =>
        new(
            ProcessesCodes.RepositoryUnreachable,
            $"git could not fetch from '{Shown(cloneUrl)}': there is no git repository.",
            $"Check the path, and that the user who runs this may read it; then {Remedies.ReleaseAgain}."
        );

    internal static CanaryException OfSomebodyElse(string repository, string directory) =>
        new(
            ProcessesCodes.RepositoryOfOthers,
            $"The repository '{repository}' is not read, since '{directory}' belongs to another user than the one who runs this.",
            $"If you trust it, allow it in your own git configuration: git config --global --add safe.directory {repository}; "
                + "for a server, as its user or with --system."
        );

    internal static CanaryException BadCommit(string commit) =>
        new(
            ProcessesCodes.CommitInvalid,
            $"'{commit}' is not a full commit id.",
            "Name the commit by all of its 40 (or 64) lower-case hexadecimal digits."
        );

    internal static CanaryException DateInvalid(SourceRequest request, string seconds) =>
        new(
            ProcessesCodes.CommitInvalid,
            $"The commit {request.Commit} of '{Shown(request.CloneUrl)}' was made at {seconds} s after 1970, which is no time.",
            "Make it anew with a date between 1970 and 9999: git commit --amend --date=now --no-edit."
        );

    internal static CanaryException Unreachable(SourceRequest request, ProcessResult result) =>
        OnFullDisk($"git could not fetch from '{Shown(request.CloneUrl)}'", result)
        ?? new(
            ProcessesCodes.RepositoryUnreachable,
            $"git could not fetch from '{Shown(request.CloneUrl)}': {Said(result)}",
            "Check the address, that this machine reaches it, and that it may read the repository; then "
                + $"{Remedies.ReleaseAgain}."
        );

    internal static CanaryException NoCredentials(string cloneUrl, CanaryException cause) =>
        new(
            ProcessesCodes.RepositoryUnreachable,
            $"git may not read '{Shown(cloneUrl)}' without credentials, and there are none: {cause.Message}",
            cause.Remedy,
            cause
        );

    internal static CanaryException CommitMissing(SourceRequest request) =>
        new(
            ProcessesCodes.CommitMissing,
            $"Repository '{Shown(request.CloneUrl)}' has no commit {request.Commit}"
                + (request.Branch is { } branch ? $" on branch '{branch}'." : "."),
            "Push the commit again if it was removed by a forced push; otherwise start a release of a commit that exists."
        );

    internal static CanaryException NotGivenOut(SourceRequest request) =>
        new(
            ProcessesCodes.CommitMissing,
            $"Repository '{Shown(request.CloneUrl)}' does not give out commit {request.Commit} of pull request {request.PullRequest} by its id.",
            "Push the commit again if it was removed by a forced push. Commits of pull requests are fetched by their ids alone, so the server "
                + "has to speak version 2 of git's protocol, as GitHub does."
        );

    internal static CanaryException BranchMissing(SourceRequest request) =>
        new(
            ProcessesCodes.BranchMissing,
            request.PullRequest is { } number
                ? $"Repository '{Shown(request.CloneUrl)}' has no pull request {number}."
                : $"Repository '{Shown(request.CloneUrl)}' has no branch '{request.Branch ?? "HEAD"}'.",
            "Push the branch; or start a release of a commit that is there: canary run --commit COMMIT."
        );

    internal static CanaryException CheckoutFailed(SourceRequest request, ProcessResult result) =>
        OnFullDisk($"git could not lay out commit {request.Commit} of '{Shown(request.CloneUrl)}'", result)
        ?? new(
            ProcessesCodes.CheckoutFailed,
            $"git could not lay out commit {request.Commit} of '{Shown(request.CloneUrl)}': {Said(result)}",
            $"Check the free space and the permissions of the data directory; then {Remedies.ReleaseAgain}."
        );

    internal static CanaryException LargeFilesUnreachable(SourceRequest request, ProcessResult result) =>
        OnFullDisk($"Git LFS could not fetch files of '{Shown(request.CloneUrl)}'", result)
        ?? new(
            ProcessesCodes.LargeFilesUnreachable,
            $"Git LFS could not fetch files of commit {request.Commit} from '{Shown(request.CloneUrl)}': {Said(result)}",
            $"Check that they were pushed (git lfs push --all origin) and that this machine may read them; then {Remedies.ReleaseAgain}."
        );

    internal static CanaryException LargeFileDamaged(SourceRequest request, string path) =>
        new(
            ProcessesCodes.LargeFilesUnreachable,
            $"What Git LFS has of '{Shown(path)}' of commit {request.Commit} is not what the commit says.",
            $"Check the object at the server (git lfs fsck); then {Remedies.ReleaseAgain}."
        );

    internal static CanaryException WithoutGitLfs() =>
        new(
            ProcessesCodes.ProgramMissing,
            "The commit keeps files in Git LFS, whose content is to be fetched, and git-lfs is not installed on this machine.",
            $"Install it: apt-get install git-lfs; then {Remedies.ReleaseAgain}. Or set workspaces.large-files to false."
        );

    internal static CanaryException SubmoduleRefused(
        SourceRequest request,
        string path,
        string reason,
        string remedy
    ) =>
        new(
            ProcessesCodes.SubmoduleRefused,
            $"Submodule '{Shown(path)}' of '{Shown(request.CloneUrl)}' is not fetched: {Shown(reason)}.",
            remedy
        );

    internal static CanaryException TooManySubmodules(Submodule submodule, int most) =>
        new(
            ProcessesCodes.SubmoduleRefused,
            $"Submodule '{Shown(submodule.Path)}' is not fetched: with those of submodules the commit has more than {most}.",
            "Take files in by other means, such as a package manager."
        );

    internal static CanaryException SubmodulesTooSlow(SourceRequest request, TimeSpan limit) =>
        new(
            ProcessesCodes.RepositoryUnreachable,
            $"What '{Shown(request.CloneUrl)}' keeps in submodules and Git LFS took longer than {limit.TotalSeconds:0} seconds.",
            $"Raise workspaces.time-limit if it is much; then {Remedies.ReleaseAgain}."
        );

    /// <summary>Says of a fault of another repository how it came to be asked.</summary>
    internal static CanaryException OfSubmodule(Submodule submodule, CanaryException fault) =>
        new(fault.Code, $"Submodule '{Shown(submodule.Path)}': {fault.Message}", fault.Remedy, fault);

    /// <summary>git says it in the words of strerror(3), which our environment keeps English.</summary>
    private static CanaryException? OnFullDisk(string what, ProcessResult result) =>
        result.OutputTail.Contains("No space left on device", StringComparison.Ordinal)
        || result.OutputTail.Contains("Disk quota exceeded", StringComparison.Ordinal)
            ? new CanaryException(DiskFull.Code, $"{what}: {Said(result)}", DiskFull.Remedy())
            : null;

    private static string Said(ProcessResult result) =>
        result.Ending switch
        {
            ProcessEnding.TimedOut => $"it was stopped after {result.Duration.TotalSeconds:0} seconds.",
            ProcessEnding.OutputLimit => "it printed without end and was stopped.",
            _ when Shown(result.OutputTail.Trim()) is { Length: > 0 } words => words,
            _ => $"it exited with {result.ExitCode}.",
        };

    /// <summary>Without the user information of an address: it may hold a password.</summary>
    private static string Shown(string text) => UserInformation().Replace(text, "//");

    [GeneratedRegex("//[^/@\\s]*@")]
    private static partial Regex UserInformation();
}
