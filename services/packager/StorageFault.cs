using Canary.Hosting;

namespace Canary.Packager;

/// <summary>Tells a full disk from other input/output errors.</summary>
internal static class StorageFault
{
    private const int NoSpace = 28;

    private const int FileTooLarge = 27;

    private const int QuotaExceeded = 122;

    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>What a person can do about an input/output error.</summary>
    /// <returns><c>null</c> if it is not about space.</returns>
    public static CanaryException? From(IOException exception, string path) =>
        exception.HResult switch
        {
            NoSpace or WindowsDiskFull => Full("has no space left", path, exception),
            QuotaExceeded => Full("has no quota left for this user", path, exception),
            FileTooLarge => Full("does not take a file so large", path, exception),
            _ => null,
        };

    private static CanaryException Full(string fault, string path, IOException exception) =>
        new(
            "disk-full",
            $"The file system of {path} {fault}.",
            "Free space there, or move the data directory to a larger file system, then run the release again.",
            exception
        );
}
