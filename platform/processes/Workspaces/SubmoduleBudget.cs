namespace Canary.Processes.Workspaces;

/// <summary>How many submodules one checkout may have, those of submodules included, and how long they may take: a commit of a few bytes can
/// name any number.</summary>
internal sealed class SubmoduleBudget : IDisposable
{
    private const int Most = 200;

    private readonly CancellationTokenSource _end;
    private int _taken;

    public SubmoduleBudget(TimeSpan limit, CancellationToken cancellation)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _end.CancelAfter(limit);
    }

    /// <summary>Ends what is on the way when the time is over, or nobody waits any more.</summary>
    public CancellationToken Cancellation => _end.Token;

    /// <summary>Counts one.</summary>
    /// <exception cref="Failures.CanaryException"><c>submodule-refused</c>: there are too many.</exception>
    public void Take(Submodule submodule)
    {
        if (++_taken > Most)
        {
            throw SourceFailures.TooManySubmodules(submodule, Most);
        }
    }

    public void Dispose() => _end.Dispose();
}
