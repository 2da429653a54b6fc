using System.ComponentModel.DataAnnotations;

namespace Canary.CiCoordinator.Releases;

/// <summary>How long a release waits for an answer before it asks again, and how often. Section
/// <c>ci-coordinator:releases</c>.</summary>
public sealed class ReleaseOptions
{
    private const string Shortest = "00:00:00.001";
    private const string Longest = "1.00:00:00";

    /// <summary>Time until the repository is asked again where a commit stands, doubled each time up to 10 minutes; 1
    /// millisecond to 1 day. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan AdmissionDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a repository that does not answer is asked before the release fails, 1 to 10,000. Default: 150,
    /// which takes about a day.</summary>
    [Range(1, 10_000)]
    public int AdmissionAttempts { get; set; } = 150;

    /// <summary>Time until an unanswered build is asked for again, 1 millisecond to 1 day. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan BuildDeadline { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a build is asked for before it counts as lost, 1 to 10,000. Together with
    /// <see cref="BuildDeadline"/> it must outlast the longest build and the longest queue of builds. Default: 72.</summary>
    [Range(1, 10_000)]
    public int BuildAttempts { get; set; } = 72;

    /// <summary>Time until an unanswered packaging is asked for again, 1 millisecond to 1 day. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan PackageDeadline { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a package is asked for before it counts as lost, 1 to 10,000. Default: 60.</summary>
    [Range(1, 10_000)]
    public int PackageAttempts { get; set; } = 60;

    /// <summary>Time until an unanswered publication is asked for again, 1 millisecond to 1 day. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan PublishDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a publication is asked for before it counts as lost, 1 to 10,000. Default: 60.</summary>
    [Range(1, 10_000)]
    public int PublishAttempts { get; set; } = 60;

    /// <summary>Time after which the state of the rollout is asked for, and open decisions are sent again, 1 millisecond to
    /// 1 day. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan RolloutDeadline { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often in a row the rollout may leave that unanswered before it counts as lost, 1 to 10,000.
    /// Default: 60.</summary>
    [Range(1, 10_000)]
    public int RolloutAttempts { get; set; } = 60;

    /// <summary>Time until an end that ingress has not acknowledged is announced again, doubled each time up to 10 minutes;
    /// 1 millisecond to 1 day. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest)]
    public TimeSpan AcknowledgementDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a release that has ended is remembered with its stages, 1 day to 100 years. The newest of an application and the
    /// last 50 that published a package are remembered in any case, and the commit of a release for ever. Default: 365
    /// days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "36500.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How often an end is announced, 1 to 10,000. Default: 20.</summary>
    [Range(1, 10_000)]
    public int AcknowledgementAttempts { get; set; } = 20;
}
