using System.Collections.Concurrent;

namespace Canary.Testing;

/// <summary>Sees to it that the Debian packages of the real tools that a test needs are installed.</summary>
public static class InstalledPackages
{
    /// <summary>Only root may take it, and only root installs.</summary>
    private const string LockFile = "/var/cache/apt/canary-testing.lock";

    private static readonly TimeSpan LongestInstallation = TimeSpan.FromMinutes(10);

    private static readonly SemaphoreSlim OneAtATime = new(1);

    private static readonly ConcurrentDictionary<string, bool> Known = new();

    /// <summary>
    /// Installs the packages that are missing, which takes root; returns at once when none is. Every package must stand in
    /// <c>tests/debian-packages.txt</c>, which <c>./build.sh test</c> installs before the first test.
    /// </summary>
    /// <exception cref="InvalidOperationException">One is missing and this is not root, or the list lacks it.</exception>
    public static async Task RequireAsync(params string[] packages)
    {
        var unlisted = packages.Except(Listed()).ToList();
        if (unlisted.Count > 0)
        {
            throw new InvalidOperationException(
                $"{string.Join(", ", unlisted)}: add to tests/debian-packages.txt, which names all packages that tests need."
            );
        }

        if (packages.All(Known.ContainsKey))
        {
            return;
        }

        await OneAtATime.WaitAsync();
        try
        {
            if (await MissingAsync(packages) is { Count: > 0 } missing)
            {
                await InstallAsync(missing);
            }
        }
        finally
        {
            OneAtATime.Release();
        }

        foreach (var package in packages)
        {
            Known[package] = true;
        }
    }

    private static IEnumerable<string> Listed() =>
        File.ReadAllLines(SourceTree.PathOf("tests", "debian-packages.txt"))
            .Select(line => line.Split('#')[0].Trim())
            .Where(line => line.Length > 0);

    private static async Task<IReadOnlyList<string>> MissingAsync(IReadOnlyCollection<string> packages)
    {
        var result = await ProcessRunner.RunAsync(
            "dpkg-query",
            ["--show", "--showformat=${db:Status-Abbrev} ${Package}\n", .. packages]
        );
        var installed = result
            .Output.Split('\n')
            .Where(line => line.StartsWith("ii ", StringComparison.Ordinal))
            .Select(line => line[3..].Trim());
        return [.. packages.Except(installed)];
    }

    private static async Task InstallAsync(IReadOnlyList<string> packages)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidOperationException(
                $"These tests need Debian packages: sudo apt-get install {string.Join(' ', packages)}"
            );
        }

        await using var held = await LockAsync();
        if (await MissingAsync(packages) is not { Count: > 0 } missing)
        {
            return;
        }

        var environment = new Dictionary<string, string?> { ["DEBIAN_FRONTEND"] = "noninteractive" };
        string[] install =
        [
            "install",
            "--yes",
            "--quiet",
            "--no-install-recommends",
            "-o",
            "DPkg::Lock::Timeout=300",
            .. missing,
        ];
        var known = await ProcessRunner.RunAsync(
            "apt-get",
            install,
            environment: environment,
            timeLimit: LongestInstallation
        );
        if (known.ExitCode != 0)
        {
            // A machine whose package lists are old, or were never fetched.
            await ProcessRunner.OutputOfAsync("apt-get", ["update", "--quiet"], environment: environment);
            await ProcessRunner.OutputOfAsync(
                "apt-get",
                install,
                environment: environment,
                timeLimit: LongestInstallation
            );
        }
    }

    private static async Task<FileStream> LockAsync()
    {
        FileStream? held = null;
        await Eventually.TrueAsync(
            () => (held = TryLock()) is not null,
            LongestInstallation,
            what: $"no other process installs packages ({LockFile})"
        );
        return held!;
    }

    private static FileStream? TryLock()
    {
        try
        {
            return new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
