using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>A file is not a Debian package that the repository can take.</summary>
internal static class InvalidPackage
{
    public const string Code = "package-invalid";

    /// <param name="reason">The end of the sentence "The file is not a valid Debian package: …".</param>
    public static CanaryException Because(string reason) =>
        new(
            Code,
            $"The file is not a valid Debian package: {reason}.",
            "Check it with 'dpkg-deb --info FILE', build it again and upload it again."
        );
}
