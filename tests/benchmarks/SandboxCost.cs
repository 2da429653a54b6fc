using System.Diagnostics;
using Canary.Files;
using Canary.Processes;
using Canary.Processes.Sandboxes;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>What a sandbox adds to a script of a commit: a program that does nothing, by itself and inside. Beside it
/// bubblewrap, which makes the same namespaces and sets no limits.</summary>
internal sealed class SandboxCost : IBenchmark
{
    private const string Program = "/usr/bin/true";

    private static readonly Dictionary<string, string> NoEnvironment = [];

    public string Name => "sandbox";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        using var directory = new TempDirectory();
        var times = settings.Repetitions(full: 50, quick: 5);
        rows.Add(
            await MeasureAsync(
                "a script that does nothing, supervised",
                times,
                () => BareAsync(directory, cancellationToken)
            )
        );
        foreach (var network in new[] { SandboxNetwork.None, SandboxNetwork.Private })
        {
            var sandbox = new Sandbox(
                new DataDirectory(directory.Combine("data")),
                new SandboxOptions { Network = network }
            );
            var words = network == SandboxNetwork.None ? "without" : "with";
            var row = await MeasureAsync(
                $"in a sandbox {words} network",
                times,
                () => InsideAsync(sandbox, directory, cancellationToken)
            );
            rows.Add(row with { Goal = 100 });
        }
        rows.Add(
            File.Exists("/usr/bin/bwrap")
                ? await MeasureAsync(
                    "  bubblewrap without network",
                    times,
                    () => BubblewrapAsync(directory, cancellationToken)
                )
                : Row.Skipped("  bubblewrap without network", "ms", "bubblewrap is not installed")
        );
    }

    private static async Task<Row> MeasureAsync(string name, int times, Func<Task> run)
    {
        await run();
        var samples = new List<TimeSpan>();
        for (var i = 0; i < times; i++)
        {
            var clock = Stopwatch.StartNew();
            await run();
            samples.Add(clock.Elapsed);
        }
        return Row.Milliseconds(name, samples);
    }

    private static Task BareAsync(TempDirectory directory, CancellationToken cancellationToken) =>
        RunAsync(Program, [], directory, cancellationToken);

    private static Task BubblewrapAsync(TempDirectory directory, CancellationToken cancellationToken) =>
        RunAsync(
            "/usr/bin/bwrap",
            ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", "--die-with-parent", Program],
            directory,
            cancellationToken
        );

    private static async Task RunAsync(
        string program,
        string[] arguments,
        TempDirectory directory,
        CancellationToken cancellationToken
    ) =>
        Expect(
            await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = program,
                    Arguments = arguments,
                    WorkingDirectory = directory.Path,
                    Owner = directory.Path,
                    Environment = NoEnvironment,
                },
                cancellationToken
            )
        );

    private static async Task InsideAsync(Sandbox sandbox, TempDirectory directory, CancellationToken cancellationToken)
    {
        var scratch = directory.CreateDirectory(Guid.NewGuid().ToString("N"));
        var work = Directory.CreateDirectory(Path.Combine(scratch, "work")).FullName;
        Expect(
            await sandbox.RunAsync(
                new SandboxedProgram
                {
                    FileName = Program,
                    Places = new SandboxPlaces(work, scratch),
                    Environment = NoEnvironment,
                    TimeLimit = TimeSpan.FromSeconds(10),
                    OutputLimit = 1 << 10,
                    Grace = TimeSpan.Zero,
                    Output = _ => ValueTask.CompletedTask,
                },
                cancellationToken
            )
        );
    }

    private static void Expect(ProcessResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"{Program} failed: {result.OutputTail}");
        }
    }
}
