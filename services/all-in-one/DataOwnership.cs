using Canary.Failures;
using Canary.Files;

namespace Canary.AllInOne;

/// <summary>One server for one data directory. The kernel gives the lock back when the process dies, however it dies.</summary>
internal sealed class DataOwnership : IDisposable
{
    // errno(3): what flock(2) answers where another process has the lock.
    private const int WouldBlock = 11;

    private readonly FileStream _lock;

    private DataOwnership(FileStream held) => _lock = held;

    public static DataOwnership Take(string data)
    {
        var path = Path.Combine(new DataDirectory(data).Root, "lock");
        try
        {
            return new DataOwnership(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (exception.HResult == WouldBlock)
        {
            throw new CanaryException(
                AllInOneCodes.DataDirectoryInUse,
                $"Another canary-server runs on the data directory {data}.",
                "Use that one, stop it first, or choose another directory with --data.",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFull.From(exception, data, "start again")
                ?? new CanaryException(
                    FilesCodes.DataDirectoryUnusable,
                    $"The data directory {data} cannot be written to: {exception.Message}",
                    "Choose another one with --data or CANARY_DATA, or give this user the right to write there.",
                    exception
                );
        }
    }

    public void Dispose() => _lock.Dispose();
}
