using System.Globalization;
using Canary.Contracts.Building;
using Canary.Hosting;
using Canary.Hosting.Processes;
using Canary.Hosting.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>Runs the convention scripts, <c>script/cisetup</c> and then <c>script/cibuild</c>, on this machine: in a fresh
/// workspace, with an environment that holds nothing of ours, and within limits.</summary>
internal sealed class ScriptBuildProvider(Workspaces workspaces, IOptions<BuildOptions> options, TimeProvider time)
    : IBuildProvider
{
    internal const string ProviderName = "script";

    /// <summary>How much of a failed script's last output its failure quotes.</summary>
    private const int QuotedLines = 20;
    private const int QuotedCharacters = 2000;

    private readonly BuildOptions _options = options.Value;

    public string Name => ProviderName;

    public async Task<TimeSpan> BuildAsync(StartBuild build, BuildLog log, CancellationToken cancellation)
    {
        var source = build.Source;
        await log.HeadingAsync($"Check out {source.Repository} {source.Commit[..12]} ({source.Branch})");
        await using var workspace = await workspaces.CheckoutAsync(
            new SourceRequest
            {
                CloneUrl = source.CloneUrl,
                Commit = source.Commit,
                Branch = source.Branch,
                WithRepository = true,
            },
            cancellation
        );
        if (!Directory.EnumerateFileSystemEntries(workspace.Path).Any(path => Path.GetFileName(path) != ".git"))
        {
            throw new CanaryException(
                "commit-empty",
                "The commit has no files: there is nothing to build.",
                "Commit the application's files, with script/cisetup and script/cibuild."
            );
        }
        ConventionScript[] scripts =
        [
            ConventionScript.Find(workspace.Path, "script/cisetup"),
            ConventionScript.Find(workspace.Path, "script/cibuild"),
        ];
        var environment = EnvironmentOf(build, workspace);
        var started = time.GetTimestamp();
        var output = 0L;
        foreach (var script in scripts)
        {
            await log.HeadingAsync(script.Name);
            var result = await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = script.Program,
                    Arguments = script.Arguments,
                    WorkingDirectory = workspace.Path,
                    Owner = workspace.ScratchPath,
                    Environment = environment,
                    TimeLimit = Remaining(time.GetElapsedTime(started)),
                    OutputLimit = _options.OutputLimit - output,
                    Grace = _options.Grace,
                    Output = bytes =>
                    {
                        output += bytes.Length;
                        return log.AppendAsync(bytes);
                    },
                },
                cancellation
            );
            cancellation.ThrowIfCancellationRequested();
            Check(script.Name, result);
            await log.HeadingAsync($"{script.Name} passed in {Seconds(result.Duration)}");
        }
        return time.GetElapsedTime(started);
    }

    private TimeSpan Remaining(TimeSpan used) =>
        _options.TimeLimit - used is var left && left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);

    private Dictionary<string, string> EnvironmentOf(StartBuild build, Workspace workspace)
    {
        var home = Directory.CreateDirectory(Path.Combine(workspace.ScratchPath, "home")).FullName;
        var temporary = Directory.CreateDirectory(Path.Combine(workspace.ScratchPath, "tmp")).FullName;
        var environment = new Dictionary<string, string>();
        foreach (var name in _options.PassEnvironment)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }
        environment["PATH"] = _options.Path;
        environment["HOME"] = home;
        environment["TMPDIR"] = temporary;
        environment["LANG"] = "C.UTF-8";
        environment["CI"] = "true";
        environment["CANARY_APPLICATION"] = build.Application;
        environment["CANARY_COMMIT"] = build.Source.Commit;
        environment["CANARY_BRANCH"] = build.Source.Branch;
        return environment;
    }

    private void Check(string script, ProcessResult result)
    {
        switch (result.Ending)
        {
            case ProcessEnding.TimedOut:
                throw new CanaryException(
                    "script-timed-out",
                    $"{script} was stopped: both scripts together may take {Seconds(_options.TimeLimit)}.{Quote(result)}",
                    "Find out what it waits for, make it faster, or raise ci-coordinator.builds.time-limit."
                );
            case ProcessEnding.OutputLimit:
                throw new CanaryException(
                    "script-output-limit",
                    $"{script} was stopped: both scripts together may print {_options.OutputLimit} bytes.{Quote(result)}",
                    "Make it print less, or raise ci-coordinator.builds.output-limit."
                );
            case ProcessEnding.Exited when result.ExitCode != 0:
                throw new CanaryException(
                    "script-failed",
                    $"{script} exited with {result.ExitCode}.{Quote(result)}",
                    "Read the build log, correct the commit, and push."
                );
        }
    }

    private static string Quote(ProcessResult result)
    {
        var lines = result.OutputTail.TrimEnd().Split('\n').TakeLast(QuotedLines);
        var text = PrintableText.Of(string.Join('\n', lines));
        if (text.Length > QuotedCharacters)
        {
            text = "…" + text[^QuotedCharacters..];
        }
        return text.Length == 0 ? " It printed nothing." : $" It printed last:\n{text}";
    }

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
