using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Processes;
using Canary.Processes.Sandboxes;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Binaries;

/// <summary>
/// Finds the packages of Debian that the programs of a package need, by <c>dpkg-shlibdeps</c>. It reads files that a build made, so it runs
/// where it reaches nothing else. A package is made without it all the same.
/// </summary>
internal sealed class LibraryDependencies(DataDirectory data, IOptions<PackagerOptions> options)
{
    /// <summary>Name of the program.</summary>
    public const string Program = "dpkg-shlibdeps";

    private const string NotInstalled = $"{Program} is not installed (package dpkg-dev)";

    private const string ProgramPath = $"/usr/bin/{Program}";

    private const string Field = "shlibs:Depends=";

    private const int OutputLimit = 1 << 20;

    /// <summary>What the program reads of this machine: which packages its libraries are of.</summary>
    private static readonly string[] Database = ["/var/lib/dpkg", "/etc/ld.so.conf", "/etc/ld.so.conf.d"];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Sandbox _sandbox = new(
        data,
        new SandboxOptions { Network = SandboxNetwork.None, ReadOnlyPaths = Database }
    );

    /// <summary>Why this machine does not find them; <c>null</c>: it does.</summary>
    public async Task<string?> ProblemAsync(CancellationToken cancellation)
    {
        if (!File.Exists(ProgramPath))
        {
            return NotInstalled;
        }

        try
        {
            await _sandbox.TryAsync(cancellation);
            return null;
        }
        catch (CanaryException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>The relations that the programs of a package ask for.</summary>
    /// <param name="package">The package.</param>
    /// <param name="workspace">Where there is room.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<FoundDependencies> FindAsync(
        PackageSpec package,
        Workspace workspace,
        CancellationToken cancellation
    )
    {
        var linked = package.Binaries.Where(file => file.IsLinked).ToList();
        if (linked.Count == 0 || options.Value.LibraryDependencies == LibraryDependencyKind.None)
        {
            return FoundDependencies.Nothing;
        }

        if (!File.Exists(ProgramPath))
        {
            return FoundDependencies.Because(NotInstalled);
        }

        var root = Directory.CreateDirectory(Path.Combine(workspace.ScratchPath, "libraries")).FullName;
        var work = Directory.CreateDirectory(Path.Combine(root, "work")).FullName;
        try
        {
            LayOut(package, linked, work);
            return await RunAsync(package, linked, new SandboxPlaces(work, root), cancellation);
        }
        catch (CanaryException e) when (e.Code == ProcessesCodes.SandboxUnavailable)
        {
            return FoundDependencies.Because(e.Message.TrimEnd('.'));
        }
    }

    private async Task<FoundDependencies> RunAsync(
        PackageSpec package,
        List<BinaryFile> linked,
        SandboxPlaces places,
        CancellationToken cancellation
    )
    {
        var said = new MemoryStream();
        var result = await _sandbox.RunAsync(
            new SandboxedProgram
            {
                FileName = ProgramPath,
                Arguments =
                [
                    "-O",
                    "--ignore-missing-info",
                    "--warnings=0",
                    $"-x{package.Name}",
                    .. Directories(linked).Select(directory => $"-l{PathInside(directory)}"),
                    .. linked.Select(file => $"-e{PathInside(file.Item.Path)}"),
                ],
                Places = places,
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
                    ["LC_ALL"] = "C.UTF-8",
                    ["DEB_HOST_ARCH"] = package.Architecture,
                },
                TimeLimit = Limit,
                OutputLimit = OutputLimit,
                Grace = TimeSpan.Zero,
                Output = bytes => said.WriteAsync(bytes, cancellation),
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        return Read(result, Encoding.UTF8.GetString(said.ToArray()));
    }

    private static FoundDependencies Read(ProcessResult result, string said)
    {
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!result.Succeeded)
        {
            var reason =
                lines.FirstOrDefault(line => line.Contains("error:", StringComparison.Ordinal))
                ?? lines.LastOrDefault();
            return FoundDependencies.Because(
                $"{Program}: {ShownText.Of(reason ?? $"it ended with {result.ExitCode}")}"
            );
        }

        var relations = lines.FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal))?[Field.Length..];
        try
        {
            return relations is null or ""
                ? FoundDependencies.Nothing
                : new FoundDependencies(DebianRules.Relations([new TextNode(Program, relations)], "depends"), null);
        }
        catch (CanaryException e)
        {
            return FoundDependencies.Because(e.Message.TrimEnd('.'));
        }
    }

    /// <summary>A source package of nothing but these files, as the program wants to find it.</summary>
    private static void LayOut(PackageSpec package, List<BinaryFile> linked, string work)
    {
        Directory.CreateDirectory(Path.Combine(work, "debian"));
        File.WriteAllText(
            Path.Combine(work, "debian", "control"),
            $"Source: {package.Name}\n\nPackage: {package.Name}\nArchitecture: any\n"
        );
        foreach (var file in linked)
        {
            var path = Path.Combine(work, "tree", file.Item.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file.Item.SourcePath!, path);
        }
    }

    /// <summary>Where libraries are that the package brings itself.</summary>
    private static IEnumerable<string> Directories(List<BinaryFile> linked) =>
        linked.Select(file => Path.GetDirectoryName(file.Item.Path)!).Distinct().Order(StringComparer.Ordinal);

    private static string PathInside(string path) => $"{SandboxPlaces.Work}/tree/{path}";
}

/// <summary>What <c>dpkg-shlibdeps</c> found.</summary>
/// <param name="Relations">What the package depends on.</param>
/// <param name="Problem">Why that is not known; <c>null</c>: it is.</param>
internal sealed record FoundDependencies(IReadOnlyList<string> Relations, string? Problem)
{
    public static FoundDependencies Nothing { get; } = new([], null);

    public static FoundDependencies Because(string problem) => new([], problem);
}
