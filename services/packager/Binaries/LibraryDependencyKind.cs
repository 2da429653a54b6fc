namespace Canary.Packager.Binaries;

/// <summary>How the packages are found that the programs of a package need.</summary>
public enum LibraryDependencyKind
{
    /// <summary>By <c>dpkg-shlibdeps</c> where it is installed.</summary>
    Automatic,

    /// <summary>Not at all: <c>depends</c> in <c>canary.yml</c> says all of them.</summary>
    None,
}
