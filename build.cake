#nullable enable
using System.Diagnostics;
using System.Threading;
using System.Xml.Linq;

// Targets, run through build.sh, which documents them. Products go to artifacts/.

var arguments = (EnvironmentVariable("CANARY_BUILD_ARGUMENTS") ?? "").Split('\x1f').SkipLast(1).ToArray();
var root = Context.Environment.WorkingDirectory.FullPath;
var artifacts = System.IO.Path.Combine(root, "artifacts");
var caller = EnvironmentVariable("CANARY_BUILD_CALLER") ?? root;

Task("clean").Does(() =>
{
    // The tools that run this very script stay.
    foreach (var folder in GetSubDirectories("artifacts").Where(folder => folder.GetDirectoryName() != "cake"))
    {
        DeleteDirectory(folder, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
});

Task("format").Does(() => Run("dotnet", "csharpier", "format", "."));

Task("format-gate")
    .WithCriteria(() => SelectedProjects().Length == 0)
    .Does(() => Run("dotnet", "csharpier", "check", "."))
    .OnError(e => throw new CakeException("Some files are not formatted: ./build.sh format", e));

Task("debian-packages").Does(() => Run("tests/debian-packages.sh"));

// ---- dist --------------------------------------------------------------------------------------------------------

Task("dist").Does(() =>
{
    var dist = System.IO.Path.Combine(artifacts, "dist");
    var stamp = System.IO.Path.Combine(dist, ".built");
    if (IsOfTheseSources(stamp))
    {
        return;
    }

    var started = DateTime.UtcNow;
    string[] projects = ["services/all-in-one/Canary.AllInOne.csproj", "services/cli/Canary.Cli.csproj"];
    var runtime = RuntimeOfThisMachine();
    var compiled = "-p:DistReadyToRun=true";
    if (TryRun("dotnet", ["restore", projects[0], "--verbosity", "quiet", runtime, compiled]) != 0)
    {
        Warning("The ahead-of-time compiler could not be restored: programs will start more slowly.");
        compiled = "-p:DistReadyToRun=false";
    }

    // Published beside and then moved into place: a build that fails leaves the old programs whole.
    var next = dist + ".next";
    CleanDirectory(next);
    foreach (var project in projects)
    {
        Run("dotnet", "publish", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release", "-o", next, runtime, compiled);
    }

    foreach (var project in projects)
    {
        RequireLocked(project);
    }

    if (DirectoryExists(dist))
    {
        DeleteDirectory(dist, new DeleteDirectorySettings { Recursive = true, Force = true });
    }

    System.IO.Directory.Move(next, dist);
    MarkBuilt(stamp, started);
});

bool IsOfTheseSources(string stamp) => System.IO.File.Exists(stamp) && NewestSource() < System.IO.File.GetLastWriteTimeUtc(stamp);

/// A source that changed while it was built counts as newer.
void MarkBuilt(string stamp, DateTime started)
{
    System.IO.File.WriteAllText(stamp, "");
    System.IO.File.SetLastWriteTimeUtc(stamp, started);
}

string RuntimeOfThisMachine() =>
    $"-p:DistRuntime=linux-{System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";

// Its lock file knows the processor, so it is another one than the project's; the packages must be the same, to the byte.
void RequireLocked(string project, string kind = ".Dist")
{
    var name = System.IO.Path.GetFileNameWithoutExtension(project);
    var allowed = LockedPackages(System.IO.Path.Combine(root, System.IO.Path.GetDirectoryName(project)!, "packages.lock.json")).ToHashSet();
    var strange = LockedPackages(System.IO.Path.Combine(artifacts, "obj", name + kind, "packages.lock.json")).Except(allowed).ToArray();
    if (strange.Length > 0)
    {
        throw new CakeException($"{name} was built with packages that are not locked: {string.Join(", ", strange)}");
    }
}

IEnumerable<string> LockedPackages(string file) =>
    from framework in System.Text.Json.Nodes.JsonNode.Parse(System.IO.File.ReadAllText(file))!["dependencies"]!.AsObject()
    from package in framework.Value!.AsObject()
    where package.Value!["contentHash"] is not null
    select $"{package.Key} {package.Value!["resolved"]} {package.Value["contentHash"]}";

DateTime NewestSource() =>
    new[] { "contracts", "platform", "services", "samples" }
        .Select(folder => new System.IO.DirectoryInfo(System.IO.Path.Combine(root, folder)))
        .Where(folder => folder.Exists)
        .SelectMany(folder => folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Append(folder))
        .Concat(GetFiles("./Directory.*.props").Append("global.json").Select(f => new System.IO.FileInfo(f.FullPath)))
        .Max(source => source.LastWriteTimeUtc);

// ---- packages ----------------------------------------------------------------------------------------------------

Task("packages").Does(() =>
{
    var version = PackagesVersion();
    var programs = PackagesPrograms();
    // Those of another version are not asked for again.
    foreach (var other in GetDirectories("./artifacts/packages/programs/*").Where(it => it.GetDirectoryName() != version))
    {
        DeleteDirectory(other, new DeleteDirectorySettings { Recursive = true, Force = true });
    }

    PublishWithRuntime("services/all-in-one/Canary.AllInOne.csproj", System.IO.Path.Combine(programs, "server"), version);
    PublishWithRuntime("services/cli/Canary.Cli.csproj", System.IO.Path.Combine(programs, "cli"), version);

    const string project = "packages/Canary.Packages.csproj";
    Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
    Run("artifacts/bin/Canary.Packages/release/Canary.Packages", [
        "--programs", programs, "--output", System.IO.Path.Combine(artifacts, "packages"), "--upstream-version", version,
        .. Values("--repository").TakeLast(1).SelectMany(folder => new[] { "--repository", System.IO.Path.GetFullPath(folder, caller) }),
    ]);
});

string PackagesVersion() =>
    Values("--version").LastOrDefault() ?? XDocument.Load("Directory.Build.props").Descendants("VersionPrefix").Single().Value;

string PackagesPrograms() => System.IO.Path.Combine(artifacts, "packages", "programs", PackagesVersion());

/// With the .NET runtime that it needs, so that it runs where nothing else is installed; compiled for the processor of this machine.
void PublishWithRuntime(string project, string folder, string version)
{
    var stamp = folder + ".built";
    if (IsOfTheseSources(stamp))
    {
        return;
    }

    var started = DateTime.UtcNow;
    CleanDirectory(folder);
    Run("dotnet", "publish", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release", "-o", folder,
        RuntimeOfThisMachine(), "-p:DistReadyToRun=true", "-p:DistSelfContained=true", "-p:RunAnalyzers=false", $"-p:VersionPrefix={version}");
    RequireLocked(project, ".Package");
    MarkBuilt(stamp, started);
}

Task("packages-test")
    .IsDependentOn("debian-packages")
    .IsDependentOn("packages")
    .Does(() =>
    {
        const string project = "tests/packages/Canary.Packages.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Environment.SetEnvironmentVariable("CANARY_PACKAGES_PROGRAMS", PackagesPrograms());
        Run("artifacts/bin/Canary.Packages.Tests/release/Canary.Packages.Tests");
    });

// ---- compose -----------------------------------------------------------------------------------------------------

Task("images")
    .IsDependentOn("dist")
    .Does(() =>
    {
        RequireCompose();
        Run("compose/stand-ins/build.sh");
        Run("compose/images/build.sh");
    });

Task("up")
    .IsDependentOn("images")
    .Does(() =>
    {
        Run("compose/secrets.sh");
        EnsureDirectoryExists("compose/repositories");
        Compose("up", "--detach", "--wait", "--wait-timeout", "300");
        Console.WriteLine(
            """

            Canary runs. ./build.sh demo --compose plays the demo on it, ./build.sh down takes it away.

              dashboard   http://127.0.0.1:8480/    token of operators: compose/secrets/api-token
              packages    http://127.0.0.1:8481/repository/
              the shop    http://127.0.0.1:8088/    through HAProxy, once it is released
              RabbitMQ    http://127.0.0.1:15672/   user canary, password: compose/secrets/rabbitmq-password
              Consul      http://127.0.0.1:8500/
            """
        );
    });

Task("pipeline")
    .IsDependentOn("debian-packages")
    .IsDependentOn("images")
    .Does(() =>
    {
        const string project = "tests/pipeline/Canary.Pipeline.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run("artifacts/bin/Canary.Pipeline/release/Canary.Pipeline");
    });

Task("down").Does(() =>
{
    RequireCompose();
    // The compose file names its secrets, and is not read without them.
    Run("compose/secrets.sh");
    Compose("down", "--volumes", "--remove-orphans", "--timeout", "15");
    var images = Lines("docker", "images", "--quiet", "--filter", "reference=canary/*");
    if (images.Length > 0)
    {
        Run("docker", ["image", "rm", "--force", .. images.Distinct()]);
    }

    foreach (var folder in new[] { "compose/secrets", "compose/repositories" }.Where(folder => DirectoryExists(folder)))
    {
        DeleteDirectory(folder, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
});

void Compose(params string[] arguments) => Run("docker", ["compose", "--file", "compose/compose.yaml", .. arguments]);

void RequireCompose()
{
    if (Lines("docker", "compose", "version", "--short") is not [var version, ..])
    {
        throw new CakeException("There is no Docker with the compose plugin here: https://docs.docker.com/compose/install/");
    }

    Verbose($"docker compose {version}");
    if (Lines("docker", "info", "--format", "{{.ServerVersion}}") is [])
    {
        throw new CakeException("No Docker engine answers. Start it, and see that this user may use it: docker info");
    }
}

/// What a program prints; nothing if it fails or is not there.
string[] Lines(string program, params string[] arguments)
{
    try
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return [];
    }
}

// ---- bench -------------------------------------------------------------------------------------------------------

Task("bench")
    .IsDependentOn("dist")
    .Does(() =>
    {
        const string project = "tests/benchmarks/Canary.Benchmarks.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-c", "Release");
        Run("artifacts/bin/Canary.Benchmarks/release/Canary.Benchmarks", arguments);
    });

// ---- chaos -------------------------------------------------------------------------------------------------------

Task("chaos")
    .IsDependentOn("debian-packages")
    .IsDependentOn("dist")
    .Does(() =>
    {
        const string project = "tests/chaos/Canary.Chaos.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run("artifacts/bin/Canary.Chaos.Tests/release/Canary.Chaos.Tests", ["run", .. arguments]);
    });

Task("fleet")
    .IsDependentOn("debian-packages")
    .Does(() =>
    {
        const string project = "tests/fleet/Canary.Fleet.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run("artifacts/bin/Canary.Fleet.Tests/release/Canary.Fleet.Tests", ["run", .. arguments]);
    });

Task("recipes")
    .IsDependentOn("debian-packages")
    .Does(() =>
    {
        const string project = "tests/recipes/Canary.Recipes.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run("artifacts/bin/Canary.Recipes.Tests/release/Canary.Recipes.Tests", ["run", .. arguments]);
    });

Task("bootstrap")
    .IsDependentOn("debian-packages")
    .Does(() =>
    {
        const string project = "tests/fleet/Canary.Fleet.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run(
            "artifacts/bin/Canary.Fleet.Tests/release/Canary.Fleet.Tests",
            ["--explicit", "on", "--filter-class", "*BootstrapTests", .. arguments]
        );
    });

Task("reproduce")
    .IsDependentOn("debian-packages")
    .Does(() =>
    {
        const string project = "tests/reproducibility/Canary.Reproducibility.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run("artifacts/bin/Canary.Reproducibility.Tests/release/Canary.Reproducibility.Tests", ["run", .. arguments]);
    });

Task("fuzz")
    .IsDependentOn("debian-packages")
    .Does(() =>
    {
        const string project = "tests/fuzzing/Canary.Fuzzing.Tests.csproj";
        Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
        Run("artifacts/bin/Canary.Fuzzing.Tests/release/Canary.Fuzzing.Tests", ["run", .. arguments]);
    });

Task("year").Does(() =>
{
    const string project = "tests/simulation/Canary.Simulation.Tests.csproj";
    Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release");
    Run("artifacts/bin/Canary.Simulation.Tests/release/Canary.Simulation.Tests", ["run", .. arguments]);
});

// ---- test --------------------------------------------------------------------------------------------------------

Task("build")
    .Does(() =>
    {
        var selected = SelectedProjects();
        string[] what = selected.Length == 0 ? ["Canary.Micro.sln"] : [.. TestProjects(selected).Select(p => p.FullPath)];
        foreach (var project in what)
        {
            Run("dotnet", "build", project, "--nologo", "--verbosity", "quiet", "-clp:NoSummary", "-c", "Release", "-nodeReuse:false");
        }
    });

Task("test")
    .IsDependentOn("format-gate")
    .IsDependentOn("debian-packages")
    .IsDependentOn("build")
    .Does(async () =>
    {
        var results = System.IO.Path.Combine(artifacts, "test");
        CleanDirectory(results);
        var filter = Values("--filter").SingleOrDefault();

        // A short path, because sockets have paths of at most 107 bytes. Processes that a test starts are known by it.
        // Servers that will not run as root reach their files in it as another user.
        var scratch = System.IO.Directory.CreateTempSubdirectory("canary-").FullName;
        System.IO.File.SetUnixFileMode(
            scratch,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
        );
        // The longest first, two at a time: most tests wait for the tools that they run.
        var projects = TestProjects(SelectedProjects())
            .Select(project => new TestProject(project.GetFilenameWithoutExtension().ToString(), results, scratch))
            .OrderByDescending(project => project.Name.Contains("EndToEnd"))
            .ThenBy(project => project.Name)
            .ToList();
        await System.Threading.Tasks.Parallel.ForEachAsync(
            projects,
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (project, _) => await project.RunAsync(root, filter)
        );

        var failures = projects.SelectMany(project => project.Failures).ToList();
        failures.AddRange(LeftRunning(scratch));
        DeleteDirectory(scratch, new DeleteDirectorySettings { Recursive = true, Force = true });

        foreach (var (name, message) in failures)
        {
            Console.WriteLine($"\nFAILED {name}\n{message.TrimEnd()}");
        }

        var passed = projects.Sum(project => project.Passed);
        var skipped = projects.Sum(project => project.Skipped);
        Console.WriteLine($"\n{passed} passed, {failures.Count} failed" + (skipped > 0 ? $", {skipped} skipped" : ""));
        if (failures.Count > 0 || passed == 0)
        {
            Environment.Exit(1);
        }
    });

string[] SelectedProjects() => Values("--project").ToArray();

IEnumerable<FilePath> TestProjects(string[] selected) =>
    GetFiles("./tests/**/*.Tests.csproj")
        .Where(file => selected.Length == 0 || selected.Any(name => file.FullPath.Contains(name, StringComparison.OrdinalIgnoreCase)));

IEnumerable<string> Values(string option) =>
    arguments.Zip(arguments.Skip(1)).Where(pair => pair.First == option).Select(pair => pair.Second);

/// Ends the processes that tests left, and reports each as a failure.
IEnumerable<(string, string)> LeftRunning(string scratch)
{
    var deadline = Stopwatch.StartNew();
    var left = Processes();
    while (left.Count > 0 && deadline.Elapsed < TimeSpan.FromSeconds(5))
    {
        Thread.Sleep(100);
        left = Processes();
    }

    foreach (var (id, command) in left)
    {
        TryRun("kill", ["-KILL", id]);
        yield return ("left running", $"A test did not end the process {id}: {command}");
    }

    List<(string Id, string Command)> Processes() =>
    [
        .. from folder in System.IO.Directory.GetDirectories("/proc")
        let id = System.IO.Path.GetFileName(folder)
        where id.All(char.IsAsciiDigit) && id != Environment.ProcessId.ToString()
        let command = Read(folder, "cmdline").Replace('\0', ' ')
        where command.Length > 0 && (command + Read(folder, "environ") + Link(folder, "cwd")).Contains(scratch)
        select (id, command),
    ];

    static string Read(string folder, string file)
    {
        try
        {
            return System.IO.File.ReadAllText(System.IO.Path.Combine(folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    static string Link(string folder, string file)
    {
        try
        {
            return System.IO.File.ResolveLinkTarget(System.IO.Path.Combine(folder, file), false)?.FullName ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

/// One test program: runs it, and reads its results from the report that it writes.
class TestProject(string name, string results, string scratch)
{
    static readonly XNamespace Trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

    public string Name => name;

    public int Passed { get; private set; }

    public int Skipped { get; private set; }

    public List<(string Name, string Message)> Failures { get; } = [];

    public async System.Threading.Tasks.Task RunAsync(string root, string? filter)
    {
        var program = System.IO.Path.Combine(root, "artifacts", "bin", name, "release", name);
        var report = System.IO.Path.Combine(results, name + ".trx");
        var log = System.IO.Path.Combine(results, name + ".log");
        // Output goes to a file, not a pipe: a process that a test left behind would keep a pipe open for ever.
        var start = new ProcessStartInfo("/bin/sh", [
            "-c", """exec "$@" >"$0" 2>&1 </dev/null""", log,
            program, "--no-ansi", "--progress", "off", "--timeout", "60m",
            "--results-directory", results, "--report-trx", "--report-trx-filename", name + ".trx",
            "--hangdump", "--hangdump-timeout", "20m", "--hangdump-type", "Mini",
            .. filter is null ? Array.Empty<string>() : ["--filter-method", $"*{filter}*"],
        ]);
        start.Environment["TMPDIR"] = System.IO.Directory.CreateDirectory(System.IO.Path.Combine(scratch, name)).FullName;

        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (System.IO.File.Exists(report))
        {
            Read(report);
        }

        const int nothingRan = 8;
        var ran = Passed + Failures.Count + Skipped;
        if (Failures.Count == 0 && process.ExitCode != 0 && !(filter is not null && process.ExitCode == nothingRan))
        {
            var what = ran == 0 ? "No test ran" : "No test failed";
            Failures.Add((name, $"{what}, but the program exited with {process.ExitCode}.\n{System.IO.File.ReadAllText(log)}"));
        }

        var verdict = Failures.Count == 0 ? "ok    " : "FAILED";
        Console.WriteLine($"{verdict} {name}: {Passed} of {ran} passed in {clock.Elapsed.TotalSeconds:0.0} s");
    }

    void Read(string report)
    {
        foreach (var result in XDocument.Load(report).Descendants(Trx + "UnitTestResult"))
        {
            switch (result.Attribute("outcome")?.Value)
            {
                case "Passed":
                    Passed++;
                    break;
                case "NotExecuted":
                    Skipped++;
                    break;
                default:
                    var error = result.Descendants(Trx + "ErrorInfo").FirstOrDefault();
                    Failures.Add((
                        result.Attribute("testName")?.Value ?? "?",
                        $"{error?.Element(Trx + "Message")?.Value}\n{error?.Element(Trx + "StackTrace")?.Value}"
                    ));
                    break;
            }
        }
    }
}

// ---- helpers -----------------------------------------------------------------------------------------------------

void Run(string program, params string[] arguments)
{
    if (TryRun(program, arguments) is var code and not 0)
    {
        throw new CakeException(code, $"{program} {string.Join(' ', arguments)} failed (exit code {code}).");
    }
}

int TryRun(string program, string[] arguments)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
    process.WaitForExit();
    return process.ExitCode;
}

RunTarget(Argument<string>("target"));
