using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>By the commit, for jobs that take no parameters: whoever started a build of our commit, its outcome is the one that we want
/// to know, unless it failed before we asked.</summary>
internal sealed class IdentityByCommit(StartBuild build, JenkinsOptions options) : IJenkinsIdentity
{
    public bool MustNameCommit => true;

    public IReadOnlyDictionary<string, string> Parameters { get; } = new Dictionary<string, string>();

    public (string Problem, string Remedy)? ProblemWith(JenkinsJobState job) => null;

    public JenkinsPlace? Find(JenkinsView view) =>
        view.Builds.FirstOrDefault(built => IsOfCommit(built) && (built.Building || built.Result == "SUCCESS"))
            is { } found
            ? new JenkinsPlace(found.QueueId, found.Number)
            : null;

    public bool MayFindLater(JenkinsView view) => view.Builds.Any(built => built.Building && !built.Commits.Any());

    public bool CanBe(JenkinsBuild build) => true;

    // What waits in the queue may be what another release waits for: Jenkins lets equal builds wait as one.
    public IEnumerable<JenkinsPlace> Abandoned(JenkinsView view) =>
        view
            .Builds.Where(built => built.Building && IsOfCommit(built) && built.WasStartedBy(options.User!))
            .Select(built => new JenkinsPlace(built.QueueId, built.Number));

    private bool IsOfCommit(JenkinsBuild built) =>
        built.Commits.Contains(build.Source.Commit, StringComparer.OrdinalIgnoreCase);
}
