using System.Collections.Concurrent;
using Canary.Failures;
using Canary.Files;
using Canary.Machines;
using Canary.Machines.Ssh;
using Canary.Processes;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders.Fpm.Hosts;

/// <summary>FPM on a build host. One that cannot be used, that is lost on the way, or that makes something else is left out for a while, and another
/// one takes its place.</summary>
internal sealed class HostedFpm(
    FpmHosts hosts,
    FpmHostSession session,
    DataDirectory data,
    IOptions<PackagerOptions> options,
    TimeProvider time,
    ILogger<HostedFpm> logger
) : IFpmRunner
{
    /// <summary>How many runs of a package may go wrong: it may be what brings build hosts down, or what FPM changes.</summary>
    private const int MostLosses = 3;

    private const int AtOnce = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>People wait for it: who takes longer counts as away.</summary>
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(4);

    private readonly FpmOptions _options = options.Value.Fpm;
    private readonly ConcurrentDictionary<string, long> _failed = new(StringComparer.Ordinal);

    public async Task RunAsync(FpmJob job, Func<FpmRun, Task> judge, CancellationToken cancellation)
    {
        var archive = await PackAsync(job, cancellation);
        try
        {
            Remove(job.Directory);
            await RunAsync(job, archive, judge, cancellation);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    public async Task<string> CheckAsync(CancellationToken cancellation)
    {
        var found = await hosts.FindAsync(cancellation);
        var usable = new ConcurrentBag<string>();
        var problems = new ConcurrentBag<CanaryException>();
        await Parallel.ForEachAsync(
            found.Hosts,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (host, token) =>
            {
                try
                {
                    usable.Add($"{host.Name} (FPM {await CheckAsync(host, token)})");
                }
                catch (CanaryException exception)
                {
                    problems.Add(exception);
                }
            }
        );
        string[] said = [.. problems.Select(problem => problem.Message).Order(StringComparer.Ordinal), .. found.Faults];
        return usable.IsEmpty
            ? throw Unavailable(
                said.Length == 0 ? "there is none" : string.Join(' ', said),
                problems.OrderBy(problem => problem.Message, StringComparer.Ordinal).FirstOrDefault()?.Remedy
            )
            : string.Join(' ', [$"FPM runs on {string.Join(", ", usable.Order(StringComparer.Ordinal))}.", .. said]);
    }

    private async Task RunAsync(FpmJob job, string archive, Func<FpmRun, Task> judge, CancellationToken cancellation)
    {
        var since = time.GetTimestamp();
        var tried = new HashSet<string>(StringComparer.Ordinal);
        CanaryException? last = null;
        for (var losses = 0; losses < MostLosses; )
        {
            var (host, problem) = await ChooseAsync(tried, last, cancellation);
            if (host is null || tried.Contains(host.Name))
            {
                if (time.GetElapsedTime(since) >= _options.Patience)
                {
                    throw problem ?? last!;
                }

                await Task.Delay(Pause < _options.Patience ? Pause : _options.Patience, time, cancellation);
            }

            if (host is null)
            {
                continue;
            }

            FpmRun? run = null;
            try
            {
                run = await session.RunAsync(host, job, archive, cancellation);
                await judge(run);
                return;
            }
            catch (CanaryException exception) when (run is null || IsOfTheMachine(exception))
            {
                logger.LogWarning("{Host} is left out for a while: {Reason}", host.Name, exception.Message);
                _failed[host.Name] = time.GetTimestamp();
                tried.Add(host.Name);
                last = exception;
                losses += run is not null || IsLoss(exception) ? 1 : 0;
            }
        }

        throw last!;
    }

    private async Task<string> CheckAsync(SshTarget host, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(CheckLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await session.CheckAsync(host, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CanaryException(
                MachinesCodes.HostUnreachable,
                $"{host.Name} does not answer within {CheckLimit.TotalSeconds:0} s.",
                $"Check that {host.Name} is up, and that no firewall is in between."
            );
        }
    }

    /// <summary>One that did not fail just now, and best one that was not tried yet; any of them, since other packagers choose as well.</summary>
    private async Task<(SshTarget? Host, CanaryException? Problem)> ChooseAsync(
        HashSet<string> tried,
        CanaryException? last,
        CancellationToken cancellation
    )
    {
        FpmHostsFound found;
        try
        {
            found = await hosts.FindAsync(cancellation);
        }
        catch (CanaryException exception)
        {
            return (null, exception);
        }

        if (found.Hosts.Count == 0)
        {
            return (null, Unavailable(found.Faults.Count == 0 ? "there is none" : string.Join(' ', found.Faults)));
        }

        var rested = found
            .Hosts.Where(host =>
                !_failed.TryGetValue(host.Name, out var when) || time.GetElapsedTime(when) >= _options.Rest
            )
            .OrderBy(host => tried.Contains(host.Name))
            .ThenBy(_ => Random.Shared.Next())
            .ToList();
        return rested.Count > 0
            ? (rested[0], null)
            : (null, last ?? Unavailable("all that there are have failed just now"));
    }

    private static bool IsOfTheMachine(CanaryException exception) =>
        exception.Code is PackagerCodes.FpmUnavailable or PackagerCodes.FpmPackageWrong;

    private static bool IsLoss(CanaryException exception) =>
        exception.Code is PackagerCodes.FpmHostLost or PackagerCodes.FpmPackageWrong;

    private static void Remove(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What withstands goes with the workspace.
        }
    }

    // Names that are not UTF-8 and modes survive it, which they would not in a library.
    private async Task<string> PackAsync(FpmJob job, CancellationToken cancellation)
    {
        var archive = $"{job.Directory}.tar";
        var result = await SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = "tar",
                Arguments =
                [
                    "--create",
                    $"--file={archive}",
                    "--owner=0",
                    "--group=0",
                    "--numeric-owner",
                    $"--directory={job.Directory}",
                    ".",
                ],
                WorkingDirectory = job.Directory,
                Owner = data.Root,
                Environment = new Dictionary<string, string> { ["PATH"] = LocalFpm.SearchPath, ["LC_ALL"] = "C.UTF-8" },
            },
            cancellation
        );
        cancellation.ThrowIfCancellationRequested();
        return result.Succeeded
            ? archive
            : throw new CanaryException(
                PackagerCodes.FpmUnavailable,
                $"The files of the package could not be packed for a build host: {result.OutputTail.Trim()}",
                "See that the data directory has space."
            );
    }

    private CanaryException Unavailable(string why, string? remedy = null) =>
        new(
            PackagerCodes.FpmUnavailable,
            $"There is no build host with FPM that can be used: {why.TrimEnd('.')}.",
            remedy ?? hosts.HowToAdd
        );
}
