using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>Follows one build of ours through Jenkins: found or started, waiting, at work, ended. It looks now and then, and at once when
/// Jenkins has notified us; what it sees decides, never what a notification says.</summary>
internal sealed partial class JenkinsRun(
    JenkinsBuilds builds,
    JenkinsJob job,
    IJenkinsIdentity identity,
    string commit,
    BuildOptions options,
    ReplicaSignal<ReleaseStore> notified,
    ShippedLog log,
    TimeProvider time
)
{
    /// <summary>How often Jenkins may forget a build before it is given up.</summary>
    private const int MostLosses = 3;

    /// <summary>Looks at the log of a build that has ended which bring nothing before it is taken as complete.</summary>
    private const int MostEmptyPieces = 5;

    /// <summary>Time that Jenkins has to make the job of a new branch: it may hear of it later than we.</summary>
    private static readonly TimeSpan NewBranch = TimeSpan.FromMinutes(2);

    /// <summary>Notifications come in bursts, and one look answers them all.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly JenkinsOptions _jenkins = options.Jenkins;
    private readonly long _began = time.GetTimestamp();
    private Task _next = notified.Next;

    /// <summary>Returns the time that the build took in Jenkins.</summary>
    /// <exception cref="CanaryException">It did not pass, or could not be done.</exception>
    public async Task<TimeSpan> ToEndAsync(CancellationToken cancellation)
    {
        for (var losses = 0; losses < MostLosses; losses++)
        {
            var place = await FindOrStartAsync(cancellation);
            if (
                await NumberOfAsync(place, cancellation) is { } number
                && await FollowAsync(number, cancellation) is { } ended
            )
            {
                return await JudgeAsync(ended);
            }

            await log.HeadingAsync("Jenkins does not know the build any more");
        }

        throw new CanaryException(
            CiCoordinatorCodes.JenkinsBuildLost,
            $"Jenkins has lost the build of {job.Name} {MostLosses} times: it was neither in the queue nor among the builds.",
            $"See whether somebody deletes builds of {job.Name}, and keep more of them; then {Remedies.ReleaseAgain}."
        );
    }

    private async Task<JenkinsPlace> FindOrStartAsync(CancellationToken cancellation)
    {
        long? failing = null;
        long? unclear = null;
        while (true)
        {
            var view = await AskAsync(() => LookAsync(cancellation), cancellation);
            if (identity.Find(view) is { } place)
            {
                return place;
            }

            // A start that was not answered may still be on its way.
            if (
                (unclear is { } since && time.GetElapsedTime(since) < _jenkins.RequestTimeout)
                || (identity.MayFindLater(view) && time.GetElapsedTime(_began) < _jenkins.QueueTimeout)
            )
            {
                await PauseAsync(cancellation);
                continue;
            }

            ThrowIfUnfit(view.Job);
            try
            {
                return await builds.StartAsync(job, view.Job.Parameters.Any(), identity.Parameters, cancellation);
            }
            catch (CanaryException exception) when (exception.IsTransient())
            {
                unclear = time.GetTimestamp();
                failing ??= unclear;
                if (time.GetElapsedTime(failing.Value) >= _jenkins.UnavailableTimeout)
                {
                    throw;
                }

                await log.HeadingAsync($"{exception.Message} Looking whether the build was started");
            }
        }
    }

    /// <summary>A multibranch job gets a job for a new branch when Jenkins has found the branch.</summary>
    private async Task<JenkinsView> LookAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await builds.LookAsync(job, cancellation);
            }
            catch (CanaryException exception)
                when (exception.Code == CiCoordinatorCodes.JenkinsJobMissing
                    && identity.MustNameCommit
                    && time.GetElapsedTime(_began) < NewBranch
                )
            {
                await PauseAsync(cancellation);
            }
        }
    }

    private void ThrowIfUnfit(JenkinsJobState state)
    {
        if (state.Buildable is null)
        {
            throw JenkinsErrors.JobUnfit(
                job,
                "is a folder, or a multibranch job.",
                $"Name a job in it in ci-coordinator.builds.jenkins.job, for example {job.Name}/{JenkinsJob.Branch}."
            );
        }

        if (identity.ProblemWith(state) is var (problem, remedy))
        {
            throw JenkinsErrors.JobUnfit(job, problem, remedy);
        }
    }

    /// <returns><c>null</c>: there is no such build, and nothing waits to become it.</returns>
    private async Task<int?> NumberOfAsync(JenkinsPlace place, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var said = "";
        while (true)
        {
            if (place.Number is { } number)
            {
                return number;
            }

            var item = await AskAsync(() => builds.QueueItemAsync(place.Item!.Value, cancellation), cancellation);
            if (item is null)
            {
                return await AskAsync(() => NumberOfGoneAsync(place.Item!.Value, cancellation), cancellation);
            }

            if (item.Executable is { } executable)
            {
                return executable.Number;
            }

            if (item.Cancelled)
            {
                throw new CanaryException(
                    CiCoordinatorCodes.JenkinsBuildAborted,
                    $"The build of {job.Name} was taken out of Jenkins' queue.",
                    $"Ask whoever did it; then {Remedies.ReleaseAgain}."
                );
            }

            if (time.GetElapsedTime(began) >= _jenkins.QueueTimeout)
            {
                await TryAbortAsync(place, cancellation);
                throw new CanaryException(
                    CiCoordinatorCodes.JenkinsQueueTimeout,
                    $"The build of {job.Name} waited {Seconds(_jenkins.QueueTimeout)} in Jenkins' queue: {JenkinsErrors.Quote(item.Why)}",
                    "Give Jenkins an executor for it, or raise ci-coordinator.builds.jenkins.queue-timeout; "
                        + $"then {Remedies.ReleaseAgain}."
                );
            }

            said = await SayWhyAsync(item, said);
            await PauseAsync(cancellation);
        }
    }

    // Five minutes after it left the queue, Jenkins forgets an item.
    private async Task<int?> NumberOfGoneAsync(long item, CancellationToken cancellation)
    {
        var view = await builds.LookAsync(job, cancellation);
        return view.Builds.FirstOrDefault(build => build.QueueId == item)?.Number ?? identity.Find(view)?.Number;
    }

    private async Task<string> SayWhyAsync(JenkinsQueueItem item, string said)
    {
        // Some of it counts down.
        var why = Numbers().Replace(JenkinsErrors.Quote(item.Why), "…");
        if (why != said && why.Length > 0)
        {
            await log.HeadingAsync($"Waiting in Jenkins' queue: {JenkinsErrors.Quote(item.Why)}");
        }

        return why;
    }

    /// <returns>The build as it ended; <c>null</c>: there is none, or it is another one.</returns>
    private async Task<JenkinsBuild?> FollowAsync(int number, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var output = new JenkinsOutput(builds, job, number, options.OutputLimit, log);
        var isAnnounced = false;
        while (true)
        {
            var build = await AskAsync(() => builds.BuildAsync(job, number, cancellation), cancellation);
            if (build is null || !identity.CanBe(build))
            {
                return null;
            }

            if (!isAnnounced)
            {
                await log.HeadingAsync($"Jenkins build {builds.AddressOf(job, number)}");
                isAnnounced = true;
            }

            await CopyAsync(output, build, cancellation);
            if (build.HasEnded)
            {
                return build;
            }

            if (time.GetElapsedTime(began) >= options.TimeLimit)
            {
                await TryAbortAsync(new JenkinsPlace(build.QueueId, number), cancellation);
                throw new CanaryException(
                    CiCoordinatorCodes.JenkinsTimedOut,
                    $"The Jenkins build {builds.AddressOf(job, number)} was stopped: a build may take {Seconds(options.TimeLimit)}."
                        + OutputQuotation.Of(await log.EndOutputAsync()),
                    "Find out what it waits for, make it faster, or raise ci-coordinator.builds.time-limit."
                );
            }

            await PauseAsync(cancellation);
        }
    }

    private async Task CopyAsync(JenkinsOutput output, JenkinsBuild build, CancellationToken cancellation)
    {
        var empty = 0;
        while (true)
        {
            var (isSome, hasMore) = await AskAsync(() => output.CopyAsync(cancellation), cancellation);
            if (output.LimitPassed)
            {
                await TryAbortAsync(new JenkinsPlace(build.QueueId, build.Number), cancellation);
                throw new CanaryException(
                    CiCoordinatorCodes.JenkinsOutputLimit,
                    $"The Jenkins build {builds.AddressOf(job, build.Number)} was stopped: a build may print {options.OutputLimit} bytes."
                        + OutputQuotation.Of(await log.EndOutputAsync()),
                    "Make it print less, or raise ci-coordinator.builds.output-limit."
                );
            }

            empty = isSome ? 0 : empty + 1;
            if (!hasMore || (!isSome && !build.HasEnded) || empty == MostEmptyPieces)
            {
                return;
            }

            if (!isSome)
            {
                await PauseAsync(cancellation);
            }
        }
    }

    private async Task<TimeSpan> JudgeAsync(JenkinsBuild ended)
    {
        var printed = OutputQuotation.Of(await log.EndOutputAsync());
        var address = builds.AddressOf(job, ended.Number);
        var commits = ended.Commits.ToList();
        if (
            commits.Count > 0
                ? !commits.Contains(commit, StringComparer.OrdinalIgnoreCase)
                : identity.MustNameCommit && ended.Result == "SUCCESS"
        )
        {
            throw JenkinsResults.OtherCommit(address, commit, commits, identity.MustNameCommit);
        }

        if (JenkinsResults.FailureOf(ended, address, printed) is { } failure)
        {
            throw failure;
        }

        var taken = TimeSpan.FromMilliseconds(Math.Clamp(ended.Duration, 0, int.MaxValue));
        await log.HeadingAsync($"Jenkins build {address} passed in {Seconds(taken)}");
        return taken;
    }

    /// <summary>Asks until there is an answer, for as long as Jenkins may be unavailable.</summary>
    private async Task<T> AskAsync<T>(Func<Task<T>> question, CancellationToken cancellation)
    {
        long? failing = null;
        while (true)
        {
            try
            {
                var answer = await question();
                if (failing is not null)
                {
                    await log.HeadingAsync("Jenkins answers again");
                }

                return answer;
            }
            catch (CanaryException exception) when (exception.IsTransient())
            {
                if (failing is null)
                {
                    failing = time.GetTimestamp();
                    await log.HeadingAsync($"{exception.Message} Asking again");
                }

                if (time.GetElapsedTime(failing.Value) >= _jenkins.UnavailableTimeout)
                {
                    throw;
                }

                await PauseAsync(cancellation);
            }
        }
    }

    private async Task TryAbortAsync(JenkinsPlace place, CancellationToken cancellation)
    {
        try
        {
            await builds.AbortAsync(job, place, cancellation);
        }
        catch (CanaryException exception)
        {
            await log.HeadingAsync($"The build goes on in Jenkins: {exception.Message}");
        }
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        await Task.WhenAny(_next, Task.Delay(_jenkins.PollInterval, time, cancellation));
        if (_next.IsCompleted)
        {
            await Task.Delay(Burst, time, cancellation);
            _next = notified.Next;
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
