using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>Copies the log of a build into ours, as it grows and as far as it may.</summary>
internal sealed class JenkinsOutput(JenkinsBuilds builds, JenkinsJob job, int number, long limit, ShippedLog log)
{
    private long _next;
    private long _copied;

    /// <summary>Whether there was more than may be.</summary>
    public bool LimitPassed { get; private set; }

    /// <summary>Copies what has come since the last time.</summary>
    /// <returns>Whether that was anything, and whether more may come.</returns>
    public async Task<(bool IsSome, bool HasMore)> CopyAsync(CancellationToken cancellation)
    {
        var room = limit - _copied;
        if (await builds.LogAsync(job, number, _next, room + 1, cancellation) is not { } piece)
        {
            return (false, false);
        }

        LimitPassed = piece.Text.Length > room;
        var text = LimitPassed ? piece.Text[..(int)room] : piece.Text;
        _copied += text.Length;
        // Jenkins begins anew where its file has become shorter, and says 0 while it has none.
        _next = text.IsEmpty ? Math.Max(_next, piece.Next) : piece.Next;
        await log.AppendAsync(text);
        return (!text.IsEmpty, piece.HasMore);
    }
}
