using System.Diagnostics;
using System.Globalization;
using Canary.Packager;

namespace Canary.Packages;

/// <summary>The commit that the packages are of.</summary>
internal static class SourceCommit
{
    /// <summary>Asks git.</summary>
    /// <param name="sources">Root of the sources.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">They are no checkout.</exception>
    public static async Task<CommitFacts> ReadAsync(string sources, CancellationToken cancellation)
    {
        var said = await GitAsync(sources, ["log", "-1", "--format=%H%n%ct%n%an%n%ae%n%s"], cancellation);
        if (said.Split('\n') is not [var id, var time, var author, var address, var title, ..])
        {
            throw new InvalidOperationException(
                $"{sources} is no git repository with a commit. Build packages in a clone: their version names the commit."
            );
        }

        if ((await GitAsync(sources, ["status", "--porcelain"], cancellation)).Length > 0)
        {
            await Console.Error.WriteLineAsync(
                $"Not all that is packaged is in the commit {id[..7]}, which the version names."
            );
        }

        return new CommitFacts(
            id,
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(time, CultureInfo.InvariantCulture)),
            author,
            address,
            title
        );
    }

    private static async Task<string> GitAsync(string directory, string[] arguments, CancellationToken cancellation)
    {
        using var git = Process.Start(
            new ProcessStartInfo("git", ["-C", directory, .. arguments]) { RedirectStandardOutput = true }
        )!;
        var said = await git.StandardOutput.ReadToEndAsync(cancellation);
        await git.WaitForExitAsync(cancellation);
        return said.TrimEnd('\n');
    }
}
