namespace Canary.Packager.Builders;

/// <summary>Who makes the file of a package.</summary>
public enum PackageBuilderKind
{
    /// <summary>The packager itself, in its own process.</summary>
    Native,

    /// <summary>FPM, where <c>packager.fpm</c> says.</summary>
    Fpm,
}
