namespace Canary.Packager;

/// <summary>The failures of services/packager: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class PackagerCodes
{
    /// <summary>Programs of a package run on different kinds of machines.</summary>
    /// <remarks>Leave some out with <c>exclude</c>, or call those that are data <c>foreign</c>.</remarks>
    public const string ArchitectureMixed = "architecture-mixed";

    /// <summary>A package says that it is for machines that cannot run one of its programs.</summary>
    /// <remarks>Remove <c>architecture</c>, or call the file <c>foreign</c> if it is data.</remarks>
    public const string ArchitectureWrong = "architecture-wrong";

    /// <summary>What a build made is not what was handed over.</summary>
    /// <remarks>Look at the disks. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildOutputDamaged = "build-output-damaged";

    /// <summary><c>package.include</c> takes files of the build, and none came with it.</summary>
    /// <remarks>Build with the provider <c>script</c> or <c>ssh</c>. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildOutputMissing = "build-output-missing";

    /// <summary>A file that is named as configuration does not exist.</summary>
    /// <remarks>Correct <c>conffiles</c>.</remarks>
    public const string ConffileMissing = "conffile-missing";

    /// <summary>The commit holds something that is neither file, directory nor link.</summary>
    /// <remarks>Leave it out with <c>exclude</c>.</remarks>
    public const string FileKindUnsupported = "file-kind-unsupported";

    /// <summary>A file has a name that is not UTF-8.</summary>
    /// <remarks>Rename it.</remarks>
    public const string FileNameNotUtf8 = "file-name-not-utf8";

    /// <summary>A file has a name that a package cannot hold.</summary>
    /// <remarks>Rename it or leave it out with <c>exclude</c>.</remarks>
    public const string FileNameUnsupported = "file-name-unsupported";

    /// <summary>Two things would stand at one place of the host.</summary>
    /// <remarks>Correct <c>files</c> in <c>canary.yml</c>.</remarks>
    public const string FilePlaceTaken = "file-place-taken";

    /// <summary>What <c>files</c> names is not in the repository.</summary>
    /// <remarks>Correct <c>from</c>, or commit the file.</remarks>
    public const string FileToPlaceMissing = "file-to-place-missing";

    /// <summary>A file is larger than a package can hold.</summary>
    /// <remarks>Leave it out with <c>exclude</c>.</remarks>
    public const string FileTooLarge = "file-too-large";

    /// <summary>A package would hold a path twice.</summary>
    /// <remarks>Leave out one of the two, or give it another name.</remarks>
    public const string FileTwice = "file-twice";

    /// <summary>A file is changed by a filter of git's that does not run here.</summary>
    /// <remarks>Leave it out with <c>exclude</c>, or keep it in git as it shall be packaged.</remarks>
    public const string FilterUnsupported = "filter-unsupported";

    /// <summary>A file is kept in Git LFS, whose content is not fetched.</summary>
    /// <remarks>Set <c>workspaces.large-files</c>, or leave the file out with <c>exclude</c>.</remarks>
    public const string LfsContentMissing = "lfs-content-missing";

    /// <summary>Which packages the programs of a package need could not be found out.</summary>
    /// <remarks>Look at the load and the memory of the packager's machine, or set <c>packager.library-dependencies: none</c>. Then release the
    /// commit again: <c>canary releases retry ID</c>.</remarks>
    public const string LibraryDependenciesUnknown = "library-dependencies-unknown";

    /// <summary>FPM ran, and made no package.</summary>
    /// <remarks>The message has what FPM said. Correct <c>canary.yml</c> or <c>fpm.json</c>, or let the native builder make the package:
    /// <c>package: {builder: native}</c>.</remarks>
    public const string FpmFailed = "fpm-failed";

    /// <summary>Build hosts were lost while FPM made a package there, several one after the other.</summary>
    /// <remarks>Look at the hosts that the message names. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string FpmHostLost = "fpm-host-lost";

    /// <summary>What FPM made is not the package that was planned.</summary>
    /// <remarks>See that FPM there is an unchanged release, or let the native builder make the package: <c>package: {builder: native}</c>.</remarks>
    public const string FpmPackageWrong = "fpm-package-wrong";

    /// <summary>FPM did not end in time.</summary>
    /// <remarks>Raise <c>packager.fpm.time-limit</c>, or look at what keeps the machine busy. Then release the commit again:
    /// <c>canary releases retry ID</c>.</remarks>
    public const string FpmTimeout = "fpm-timeout";

    /// <summary>FPM cannot be run: it is not set up, or not there.</summary>
    /// <remarks><c>canary doctor</c> says why. Set <c>packager.fpm</c>, install FPM there, or let the native builder make packages.</remarks>
    public const string FpmUnavailable = "fpm-unavailable";

    /// <summary>A link leads out of the application's directory.</summary>
    /// <remarks>Let it lead inside, or leave it out.</remarks>
    public const string LinkLeavesTree = "link-leaves-tree";

    /// <summary>A maintainer script has the line ends of Windows.</summary>
    /// <remarks>Save it with those of Unix.</remarks>
    public const string MaintainerScriptLineEnds = "maintainer-script-line-ends";

    /// <summary>A maintainer script that is named does not exist.</summary>
    /// <remarks>Correct its path.</remarks>
    public const string MaintainerScriptMissing = "maintainer-script-missing";

    /// <summary>A metadata file has a name that is nearly right.</summary>
    /// <remarks>Rename it as the message says.</remarks>
    public const string MetadataMisnamed = "metadata-misnamed";

    /// <summary>A metadata file has a key that nobody reads.</summary>
    /// <remarks>Correct it; the message has the nearest one.</remarks>
    public const string MetadataUnknownKey = "metadata-unknown-key";

    /// <summary>Nothing is left to package.</summary>
    /// <remarks>Look at <c>exclude</c>.</remarks>
    public const string PackageEmpty = "package-empty";

    /// <summary>The name is no Debian package name.</summary>
    /// <remarks>Correct <c>name</c> in <c>canary.yml</c>.</remarks>
    public const string PackageNameInvalid = "package-name-invalid";

    /// <summary>The package is larger than its format allows.</summary>
    /// <remarks>Leave files out with <c>exclude</c>, or split the application.</remarks>
    public const string PackageTooLarge = "package-too-large";

    /// <summary>The version is no Debian version.</summary>
    /// <remarks>Correct <c>version</c> in <c>canary.yml</c>.</remarks>
    public const string PackageVersionInvalid = "package-version-invalid";

    /// <summary>Packaging ended in an error that Canary did not expect.</summary>
    /// <remarks>Look at the log of the packager. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string PackagingError = "packaging-error";

    /// <summary>The repository publisher could not be reached for too long.</summary>
    /// <remarks>See that it runs. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string PublisherUnreachable = "publisher-unreachable";

    /// <summary>A package cannot be installed, updated to, taken back or purged: one of its scripts fails, or kills the rehearsal.</summary>
    /// <remarks>Correct the script that the output names, or set <c>packager.rehearsal.mode: off</c>.</remarks>
    public const string RehearsalFailed = "rehearsal-failed";

    /// <summary>A script of a package does not come to an end.</summary>
    /// <remarks>Let it wait for nothing without a limit; <c>packager.rehearsal.step-limit</c> is how long a step may take.</remarks>
    public const string RehearsalHang = "rehearsal-hang";

    /// <summary>A package leaves files behind when it is purged.</summary>
    /// <remarks>Remove them in <c>postrm</c>, or name what may stay in <c>packager.rehearsal.may-stay</c>.</remarks>
    public const string RehearsalLeftovers = "rehearsal-leftovers";

    /// <summary>A script of a package asks a question, and nobody on a host answers.</summary>
    /// <remarks>Let it ask nothing.</remarks>
    public const string RehearsalPrompt = "rehearsal-prompt";

    /// <summary>The repository has no script that every application must have.</summary>
    /// <remarks>Add it; it may just exit 0.</remarks>
    public const string ScriptMissing = "script-missing";

    /// <summary>Files changed while they were packaged.</summary>
    /// <remarks>Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string SourceChanged = "source-changed";

    /// <summary>A unit that is named does not exist.</summary>
    /// <remarks>Correct its name, or add it.</remarks>
    public const string UnitMissing = "unit-missing";

    /// <summary>The repository publisher does not take a package.</summary>
    /// <remarks>Look at its answer in the message.</remarks>
    public const string UploadRefused = "upload-refused";

    /// <summary>The compression xz failed.</summary>
    /// <remarks>Free memory, or choose zstd or gzip.</remarks>
    public const string XzFailed = "xz-failed";

    /// <summary>The compression xz needs a library that is missing.</summary>
    /// <remarks>Install liblzma5, or choose zstd or gzip.</remarks>
    public const string XzUnavailable = "xz-unavailable";

    /// <summary>A submodule's files are not fetched.</summary>
    /// <remarks>Set <c>workspaces.submodules</c>, or leave the submodule out with <c>exclude</c>.</remarks>
    public const string SubmoduleContentMissing = "submodule-content-missing";
}
