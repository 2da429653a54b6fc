namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>How a build of ours is told from all others in Jenkins, so that it is started once, whatever dies or is lost in
/// between.</summary>
internal interface IJenkinsIdentity
{
    /// <summary>Whether Jenkins must say which commit a build that passed was of.</summary>
    bool MustNameCommit { get; }

    /// <summary>What the job is started with.</summary>
    IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>Why the job cannot be built, and what to do; <c>null</c>: it can.</summary>
    (string Problem, string Remedy)? ProblemWith(JenkinsJobState job);

    /// <summary>The build, if there is one.</summary>
    JenkinsPlace? Find(JenkinsView view);

    /// <summary>Whether a build that has begun may be ours, and will show it later.</summary>
    bool MayFindLater(JenkinsView view);

    /// <summary>Whether a build can be the one that was followed so far.</summary>
    bool CanBe(JenkinsBuild build);

    /// <summary>What is waiting or at work for us alone.</summary>
    IEnumerable<JenkinsPlace> Abandoned(JenkinsView view);
}
