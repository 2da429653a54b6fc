namespace Canary.CiCoordinator;

/// <summary>The failures of services/ci-coordinator: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class CiCoordinatorCodes
{
    /// <summary>A release was aborted by a person.</summary>
    /// <remarks>Nothing.</remarks>
    public const string Aborted = "aborted";

    /// <summary>A build ended in an error that Canary did not expect.</summary>
    /// <remarks>Look at the log of ci-coordinator. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildError = "build-error";

    /// <summary>The connection to a build host was lost during a build.</summary>
    /// <remarks>Nothing; the build begins anew on another.</remarks>
    public const string BuildHostLost = "build-host-lost";

    /// <summary>No build host could be used for as long as a build waits.</summary>
    /// <remarks>Look at <c>canary doctor</c>, and add or repair one. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildHostUnavailable = "build-host-unavailable";

    /// <summary>A build host cannot run builds.</summary>
    /// <remarks>Run <c>hosts/install-build-host.sh</c> there.</remarks>
    public const string BuildHostUnfit = "build-host-unfit";

    /// <summary>A secret that the configuration gives to the builds of an application cannot be read, or could not be kept out of
    /// logs.</summary>
    /// <remarks>Correct the file that the message names. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildSecretUnusable = "build-secret-unusable";

    /// <summary>The commit has no files.</summary>
    /// <remarks>Push one that has.</remarks>
    public const string CommitEmpty = "commit-empty";

    /// <summary>Where the commit stands on its branch could not be found out for too long.</summary>
    /// <remarks>See that the repository answers. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string CommitNotLocated = "commit-not-located";

    /// <summary>The branch does not contain the commit, or not any more.</summary>
    /// <remarks>Name the branch that does, push it to one, or deploy what was published: <c>canary deploy</c>.</remarks>
    public const string CommitNotOnBranch = "commit-not-on-branch";

    /// <summary>A message came again of a release that ended so long ago that it was forgotten.</summary>
    /// <remarks>Nothing needs to be done.</remarks>
    public const string ReleaseForgotten = "release-forgotten";

    /// <summary>The package of a release that was published before has left the repository.</summary>
    /// <remarks>Nothing; it is built again.</remarks>
    public const string PackageNotUploaded = "package-not-uploaded";

    /// <summary>The scripts of the repository wrote more than they may.</summary>
    /// <remarks>Let them write less, or raise <c>ci-coordinator.builds.sandbox.disk</c>.</remarks>
    public const string ScriptDiskLimit = "script-disk-limit";

    /// <summary>A script of the repository ended with another exit code than 0.</summary>
    /// <remarks>Look at the build log, correct it and push.</remarks>
    public const string ScriptFailed = "script-failed";

    /// <summary>The scripts of the repository took more memory than they may.</summary>
    /// <remarks>Let them need less, or raise <c>ci-coordinator.builds.sandbox.memory</c>.</remarks>
    public const string ScriptMemoryLimit = "script-memory-limit";

    /// <summary>The repository lacks a script that it must have.</summary>
    /// <remarks>Add it; it may just exit 0.</remarks>
    public const string ScriptMissing = "script-missing";

    /// <summary>A script of the repository is not executable.</summary>
    /// <remarks><c>git update-index --chmod=+x script/NAME</c>, and push.</remarks>
    public const string ScriptNotExecutable = "script-not-executable";

    /// <summary>The scripts of the repository printed more than they may.</summary>
    /// <remarks>Let them print less, or raise <c>ci-coordinator.builds.output-limit</c>.</remarks>
    public const string ScriptOutputLimit = "script-output-limit";

    /// <summary>The scripts of the repository took longer than they may.</summary>
    /// <remarks>Make them quicker, or raise <c>ci-coordinator.builds.time-limit</c>.</remarks>
    public const string ScriptTimedOut = "script-timed-out";

    /// <summary>The files of a commit could not be sent to a build host.</summary>
    /// <remarks>Look at the log of ci-coordinator. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string SourceNotPacked = "source-not-packed";

    /// <summary>A release that is to be deployed again has published no such version.</summary>
    /// <remarks>Name another one.</remarks>
    public const string VersionNotPublished = "version-not-published";
}
