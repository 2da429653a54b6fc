using System.Diagnostics;

namespace Canary.AllInOne.Backups;

/// <summary>Files that root makes in somebody's data directory are theirs.</summary>
internal static class Ownership
{
    /// <summary>Gives files, and all that is in directories, to whom the data directory belongs.</summary>
    public static async Task GiveAsync(string data, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        if (paths.Count == 0)
        {
            return;
        }

        using var chown = Process.Start(
            new ProcessStartInfo("chown", ["--recursive", "--no-dereference", $"--reference={data}", "--", .. paths])
        )!;
        await chown.WaitForExitAsync(cancellation);
    }
}
