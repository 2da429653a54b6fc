using Canary.Failures;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Packages.Archives;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Names;

/// <summary>What a package may say and hold, whoever publishes it.</summary>
internal sealed class PackageAdmission(IOptions<RepositoryPublisherOptions> options)
{
    private AdmissionOptions Admission => options.Value.Admission;

    /// <summary>Reads a package file whole.</summary>
    /// <exception cref="CanaryException">It is none, or the repository does not take it.</exception>
    public void CheckFile(string path)
    {
        using var archive = DebArchive.Open(path);
        var package = DebFile.Read(archive);
        Check(package);
        new DataArchive(options.Value.MaximumUnpackedSize, Admission.SetUserId.Contains(package.Name)).Check(archive);
    }

    /// <summary>Checks what a package says of itself.</summary>
    /// <exception cref="CanaryException">The repository does not take it.</exception>
    public void Check(DebFile package)
    {
        ControlRules.Check(package.Control, Admission.Fields);
        if (ReservedNames.Contains(package.Name) && !Admission.ReservedNames.Contains(package.Name))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.PackageNameReserved,
                $"The package name '{package.Name}' is one of Debian's own that hosts need.",
                "Choose another `name` in canary.yml. To replace Debian's package on hosts, add it to "
                    + "repository-publisher.admission.reserved-names and restart the repository publisher."
            );
        }

        if (package.Version.HasEpoch && !Admission.Epochs.Contains(package.Name))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.EpochNotAllowed,
                $"The version {package.Version} of {package.Name} has an epoch (before the colon), which sorts it above every "
                    + "version without one for good.",
                $"Leave the epoch out of `version` in canary.yml, or add '{package.Name}' to "
                    + "repository-publisher.admission.epochs and restart the repository publisher."
            );
        }
    }
}
