namespace Canary.GitHub;

/// <summary>What time it is at GitHub: this machine's clock may be wrong, and GitHub judges by its own.</summary>
internal sealed class GitHubClock(TimeProvider time)
{
    /// <summary>A difference that GitHub bears.</summary>
    private static readonly TimeSpan Borne = TimeSpan.FromSeconds(30);

    private Told? _told;

    public DateTimeOffset Now => _told is { } told ? told.Date + time.GetElapsedTime(told.At) : time.GetUtcNow();

    /// <summary>Takes the date of an answer.</summary>
    public void Learn(DateTimeOffset date) => _told = new Told(date, time.GetTimestamp());

    /// <summary>Whether what was signed at a time was signed at the wrong one, as is known now.</summary>
    public bool WasWrong(DateTimeOffset then) => (Now - then).Duration() > Borne;

    private sealed record Told(DateTimeOffset Date, long At);
}
