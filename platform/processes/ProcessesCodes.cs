namespace Canary.Processes;

/// <summary>The failures of platform/processes: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class ProcessesCodes
{
    /// <summary>The repository does not have the branch.</summary>
    /// <remarks>Push it, or correct the name.</remarks>
    public const string BranchMissing = "branch-missing";

    /// <summary>git could not lay out the files of a commit.</summary>
    /// <remarks>Check the space and the permissions of the data directory. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string CheckoutFailed = "checkout-failed";

    /// <summary>What should be a commit is not a full commit id.</summary>
    /// <remarks>Name the commit by all of its hexadecimal digits.</remarks>
    public const string CommitInvalid = "commit-invalid";

    /// <summary>The repository does not have the commit, or no longer.</summary>
    /// <remarks>Push it again, or release a commit that exists.</remarks>
    public const string CommitMissing = "commit-missing";

    /// <summary>Git LFS could not fetch what a commit keeps there.</summary>
    /// <remarks>Check that the files were pushed, and the right to read them. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string LargeFilesUnreachable = "large-files-unreachable";

    /// <summary>A program that a step needs is not installed.</summary>
    /// <remarks>Install it on the machine that the message names.</remarks>
    public const string ProgramMissing = "program-missing";

    /// <summary>A repository on this machine belongs to another user than the one who would read it.</summary>
    /// <remarks>If you trust it, name it as <c>safe.directory</c> in that user's git configuration.</remarks>
    public const string RepositoryOfOthers = "repository-of-others";

    /// <summary>git could not fetch from a repository.</summary>
    /// <remarks>Check the address, the network, and the right to read the repository. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string RepositoryUnreachable = "repository-unreachable";

    /// <summary>The machine does not allow the scripts of a commit to be kept apart from it.</summary>
    /// <remarks>Allow user namespaces as the message says, or build on build hosts. <c>ci-coordinator.builds.unsafe-scripts-on-this-machine: true</c>
    /// does without: scripts can then read and change whatever the server can.</remarks>
    public const string SandboxUnavailable = "sandbox-unavailable";

    /// <summary>The address of a repository is one that Canary does not fetch from.</summary>
    /// <remarks>Use an address by https or ssh, or allow the kind of address in the configuration.</remarks>
    public const string SourceRefused = "source-refused";

    /// <summary>A submodule is somewhere that Canary does not fetch from.</summary>
    /// <remarks>Move it to the repository's server, or add its host to <c>workspaces.submodule-hosts</c>.</remarks>
    public const string SubmoduleRefused = "submodule-refused";
}
