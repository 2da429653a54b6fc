using Canary.Failures;
using Canary.Files;
using Canary.Processes;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders.Fpm;

/// <summary>FPM on this machine. It sees no settings of anybody: its home directory is empty, and its environment is what is written
/// here.</summary>
internal sealed class LocalFpm(DataDirectory data, IOptions<PackagerOptions> options) : IFpmRunner
{
    /// <summary>Where programs are looked for.</summary>
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const string Place = "this machine";

    private const long OutputLimit = 4 << 20;

    /// <summary>Exit code of what SIGKILL ended.</summary>
    private const int Killed = 128 + 9;

    /// <summary>People wait for it.</summary>
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(10);

    private string Program => options.Value.Fpm.Program;

    public async Task RunAsync(FpmJob job, Func<FpmRun, Task> judge, CancellationToken cancellation) =>
        await judge(await RunAsync(job, cancellation));

    public async Task<string> CheckAsync(CancellationToken cancellation)
    {
        var trial = Directory.CreateDirectory(
            Path.Combine(data.For(PackagerModule.Name), $"fpm-trial-{Guid.NewGuid():N}")
        );
        try
        {
            var result = await StartAsync(["--version"], trial.FullName, trial.FullName, CheckLimit, [], cancellation);
            cancellation.ThrowIfCancellationRequested();
            return result.Succeeded
                ? $"FPM {result.OutputTail.Trim()} runs on {Place} ({Program})."
                : throw Unavailable($"{Program} --version ended with {result.ExitCode}: {result.OutputTail.Trim()}");
        }
        finally
        {
            trial.Delete(recursive: true);
        }
    }

    private async Task<FpmRun> RunAsync(FpmJob job, CancellationToken cancellation)
    {
        var own = Path.GetDirectoryName(job.Package)!;
        var result = await StartAsync(
            job.Arguments,
            job.Directory,
            own,
            options.Value.Fpm.TimeLimit,
            new() { ["SOURCE_DATE_EPOCH"] = job.Epoch },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        var made = Path.Combine(job.Directory, FpmLayout.Package);
        if (result.Succeeded && new FileInfo(made) is { Exists: true, LinkTarget: null })
        {
            File.Move(made, job.Package, overwrite: true);
            return new FpmRun(Place, FpmEnding.Built, result.OutputTail);
        }

        return new FpmRun(
            Place,
            result.Ending == ProcessEnding.TimedOut ? FpmEnding.TimedOut : FpmEnding.Failed,
            result switch
            {
                { Succeeded: true } => $"{result.OutputTail}It says that all went well, but there is no package.",
                { Ending: ProcessEnding.Exited, ExitCode: Killed } =>
                    $"{result.OutputTail}\n{FpmBuilder.SomethingKilledIt} (memory?)",
                _ => result.OutputTail,
            }
        );
    }

    private async Task<ProcessResult> StartAsync(
        IReadOnlyList<string> arguments,
        string directory,
        string own,
        TimeSpan limit,
        Dictionary<string, string> environment,
        CancellationToken cancellation
    )
    {
        try
        {
            return await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = Program,
                    Arguments = arguments,
                    WorkingDirectory = directory,
                    Owner = data.Root,
                    Environment = new Dictionary<string, string>(environment)
                    {
                        ["PATH"] = SearchPath,
                        ["LC_ALL"] = "C.UTF-8",
                        ["HOME"] = Directory.CreateDirectory(Path.Combine(own, "home")).FullName,
                        ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(own, "tmp")).FullName,
                    },
                    TimeLimit = limit,
                    OutputLimit = OutputLimit,
                },
                cancellation
            );
        }
        catch (CanaryException missing) when (missing.Code == ProcessesCodes.ProgramMissing)
        {
            throw Unavailable(missing.Message, missing);
        }
    }

    private static CanaryException Unavailable(string why, Exception? cause = null) =>
        new(
            PackagerCodes.FpmUnavailable,
            $"FPM does not run on {Place}: {why.TrimEnd('.')}.",
            "Install it where the packager runs (gem install fpm), name it in packager.fpm.program, or let the native builder make packages.",
            cause
        );
}
