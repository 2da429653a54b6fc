using System.Globalization;
using Canary.CiCoordinator.Builds.Caches;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;
using Canary.Processes;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>What every build by the convention scripts is, wherever they run: a fresh checkout, <c>script/cisetup</c> and
/// then <c>script/cibuild</c>, an environment that holds nothing of ours, and limits on both together.</summary>
internal sealed class ConventionBuild(Workspaces workspaces, IOptions<BuildOptions> options, TimeProvider time)
{
    private readonly BuildOptions _options = options.Value;

    /// <summary>Checks the commit out.</summary>
    /// <param name="build">Which.</param>
    /// <param name="selfContained">Whether the files go to another machine.</param>
    /// <param name="log">Where that is said.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">There is no such commit, or nothing in it.</exception>
    public async Task<Workspace> CheckOutAsync(
        StartBuild build,
        bool selfContained,
        ShippedLog log,
        CancellationToken cancellation
    )
    {
        var source = build.Source;
        await log.HeadingAsync($"Check out {source.Repository} {source.Commit[..12]} ({source.Branch})");
        var request = new SourceRequest
        {
            CloneUrl = source.CloneUrl,
            Commit = source.Commit,
            Branch = source.Branch,
            PullRequest = build.PullRequest?.Number,
            WithRepository = true,
            SelfContained = selfContained,
        };
        await ThrowIfMovedAsync(request, cancellation);
        var workspace = await workspaces.CheckoutAsync(request, cancellation);
        if (Directory.EnumerateFileSystemEntries(workspace.Path).Any(path => Path.GetFileName(path) != ".git"))
        {
            return workspace;
        }
        await workspace.DisposeAsync();
        throw new CanaryException(
            CiCoordinatorCodes.CommitEmpty,
            "The commit has no files: there is nothing to build.",
            "Commit the application's files, with script/cisetup and script/cibuild."
        );
    }

    /// <summary>Runs the scripts one after the other, on a copy of what earlier builds kept in their cache, and collects what they made;
    /// returns the time that the scripts took as well.</summary>
    /// <exception cref="CanaryException">One of them did not pass, or what it made cannot be in a package.</exception>
    public async Task<ScriptsPassed> RunAsync(
        StartBuild build,
        BuildTerms terms,
        IReadOnlyList<ConventionScript> scripts,
        IScriptRunner runner,
        IBuildCaches caches,
        OutputCollection? collection,
        IBuildFiles files,
        ShippedLog log,
        CancellationToken cancellation
    )
    {
        var cache = new BuildCacheUse(caches, terms.Cache, log);
        await cache.RestoreAsync(cancellation);
        var environment = EnvironmentOf(build);
        var started = time.GetTimestamp();
        var output = 0L;
        foreach (var script in scripts)
        {
            await log.HeadingAsync(script.Name);
            var result = await runner.RunAsync(
                new ScriptRun
                {
                    Script = script,
                    Environment = environment,
                    Terms = terms,
                    TimeLimit = Remaining(time.GetElapsedTime(started)),
                    OutputLimit = _options.OutputLimit - output,
                    Output = bytes =>
                    {
                        output += bytes.Length;
                        return log.AppendAsync(bytes);
                    },
                },
                cancellation
            );
            cancellation.ThrowIfCancellationRequested();
            Check(script.Name, result.Ending, result.ExitCode, OutputQuotation.Of(await log.EndOutputAsync()));
            await log.HeadingAsync($"{script.Name} passed in {Seconds(result.Duration)}");
        }
        var taken = time.GetElapsedTime(started);
        var collected = collection is null ? null : await collection.CollectAsync(files, log, cancellation);
        // Whoever may push to another branch must not decide what the next release is built from.
        if (build is { Deploys: true, PullRequest: null })
        {
            await cache.KeepAsync(cancellation);
        }
        return new ScriptsPassed(taken, collected);
    }

    /// <summary>A server gives out commits by their ids that are of no pull request, or of another one.</summary>
    /// <exception cref="CanaryException"><c>pull-request-moved</c></exception>
    private async Task ThrowIfMovedAsync(SourceRequest request, CancellationToken cancellation)
    {
        if (
            request.PullRequest is { } number
            && await workspaces.HeadAsync(request, cancellation) is var head
            && head != request.Commit
        )
        {
            throw new CanaryException(
                CiCoordinatorCodes.PullRequestMoved,
                $"The head of the pull request {number} is {head[..12]}, and not {request.Commit[..12]} any more.",
                "Nothing: its head is looked at again."
            );
        }
    }

    private TimeSpan Remaining(TimeSpan used) =>
        _options.TimeLimit - used is var left && left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);

    private Dictionary<string, string> EnvironmentOf(StartBuild build)
    {
        var environment = new Dictionary<string, string>();
        foreach (var name in build.IsOfFork() ? [] : _options.PassEnvironment)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }
        if (_options.Path is { } path)
        {
            environment["PATH"] = path;
        }
        environment["LANG"] = "C.UTF-8";
        environment["CI"] = "true";
        environment["CANARY_APPLICATION"] = build.Application;
        environment["CANARY_COMMIT"] = build.Source.Commit;
        environment["CANARY_BRANCH"] = build.Source.Branch;
        if (build.PullRequest is { } pull)
        {
            environment["CANARY_PULL_REQUEST"] = pull.Number.ToString(CultureInfo.InvariantCulture);
        }
        return environment;
    }

    private void Check(string script, ProcessEnding ending, int exitCode, string quotation)
    {
        switch (ending)
        {
            case ProcessEnding.TimedOut:
                throw new CanaryException(
                    CiCoordinatorCodes.ScriptTimedOut,
                    $"{script} was stopped: both scripts together may take {Seconds(_options.TimeLimit)}.{quotation}",
                    "Find out what it waits for, make it faster, or raise ci-coordinator.builds.time-limit."
                );
            case ProcessEnding.OutputLimit:
                throw new CanaryException(
                    CiCoordinatorCodes.ScriptOutputLimit,
                    $"{script} was stopped: both scripts together may print {_options.OutputLimit} bytes.{quotation}",
                    "Make it print less, or raise ci-coordinator.builds.output-limit."
                );
            case ProcessEnding.MemoryLimit:
                throw new CanaryException(
                    CiCoordinatorCodes.ScriptMemoryLimit,
                    $"{script} was stopped: it took more memory than a build may.{quotation}",
                    "Make it need less, or raise ci-coordinator.builds.sandbox.memory."
                );
            case ProcessEnding.DiskLimit:
                throw new CanaryException(
                    CiCoordinatorCodes.ScriptDiskLimit,
                    $"{script} was stopped: it wrote more than a build may.{quotation}",
                    "Make it write less, or raise ci-coordinator.builds.sandbox.disk."
                );
            case ProcessEnding.Exited when exitCode != 0:
                throw new CanaryException(
                    CiCoordinatorCodes.ScriptFailed,
                    $"{script} exited with {exitCode}.{quotation}",
                    "Read the build log, correct the commit, and push."
                );
        }
    }

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}

/// <summary>What the scripts of a build did.</summary>
/// <param name="Time">How long they took.</param>
/// <param name="Collected">What they made; <c>null</c>: nobody needs it.</param>
internal sealed record ScriptsPassed(TimeSpan Time, CollectedOutput? Collected);
