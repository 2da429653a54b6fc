using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>By a parameter that holds the id of our job.</summary>
internal sealed class IdentityByParameter(StartBuild build, JenkinsOptions options) : IJenkinsIdentity
{
    private readonly string _id = build.JobId.ToString();

    public bool MustNameCommit => false;

    public IReadOnlyDictionary<string, string> Parameters { get; } =
        new Dictionary<string, string>
        {
            [options.BranchParameter] = build.Source.Branch,
            [options.CommitParameter] = build.Source.Commit,
            [options.BuildParameter] = build.JobId.ToString(),
        };

    public (string Problem, string Remedy)? ProblemWith(JenkinsJobState job)
    {
        // Jenkins drops what a job does not define. The branch may be missing: the commit says it all.
        var missing = new[] { options.CommitParameter, options.BuildParameter }.Except(job.Parameters).ToList();
        return missing.Count == 0
            ? null
            : (
                $"does not take the parameter {string.Join(" and ", missing)}.",
                "Add a string parameter of that name to the job ('This project is parameterized'); for jobs without, such as those of a "
                    + "multibranch job, set ci-coordinator.builds.jenkins.takes-parameters to false."
            );
    }

    public JenkinsPlace? Find(JenkinsView view) =>
        view.Queue.FirstOrDefault(item => IsOurs(item.Actions)) is { } item ? new JenkinsPlace(item.Id, Number: null)
        : view.Builds.LastOrDefault(built => IsOurs(built.Actions)) is { } first
            ? new JenkinsPlace(first.QueueId, first.Number)
        : null;

    public bool MayFindLater(JenkinsView view) => false;

    public bool CanBe(JenkinsBuild build) => IsOurs(build.Actions);

    public IEnumerable<JenkinsPlace> Abandoned(JenkinsView view) =>
        view
            .Queue.Where(item => IsOurs(item.Actions))
            .Select(item => new JenkinsPlace(item.Id, Number: null))
            .Concat(
                view.Builds.Where(built => built.Building && IsOurs(built.Actions))
                    .Select(built => new JenkinsPlace(built.QueueId, built.Number))
            );

    private bool IsOurs(IReadOnlyList<JenkinsAction?>? actions) => actions.ValueOf(options.BuildParameter) == _id;
}
