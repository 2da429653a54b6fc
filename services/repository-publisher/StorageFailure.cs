using Canary.Hosting;

namespace Canary.RepositoryPublisher;

/// <summary>Tells a full disk from other errors of the file system, for it is the one that people meet.</summary>
internal static class StorageFailure
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    public const string Code = "disk-full";

    public static bool IsDiskFull(this Exception exception) =>
        exception is IOException && (exception.HResult & 0xffff) is NoSpace or QuotaExceeded
        || exception.InnerException is { } inner && inner.IsDiskFull();

    public static CanaryException DiskFull(RepositoryLayout layout, Exception cause) =>
        new(
            Code,
            $"The repository's disk is full: {cause.Message}",
            $"Free space on the file system of {layout.Public}, then run the release again. Nothing was changed.",
            cause
        );
}
