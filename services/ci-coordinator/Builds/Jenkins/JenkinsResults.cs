using Canary.Failures;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>What the end of a build in Jenkins means for the release.</summary>
internal static class JenkinsResults
{
    /// <summary><c>null</c>: it passed.</summary>
    public static CanaryException? FailureOf(JenkinsBuild ended, Uri address, string printed) =>
        ended.Result switch
        {
            "SUCCESS" => null,
            "UNSTABLE" => new CanaryException(
                CiCoordinatorCodes.JenkinsBuildUnstable,
                $"The Jenkins build {address} is unstable: tests failed, or another check did.{printed}",
                "Look at the build in Jenkins, correct the commit, and push."
            ),
            "ABORTED" => new CanaryException(
                CiCoordinatorCodes.JenkinsBuildAborted,
                $"The Jenkins build {address} was aborted there.{printed}",
                $"Look who or what aborted it in Jenkins; then {Remedies.ReleaseAgain}."
            ),
            "NOT_BUILT" => new CanaryException(
                CiCoordinatorCodes.JenkinsNotBuilt,
                $"The Jenkins build {address} ended without having built anything.{printed}",
                "Look which condition of the job or of its Jenkinsfile leaves this commit out."
            ),
            _ => new CanaryException(
                CiCoordinatorCodes.JenkinsBuildFailed,
                $"The Jenkins build {address} ended with {JenkinsErrors.Quote(ended.Result)}.{printed}",
                "Read the build log, correct the commit, and push."
            ),
        };

    /// <summary>What was built is not what is to be released.</summary>
    public static CanaryException OtherCommit(
        Uri address,
        string commit,
        IReadOnlyList<string> built,
        bool isHeadOfBranch
    ) =>
        new(
            CiCoordinatorCodes.JenkinsOtherCommit,
            built.Count == 0
                ? $"The Jenkins build {address} does not say which commit it built, so nobody knows that it was {commit}."
                : $"The Jenkins build {address} is of the commit {string.Join(", ", built.Select(JenkinsErrors.Quote))}, not of {commit}.",
            isHeadOfBranch
                ? "A job without parameters builds the head of its branch: release that one. It has to check out with the git plugin "
                    + "('checkout scm'), which says what it has checked out."
                : "Let the job check out the commit that its parameter names: 'Branch Specifier' ${commit}, or checkout in its pipeline."
        );
}
