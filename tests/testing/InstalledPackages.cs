using System.Collections.Concurrent;

namespace Canary.Testing;

/// <summary>Sees to it that the Debian packages of the real tools that a test needs are installed.</summary>
public static class InstalledPackages
{
    private static readonly TimeSpan LongestInstallation = TimeSpan.FromMinutes(10);

    private static readonly ConcurrentDictionary<string, bool> Known = new();

    /// <summary>
    /// Installs the packages that are missing, which takes root; returns at once when none is. Every package must stand in
    /// <c>tests/debian-packages.txt</c>, which <c>./build.sh test</c> installs before the first test.
    /// </summary>
    /// <exception cref="InvalidOperationException">One is missing and this is not root, or the list lacks it.</exception>
    public static async Task RequireAsync(params string[] packages)
    {
        if (packages.All(Known.ContainsKey))
        {
            return;
        }

        var result = await ProcessRunner.RunAsync(
            SourceTree.PathOf("tests", "debian-packages.sh"),
            packages,
            timeLimit: LongestInstallation
        );
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(result.Text);
        }

        foreach (var package in packages)
        {
            Known[package] = true;
        }
    }
}
