using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;
using Canary.Processes;
using Canary.Processes.Sandboxes;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Binaries;

/// <summary>
/// Finds the packages of Debian that the programs of a package need, by <c>dpkg-shlibdeps</c>. It reads files that a build made, so it runs
/// where it reaches nothing else. Where it is not installed, or a library is of no package, a package is made all the same; that depends on
/// the machine alone, and not on how much it has to do.
/// </summary>
internal sealed class LibraryDependencies(DataDirectory data, IOptions<PackagerOptions> options)
{
    /// <summary>Name of the program.</summary>
    public const string Program = "dpkg-shlibdeps";

    /// <summary>What is said where it is not.</summary>
    public const string NotInstalled = $"{Program} is not installed (package dpkg-dev)";

    private const string ProgramPath = $"/usr/bin/{Program}";

    private const string SharedObject = ".so";

    private const string Field = "shlibs:Depends=";

    private const string NoSuchLibrary = "error: cannot find library";

    private const int OutputLimit = 1 << 20;

    /// <summary>What the program reads of this machine: which packages its libraries are of.</summary>
    private static readonly string[] Database = ["/var/lib/dpkg", "/etc/ld.so.conf", "/etc/ld.so.conf.d"];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Sandbox _sandbox = new(
        data,
        new SandboxOptions { Network = SandboxNetwork.None, ReadOnlyPaths = Database }
    );

    /// <summary>Whether the program is on this machine.</summary>
    public static bool IsInstalled => File.Exists(ProgramPath);

    /// <summary>Finds out whether the program can be run.</summary>
    /// <exception cref="CanaryException"><c>sandbox-unavailable</c>: not where it reaches nothing else.</exception>
    public Task TryAsync(CancellationToken cancellation) => _sandbox.TryAsync(cancellation);

    /// <summary>The relations that the programs of a package ask for.</summary>
    /// <param name="package">The package.</param>
    /// <param name="workspace">Where there is room.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException"><c>library-dependencies-unknown</c>: the program did not come to its end.</exception>
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

        if (!IsInstalled)
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
            throw Unknown(e.Message.TrimEnd('.'), e);
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
                    .. Directories(package, linked).Select(directory => $"-l{PathInside(directory)}"),
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

    /// <summary>What the program found, by its end and what it said.</summary>
    /// <exception cref="CanaryException"><c>library-dependencies-unknown</c></exception>
    public static FoundDependencies Read(ProcessResult result, string said)
    {
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!result.Succeeded)
        {
            return
                result.Ending == ProcessEnding.Exited
                && lines.FirstOrDefault(line => line.Contains(NoSuchLibrary, StringComparison.Ordinal)) is { } missing
                ? FoundDependencies.Because($"{Program}: {ShownText.Of(missing)}")
                : throw Unknown(
                    $"{Program} {EndOf(result)}{(lines is [.., var last] ? $": {ShownText.Of(last)}" : "")}"
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

    /// <summary>A source package of nothing but these files and the links of the package, which are most often the names that libraries are
    /// looked for by. The program finds the root of a package by the directory <c>DEBIAN</c>, and by the root what <c>$ORIGIN</c> is.</summary>
    private static void LayOut(PackageSpec package, List<BinaryFile> linked, string work)
    {
        var tree = Path.Combine(work, "tree");
        Directory.CreateDirectory(Path.Combine(work, "debian"));
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        File.WriteAllText(
            Path.Combine(work, "debian", "control"),
            $"Source: {package.Name}\n\nPackage: {package.Name}\nArchitecture: any\n"
        );
        // Links come after all directories, so that none leads anything elsewhere.
        var links = Links(package).ToList();
        foreach (var item in linked.Select(file => file.Item).Concat(links))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, item.Path))!);
        }

        using var contents = new StoredContents();
        foreach (var item in linked.Select(file => file.Item))
        {
            contents.CopyTo(item.Source!, item.Size, Path.Combine(tree, item.Path));
        }

        foreach (var link in links)
        {
            File.CreateSymbolicLink(Path.Combine(tree, link.Path), TargetInside(link));
        }
    }

    private static IEnumerable<PackageItem> Links(PackageSpec package) =>
        package.Items.Where(item => item is { Kind: FileKind.Link, Target: not null });

    /// <summary>The root of a package is not that of the sandbox.</summary>
    private static string TargetInside(PackageItem link) =>
        link.Target!.StartsWith('/')
            ? Path.GetRelativePath($"/{Path.GetDirectoryName(link.Path)}", link.Target)
            : link.Target;

    /// <summary>Where libraries are that the package brings itself.</summary>
    private static IEnumerable<string> Directories(PackageSpec package, List<BinaryFile> linked) =>
        linked
            .Select(file => file.Item)
            .Concat(Links(package).Where(link => link.Path.Contains(SharedObject, StringComparison.Ordinal)))
            .Select(item => Path.GetDirectoryName(item.Path)!)
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static string EndOf(ProcessResult result) =>
        result.Ending switch
        {
            ProcessEnding.Exited => $"ended with {result.ExitCode}",
            ProcessEnding.TimedOut => $"took longer than {Limit.TotalMinutes:0} minutes",
            var limit => $"was stopped ({limit})",
        };

    private static CanaryException Unknown(string reason, Exception? cause = null) =>
        new(
            PackagerCodes.LibraryDependenciesUnknown,
            $"Which packages the programs of the package need could not be found out: {reason}.",
            "Look at the load and the memory of the packager's machine, and at `canary doctor`, or set "
                + $"packager.library-dependencies: none; then {Remedies.ReleaseAgain}.",
            cause
        );

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
