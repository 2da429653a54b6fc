namespace Canary.Deployer.Convergence;

/// <summary>How hosts are kept at what their channel advertises outside of rollouts: those that join late, were unreachable, were
/// installed anew, or were changed by hand.</summary>
public sealed class ConvergenceOptions
{
    /// <summary>Whether a host that drifts is brought back by itself. If not, it is only shown, and <c>canary hosts converge</c>
    /// does it. Default: <c>true</c>.</summary>
    public bool Automatic { get; set; } = true;

    /// <summary>Time between two looks at all hosts; a change of the inventory and the end of a rollout lead to one at once.
    /// More than 0. Default: 5 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Time until a host that could not be brought back is tried again, doubled each time. More than 0.
    /// Default: 1 minute.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest time between two tries. More than 0. Default: 1 hour.</summary>
    public TimeSpan LongestRetryDelay { get; set; } = TimeSpan.FromHours(1);

    internal TimeSpan DelayAfter(int tries)
    {
        var delay = RetryDelay * Math.Pow(2, Math.Clamp(tries - 1, 0, 30));
        return delay < LongestRetryDelay ? delay : LongestRetryDelay;
    }
}
