using System.Threading.Channels;
using Canary.Cli.Api;
using Spectre.Console;

namespace Canary.Cli.Releases;

/// <summary>Shows a release while it runs: redrawn bars for people, one line per change for logs, JSON lines for programs.</summary>
internal static class ReleaseProgress
{
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(100);

    public static async Task<Release> FollowAsync(
        Session session,
        string id,
        FollowOptions options,
        CancellationToken cancellation
    )
    {
        var connection = new Connection();
        var follower = new ReleaseFollower(session.Client, session.Time)
        {
            ConnectionLost = lost =>
            {
                connection.IsLost = lost;
                if (!session.Screen.Live)
                {
                    session.Screen.Note(
                        lost ? "The connection to the server is lost; trying again." : "Connected again."
                    );
                }
            },
        };

        // Showing and following run side by side: the picture moves while nothing changes.
        var changes = Channel.CreateUnbounded<Release>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var following = FeedAsync(follower, id, options, changes.Writer, stop.Token);
        try
        {
            return session.Screen.Live
                ? await DrawAsync(session, changes.Reader, connection, cancellation)
                : await WriteAsync(session, changes.Reader, options, cancellation);
        }
        finally
        {
            await stop.CancelAsync();
            await following;
        }
    }

    private static async Task FeedAsync(
        ReleaseFollower follower,
        string id,
        FollowOptions options,
        ChannelWriter<Release> changes,
        CancellationToken cancellation
    )
    {
        try
        {
            await foreach (var release in follower.FollowAsync(id, cancellation))
            {
                changes.TryWrite(release);
                await options.OnChange(release, cancellation);
                if (options.Until(release))
                {
                    break;
                }
            }
            changes.Complete();
        }
        catch (Exception e)
        {
            // Whoever reads the changes gets it.
            changes.Complete(e);
        }
    }

    private static async Task<Release> DrawAsync(
        Session session,
        ChannelReader<Release> changes,
        Connection connection,
        CancellationToken cancellation
    )
    {
        var release = await changes.ReadAsync(cancellation);
        await session
            .Screen.Console.Live(Text.Empty)
            .Overflow(VerticalOverflow.Crop)
            .StartAsync(async live =>
            {
                for (var frame = 0; ; frame++)
                {
                    var ended = changes.Completion.IsCompleted;
                    while (changes.TryRead(out var next))
                    {
                        release = next;
                        ended = changes.Completion.IsCompleted;
                    }
                    var picture = ReleaseView.Draw(release, session.Screen.Glyphs, session.Time.GetUtcNow(), frame);
                    live.UpdateTarget(
                        connection.IsLost
                            ? new Rows(picture, new Markup("[yellow] connection lost; trying again[/]"))
                            : picture
                    );
                    if (ended)
                    {
                        return;
                    }
                    await Task.WhenAny(changes.Completion, Task.Delay(FrameTime, session.Time, cancellation));
                    cancellation.ThrowIfCancellationRequested();
                }
            });
        await changes.Completion;
        return release;
    }

    private static async Task<Release> WriteAsync(
        Session session,
        ChannelReader<Release> changes,
        FollowOptions options,
        CancellationToken cancellation
    )
    {
        Release? shown = null;
        await foreach (var release in changes.ReadAllAsync(cancellation))
        {
            if (session.Screen.Json)
            {
                if (options.PrintsJson)
                {
                    session.Screen.DocumentLine(release, json => json.Release);
                }
            }
            else
            {
                foreach (var line in ReleaseLines.Between(shown, release))
                {
                    session.Screen.Line(line);
                }
            }
            shown = release;
        }
        return shown!;
    }

    private sealed class Connection
    {
        public volatile bool IsLost;
    }
}
