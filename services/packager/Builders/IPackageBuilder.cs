using Canary.Failures;
using Canary.Packager.Deb;
using Canary.Packager.Jobs;

namespace Canary.Packager.Builders;

/// <summary>Makes the file of a package that is planned.</summary>
internal interface IPackageBuilder
{
    /// <summary>Which one it is.</summary>
    PackageBuilderKind Kind { get; }

    /// <summary>Makes the file. It may be called again for the same package, in another directory, after a crash.</summary>
    /// <param name="package">What it is made of.</param>
    /// <param name="scratch">Private directory that is removed afterwards.</param>
    /// <param name="log">Where it is said what happened.</param>
    /// <param name="cancellation">Ends it, with all that it has started.</param>
    /// <exception cref="CanaryException">It cannot be made; says why, and whose fault it is.</exception>
    Task<BuiltPackage> BuildAsync(
        PackageSpec package,
        string scratch,
        PackagingLog log,
        CancellationToken cancellation
    );
}
