using Canary.Cli.Api;

namespace Canary.Cli.Releases;

/// <summary>The end of every command that follows a release.</summary>
internal static class ReleaseOutcome
{
    private const int LogLines = 15;

    /// <summary>
    /// Follows to the end, with a limit: passing it leaves the release running, and so does an interruption. Both say so.
    /// </summary>
    public static async Task<Release> FollowAsync(
        Session session,
        string id,
        FollowOptions options,
        CancellationToken cancellation
    )
    {
        using var timer = new CancellationTokenSource(options.Limit ?? Timeout.InfiniteTimeSpan, session.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await ReleaseProgress.FollowAsync(session, id, options, either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested || cancellation.IsCancellationRequested)
        {
            var goOn =
                $"The release goes on. Follow it: canary releases watch {id}; stop it: canary releases abort {id}.";
            throw cancellation.IsCancellationRequested
                ? new CliException(ExitCodes.Interrupted, CliCodes.Interrupted, "Interrupted.", goOn)
                : new CliException(
                    ExitCodes.TimedOut,
                    CliCodes.TimedOut,
                    $"The release did not end within {Terminal.Words.Duration(options.Limit!.Value)}.",
                    goOn
                );
        }
    }

    /// <summary>Says which release was started, and how to follow it.</summary>
    public static void Started(Session session, Release release)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(release, json => json.Release);
            return;
        }
        session.Screen.Line(release.Id.ToString());
        session.Screen.Note($"Follow it: canary releases watch {release.Id.Short()}");
    }

    public static void SayHowToPromote(Session session, Release release) =>
        session.Screen.Note(
            $"The canaries are healthy and the release waits. Promote it: canary releases promote {release.Id.Short()}; "
                + $"or roll it back: canary releases rollback {release.Id.Short()}."
        );

    /// <summary>Shows the end of the log of a build that failed, unless the failure quotes it; the exit code says how the release
    /// ended.</summary>
    public static async Task<int> ConcludeAsync(Session session, Release release, CancellationToken cancellation)
    {
        var failed = release.Stages.FirstOrDefault(stage => States.Is(stage.State, "Failed"))?.Name;
        if (failed is "build" or "package" && !session.Screen.Json)
        {
            var isShown = QuotesLog(release.Failure) || await ShowEndOfLogAsync(session, release, failed, cancellation);
            if (isShown)
            {
                session.Screen.Note($"All of it: canary releases logs {release.Id.Short()} --stage {failed}");
            }
        }
        return release.ExitCode();
    }

    /// <summary>A failure of several lines has them from the program that failed.</summary>
    private static bool QuotesLog(Failure? failure) =>
        failure?.Message.Contains('\n', StringComparison.Ordinal) == true;

    private static async Task<bool> ShowEndOfLogAsync(
        Session session,
        Release release,
        string stage,
        CancellationToken cancellation
    )
    {
        var tail = await session.Client.ReadLogTailAsync(release.Id.ToString(), stage, LogLines, cancellation);
        if (tail.Count == 0)
        {
            return false;
        }

        session.Screen.Line();
        session.Screen.Markup($"[grey]The last lines of the {stage} log:[/]");
        foreach (var line in tail)
        {
            session.Screen.Line("  " + Terminal.Words.Printable(line));
        }
        return true;
    }
}
