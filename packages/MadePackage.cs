using Canary.Packager.Deb;

namespace Canary.Packages;

/// <summary>A package that was made.</summary>
/// <param name="Spec">What it is made of.</param>
/// <param name="File">The file.</param>
internal sealed record MadePackage(PackageSpec Spec, BuiltPackage File)
{
    public string Version => Spec.Version;

    public string Path => File.Path;
}
