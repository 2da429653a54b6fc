using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.Deployer.Transport;

/// <summary>Guards what becomes part of a package command or a path.</summary>
internal static partial class PackageText
{
    /// <exception cref="CanaryException"><c>package-invalid</c>: Debian policy 5.6.1 and 5.6.12 do not allow
    /// it.</exception>
    public static void Check(string package, string? version = null)
    {
        if (!PackageName().IsMatch(package))
        {
            throw Invalid($"'{package}' is not a Debian package name.");
        }

        if (version is not null && !PackageVersion().IsMatch(version))
        {
            throw Invalid($"'{version}' is not a Debian package version.");
        }
    }

    private static CanaryException Invalid(string message) =>
        new("package-invalid", message, "Correct name and version in the repository's metadata.");

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]+\z")]
    private static partial Regex PackageName();

    [GeneratedRegex(@"\A[0-9][A-Za-z0-9.+:~-]*\z")]
    private static partial Regex PackageVersion();
}
