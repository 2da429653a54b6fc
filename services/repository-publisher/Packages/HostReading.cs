using System.Text;
using Canary.Failures;
using Canary.Processes;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>
/// Lets apt and dpkg of this machine read a package before any host does: whatever our own rules overlook, an index holds only
/// paragraphs that both have read. An index is nothing but its paragraphs, so those that are in it already need not be read
/// again.
/// </summary>
internal sealed class HostReading(RepositoryLayout layout)
{
    private const string AptCache = "/usr/bin/apt-cache";
    private const string DpkgQuery = "/usr/bin/dpkg-query";

    /// <summary>An apt that sees nothing of this machine and keeps nothing.</summary>
    private const string AptConfiguration = """
        Dir::Etc::main "/dev/null";
        Dir::Etc::parts "/dev/null";
        Dir::Etc::sourcelist "/dev/null";
        Dir::Etc::sourceparts "/dev/null";
        Dir::Etc::preferences "/dev/null";
        Dir::Etc::preferencesparts "/dev/null";
        Dir::State::status "/dev/null";
        Dir::Cache::pkgcache "";
        Dir::Cache::srcpkgcache "";

        """;

    private static readonly Dictionary<string, string> Environment = new()
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["LC_ALL"] = "C.UTF-8",
    };

    /// <summary>The programs that are used, by name.</summary>
    public static IReadOnlyList<string> Programs => [Path.GetFileName(AptCache), Path.GetFileName(DpkgQuery)];

    /// <summary>Whether this machine has both.</summary>
    public bool IsPossible { get; init; } = File.Exists(AptCache) && File.Exists(DpkgQuery);

    /// <summary>Reads a package's paragraph of an index. Where this machine has no apt, our own rules have to do.</summary>
    /// <exception cref="CanaryException">apt or dpkg does not read it.</exception>
    public async Task CheckAsync(DebFile package, string stanza, CancellationToken cancellationToken)
    {
        if (!IsPossible)
        {
            return;
        }

        var directory = Directory.CreateDirectory(Path.Combine(layout.Readings, $"{Guid.NewGuid():N}")).FullName;
        try
        {
            Task[] readings =
            [
                ReadByAptAsync(directory, package, stanza, cancellationToken),
                ReadByDpkgAsync(directory, package, cancellationToken),
            ];
            await Task.WhenAll(readings).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var read in readings)
            {
                await read;
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Removes what a dead process left.</summary>
    public void Clear()
    {
        if (Directory.Exists(layout.Readings))
        {
            Directory.Delete(layout.Readings, recursive: true);
        }
    }

    private async Task ReadByAptAsync(
        string directory,
        DebFile package,
        string stanza,
        CancellationToken cancellationToken
    )
    {
        var index = Path.Combine(directory, "Packages");
        var configuration = Path.Combine(directory, "apt.conf");
        await File.WriteAllTextAsync(index, $"{stanza}\n", cancellationToken);
        await File.WriteAllTextAsync(configuration, AptConfiguration, cancellationToken);
        var architecture = package.Architecture == "all" ? "amd64" : package.Architecture;
        var result = await RunAsync(
            AptCache,
            [
                "-o",
                $"APT::Architecture={architecture}",
                "-o",
                $"APT::Architectures={architecture}",
                "--with-source",
                index,
                "dumpavail",
            ],
            new Dictionary<string, string>(Environment) { ["APT_CONFIG"] = configuration },
            cancellationToken
        );
        // apt warns of what it leaves out, and goes on.
        if (!result.Succeeded || result.OutputTail.Trim().Length > 0 || !Names(result, $"Package: {package.Name}\n"))
        {
            throw Refused("apt", directory, result);
        }
    }

    private async Task ReadByDpkgAsync(string directory, DebFile package, CancellationToken cancellationToken)
    {
        var database = Directory.CreateDirectory(Path.Combine(directory, "dpkg")).FullName;
        Directory.CreateDirectory(Path.Combine(database, "info"));
        Directory.CreateDirectory(Path.Combine(database, "updates"));
        await File.WriteAllTextAsync(
            Path.Combine(database, "status"),
            $"{package.Control}Status: install ok installed\n\n",
            cancellationToken
        );
        var result = await RunAsync(
            DpkgQuery,
            [$"--admindir={database}", "--show", "--showformat=${Package} ${Version}\n"],
            Environment,
            cancellationToken
        );
        if (!result.Succeeded || !Names(result, $"{package.Name} {package.Version}\n"))
        {
            throw Refused("dpkg", directory, result);
        }
    }

    private async Task<ProcessResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken
    )
    {
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = program,
                Arguments = arguments,
                WorkingDirectory = "/",
                Owner = layout.Root,
                Environment = environment,
                TimeLimit = TimeSpan.FromMinutes(1),
                CaptureStandardOutput = true,
            },
            cancellationToken
        );
        cancellationToken.ThrowIfCancellationRequested();
        return result.Ending == ProcessEnding.Exited
            ? result
            : throw new TimeoutException($"{program} did not come to an end: {result.Ending}.");
    }

    private static bool Names(ProcessResult result, string text) =>
        Encoding.UTF8.GetString(result.StandardOutput.Span).Contains(text, StringComparison.Ordinal);

    private static CanaryException Refused(string program, string directory, ProcessResult result)
    {
        var said = result.OutputTail.Replace($"{directory}/", "", StringComparison.Ordinal).Split('\n');
        return InvalidPackage.Because(
            $"{program} does not read it: {string.Join(' ', said.Select(line => line.Trim())).Trim().TrimEnd('.')}"
        );
    }
}
