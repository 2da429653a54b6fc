using System.Diagnostics;

namespace Canary.Processes.Workspaces;

/// <summary>Removes a directory whatever is in it: read-only directories, names that are not UTF-8, paths that are too long for the
/// framework, which says so in more than one way.</summary>
internal static class RemovedDirectory
{
    internal static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException) when (!Directory.Exists(path))
        {
            // It is gone already.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Run("chmod", "-R", "u+rwX", "--", path);
            Run("rm", "-rf", "--", path);
            if (Directory.Exists(path))
            {
                throw;
            }
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
        );
        process?.StandardError.ReadToEnd();
        process?.WaitForExit();
    }
}
