using System.Runtime.CompilerServices;

namespace Canary.Cli.Api;

/// <summary>
/// Follows a release to its end over any number of connections: the event stream tells of changes, and whenever it breaks,
/// the release is read anew and the stream opened again. So nothing is missed and a restarted server is no end. The stream
/// goes on a moment after the release has ended, until the hosts' last words are in; the server closes it.
/// </summary>
internal sealed class ReleaseFollower(CanaryClient client, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    /// <summary>How long a server may be away before following gives up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Told <c>true</c> when the connection was lost and <c>false</c> when it is back.</summary>
    public Action<bool>? ConnectionLost { get; init; }

    public async IAsyncEnumerable<Release> FollowAsync(
        string id,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        // The first answer decides: an unknown id or an absent server is an error at once, with nothing to wait for.
        var release = await client.GetReleaseAsync(id, cancellation);
        // "latest" or a prefix may mean another one later.
        id = release.Id.ToString();
        yield return release;

        var pause = FirstPause;
        var lastContact = time.GetTimestamp();
        while (true)
        {
            await using (var changes = client.StreamReleaseAsync(id, cancellation).GetAsyncEnumerator(cancellation))
            {
                while (await TryAsync(async () => await changes.MoveNextAsync()))
                {
                    lastContact = time.GetTimestamp();
                    pause = FirstPause;
                    release = changes.Current;
                    yield return release;
                }
            }
            if (release.IsFinal())
            {
                yield break;
            }

            ConnectionLost?.Invoke(true);
            Release? found = null;
            do
            {
                await Task.Delay(pause, time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            } while (!await TryAsync(async () => (found = await client.GetReleaseAsync(id, cancellation)) is not null));

            lastContact = time.GetTimestamp();
            ConnectionLost?.Invoke(false);
            release = found!;
            yield return release;
        }

        async Task<bool> TryAsync(Func<Task<bool>> attempt)
        {
            try
            {
                return await attempt();
            }
            catch (Exception e)
                when (e is IOException or CliException { ExitCode: ExitCodes.Unreachable }
                    && time.GetElapsedTime(lastContact) < Patience
                )
            {
                return false;
            }
        }
    }
}
