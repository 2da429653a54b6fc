using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Releases;

/// <summary>When each state asks again, and when it gives up.</summary>
internal sealed class Deadlines(ReleaseOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    internal DateTimeOffset Now => time.GetUtcNow();

    internal DateTimeOffset Next(ReleaseState release) =>
        Now
        + release.CurrentState switch
        {
            ReleaseStates.Building => options.BuildDeadline,
            ReleaseStates.Packaging => options.PackageDeadline,
            ReleaseStates.Publishing => options.PublishDeadline,
            ReleaseStates.RollingOut => options.RolloutDeadline,
            _ => BackOff(options.AcknowledgementDeadline, release.Attempts),
        };

    /// <summary>A deadline that comes before its time was brought forward by a host that starts: what was under way is
    /// lost, so ask again, and do not count it.</summary>
    internal bool IsEarly(ReleaseState release) => Now < release.DeadlineAt;

    internal bool MayAskAgain(ReleaseState release) => !IsEarly(release) && release.Attempts < Attempts(release);

    internal bool HasGivenUp(ReleaseState release) => !IsEarly(release) && release.Attempts >= Attempts(release);

    private int Attempts(ReleaseState release) =>
        release.CurrentState switch
        {
            ReleaseStates.Building => options.BuildAttempts,
            ReleaseStates.Packaging => options.PackageAttempts,
            ReleaseStates.Publishing => options.PublishAttempts,
            ReleaseStates.RollingOut => options.RolloutAttempts,
            _ => options.AcknowledgementAttempts,
        };

    private static TimeSpan BackOff(TimeSpan first, int attempts)
    {
        var pause = first * Math.Pow(2, Math.Min(attempts - 1, 20));
        return pause < LongestPause || first > LongestPause ? pause : LongestPause;
    }
}
