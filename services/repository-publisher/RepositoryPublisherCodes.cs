namespace Canary.RepositoryPublisher;

/// <summary>The failures of services/repository-publisher: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class RepositoryPublisherCodes
{
    /// <summary>An application of this name belongs to another repository.</summary>
    /// <remarks>Give one of the two another name in its configuration.</remarks>
    public const string ApplicationTaken = "application-taken";

    /// <summary>The repository does not serve the architecture.</summary>
    /// <remarks>Add it to <c>repository-publisher.architectures</c>.</remarks>
    public const string ArchitectureUnknown = "architecture-unknown";

    /// <summary>The signing key is not the one that the repository was signed with.</summary>
    /// <remarks>Restore the right one from a backup.</remarks>
    public const string ArchiveKeyForeign = "archive-key-foreign";

    /// <summary>The signing key is lost, and a repository is there.</summary>
    /// <remarks>Restore it from a backup; hosts trust no other key.</remarks>
    public const string ArchiveKeyLost = "archive-key-lost";

    /// <summary>The key that signs the repository cannot be read.</summary>
    /// <remarks>Restore it from the backup.</remarks>
    public const string ArchiveKeyUnreadable = "archive-key-unreadable";

    /// <summary>What a build made is not kept any more.</summary>
    /// <remarks>Release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildOutputGone = "build-output-gone";

    /// <summary>The archive of what a build made is larger than is allowed.</summary>
    /// <remarks>Let <c>package.include</c> take less, or raise <c>repository-publisher.maximum-output-size</c>.</remarks>
    public const string BuildOutputTooLarge = "build-output-too-large";

    /// <summary>What should be a SHA-256 is none.</summary>
    /// <remarks>Write 64 lower-case hexadecimal digits.</remarks>
    public const string ChecksumMalformed = "checksum-malformed";

    /// <summary>What arrived is not what was sent.</summary>
    /// <remarks>Send it again.</remarks>
    public const string ChecksumMismatch = "checksum-mismatch";

    /// <summary>A package has a control field that the repository does not take.</summary>
    /// <remarks>Build it without that field, or allow it with <c>repository-publisher.admission.fields</c>.</remarks>
    public const string ControlFieldNotAllowed = "control-field-not-allowed";

    /// <summary>The version of a package has an epoch.</summary>
    /// <remarks>Leave it out of <c>version</c>, or allow it with <c>repository-publisher.admission.epochs</c>.</remarks>
    public const string EpochNotAllowed = "epoch-not-allowed";

    /// <summary>A package holds a device, a link that leaves it, or a program that runs with the rights of its owner.</summary>
    /// <remarks>Build it without, or allow setuid files with <c>repository-publisher.admission.set-user-id</c>.</remarks>
    public const string FileNotAllowed = "file-not-allowed";

    /// <summary>An index of a suite is not what its <c>Release</c> file says.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string IndexDamaged = "index-damaged";

    /// <summary>An index of a suite lists something else than the database.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string IndexDiffers = "index-differs";

    /// <summary>An index that a suite names is not there.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string IndexMissing = "index-missing";

    /// <summary>No signing key is being replaced, so there is none to retire.</summary>
    /// <remarks>Make the next key first: <c>canary repo keys rotate</c>.</remarks>
    public const string KeyNotRotating = "key-not-rotating";

    /// <summary>The newer of two signing keys is too young for the older one to go.</summary>
    /// <remarks>Wait for <c>repository-publisher.signing.rotation-period</c>, or see that every host has the newer key.</remarks>
    public const string KeyRotationTooYoung = "key-rotation-too-young";

    /// <summary>An uploaded file is not a Debian package that the repository can take.</summary>
    /// <remarks>Check it with <c>dpkg-deb --info FILE</c>, build it again and upload it again.</remarks>
    public const string PackageInvalid = "package-invalid";

    /// <summary>A package is not what was announced.</summary>
    /// <remarks>Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string PackageMismatch = "package-mismatch";

    /// <summary>The name of a package is one of Debian's own that hosts need.</summary>
    /// <remarks>Choose another <c>name</c> in <c>canary.yml</c>, or allow it with
    /// <c>repository-publisher.admission.reserved-names</c>.</remarks>
    public const string PackageNameReserved = "package-name-reserved";

    /// <summary>The name of a package belongs to another application.</summary>
    /// <remarks>Choose another <c>name</c> in <c>canary.yml</c>, or hand the name over with
    /// <c>repository-publisher.admission.owners</c>.</remarks>
    public const string PackageNameTaken = "package-name-taken";

    /// <summary>The package of a release was never uploaded, or is gone.</summary>
    /// <remarks>Upload it again, <c>canary deploy APP FILE.deb</c>, or release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string PackageNotUploaded = "package-not-uploaded";

    /// <summary>An uploaded package, or what it unpacks to, is larger than the repository takes.</summary>
    /// <remarks>Make it smaller, or raise the limit that the message names.</remarks>
    public const string PackageTooLarge = "package-too-large";

    /// <summary>The package repository is for users, and none was named, or another password.</summary>
    /// <remarks>Run <c>canary-host setup</c> or <c>hosts/install.sh</c> with <c>--repository-user</c>, or correct
    /// <c>/etc/apt/auth.conf.d/canary.conf</c>.</remarks>
    public const string PasswordMissing = "password-missing";

    /// <summary>A client has shown too many wrong passwords of the package repository.</summary>
    /// <remarks>Correct <c>/etc/apt/auth.conf.d/canary.conf</c> of the hosts behind its address.</remarks>
    public const string PasswordsTooMany = "passwords-too-many";

    /// <summary>The percentage of hosts is not between 0 and 100.</summary>
    /// <remarks>Correct it.</remarks>
    public const string PhaseOutOfRange = "phase-out-of-range";

    /// <summary>A published file is not what was published.</summary>
    /// <remarks>Restore it from a backup, or release the commit again under a new version.</remarks>
    public const string PoolFileDamaged = "pool-file-damaged";

    /// <summary>A published file is not there.</summary>
    /// <remarks>Restore it from a backup, bring the same file again, or release the commit again under a new version.</remarks>
    public const string PoolFileMissing = "pool-file-missing";

    /// <summary>A file in the pool belongs to no package.</summary>
    /// <remarks>Remove it: <c>canary repo gc --remove</c>.</remarks>
    public const string PoolFileUnknown = "pool-file-unknown";

    /// <summary>The repository has no such package, version or file.</summary>
    /// <remarks>See what it has: <c>canary repo list</c>.</remarks>
    public const string PackageUnknown = "package-unknown";

    /// <summary>A package provides, replaces, breaks or conflicts with one that its application has not published.</summary>
    /// <remarks>Remove that relation from <c>canary.yml</c>, or allow the name with
    /// <c>repository-publisher.admission.relations</c>.</remarks>
    public const string RelationNotOwned = "relation-not-owned";

    /// <summary>The database of the repository is lost, and a repository is there.</summary>
    /// <remarks>Restore it from a backup.</remarks>
    public const string RepositoryStoreLost = "repository-store-lost";

    /// <summary>The <c>Release</c> file of a suite cannot be understood.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string SuiteDamaged = "suite-damaged";

    /// <summary>The two forms of a suite's <c>Release</c> file say different things.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string SuiteDiffers = "suite-differs";

    /// <summary>The signature of a suite is older than <c>repository-publisher.valid-for</c>.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string SuiteLapsed = "suite-lapsed";

    /// <summary>A suite is not there.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string SuiteMissing = "suite-missing";

    /// <summary>A suite has no good signature of a key that signs the repository.</summary>
    /// <remarks>Restart repository-publisher: it makes its suites anew from the database.</remarks>
    public const string SuiteUnsigned = "suite-unsigned";

    /// <summary>There is no suite for what is to be advertised.</summary>
    /// <remarks>Correct channel and role.</remarks>
    public const string SuiteUnknown = "suite-unknown";

    /// <summary>The file with the users of the package repository cannot be read.</summary>
    /// <remarks>Make it with <c>htpasswd -B</c>, and check <c>repository-publisher.access.users-file</c>.</remarks>
    public const string UsersFileUnreadable = "users-file-unreadable";

    /// <summary>The version is not in the repository.</summary>
    /// <remarks>Publish it first. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string VersionNotPublished = "version-not-published";

    /// <summary>The repository has this version with other content.</summary>
    /// <remarks>Give the new content a new version.</remarks>
    public const string VersionTaken = "version-taken";

    /// <summary>The version was withdrawn from the suite.</summary>
    /// <remarks>Deploy another one.</remarks>
    public const string VersionWithdrawn = "version-withdrawn";
}
