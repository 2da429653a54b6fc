namespace Canary.CiCoordinator;

/// <summary>The failures of services/ci-coordinator: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class CiCoordinatorCodes
{
    /// <summary>A release was aborted by a person.</summary>
    /// <remarks>Nothing.</remarks>
    public const string Aborted = "aborted";

    /// <summary>A build ended in an error that Canary did not expect.</summary>
    /// <remarks>Look at the log of ci-coordinator. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildError = "build-error";

    /// <summary>The connection to a build host was lost during a build.</summary>
    /// <remarks>Nothing; the build begins anew on another.</remarks>
    public const string BuildHostLost = "build-host-lost";

    /// <summary>No build host could be used for as long as a build waits.</summary>
    /// <remarks>Look at <c>canary doctor</c>, and add or repair one. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildHostUnavailable = "build-host-unavailable";

    /// <summary>A build host cannot run builds.</summary>
    /// <remarks>Run <c>canary-build-host setup</c> or <c>hosts/install-build-host.sh</c> there.</remarks>
    public const string BuildHostUnfit = "build-host-unfit";

    /// <summary>A build left nothing that <c>package.include</c> takes.</summary>
    /// <remarks>Correct <c>package.include</c> in <c>canary.yml</c>, or let the scripts make these files.</remarks>
    public const string BuildOutputEmpty = "build-output-empty";

    /// <summary>The repository publisher does not take what a build made.</summary>
    /// <remarks>Look at its answer in the message.</remarks>
    public const string BuildOutputRefused = "build-output-refused";

    /// <summary>What a build made for its package is larger, or has more files, than is allowed.</summary>
    /// <remarks>Let <c>package.include</c> take less, or raise <c>ci-coordinator.builds.output</c>.</remarks>
    public const string BuildOutputTooLarge = "build-output-too-large";

    /// <summary>The files that a build left cannot be read, or change while they are.</summary>
    /// <remarks>Let the scripts leave no process behind, and nothing that its owner may not read.</remarks>
    public const string BuildOutputUnreadable = "build-output-unreadable";

    /// <summary>A build made something for its package that no package can hold.</summary>
    /// <remarks>Let the build remove it, or make the patterns of <c>package.include</c> narrower.</remarks>
    public const string BuildOutputUnsupported = "build-output-unsupported";

    /// <summary>A secret that the configuration gives to the builds of an application cannot be read, or could not be kept out of
    /// logs.</summary>
    /// <remarks>Correct the file that the message names. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string BuildSecretUnusable = "build-secret-unusable";

    /// <summary>A canary host failed; the deployer says so.</summary>
    /// <remarks>Look at its failure: <c>canary releases show ID</c>.</remarks>
    public const string CanaryFailed = "canary-failed";

    /// <summary>The commit has no files.</summary>
    /// <remarks>Push one that has.</remarks>
    public const string CommitEmpty = "commit-empty";

    /// <summary>Where the commit stands on its branch could not be found out for too long.</summary>
    /// <remarks>See that the repository answers. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string CommitNotLocated = "commit-not-located";

    /// <summary>The branch does not contain the commit, or not any more.</summary>
    /// <remarks>Name the branch that does, push it to one, or deploy what was published: <c>canary deploy</c>.</remarks>
    public const string CommitNotOnBranch = "commit-not-on-branch";

    /// <summary>The commit of a fork is not built without a sandbox.</summary>
    /// <remarks>Leave out <c>ci-coordinator.builds.unsafe-scripts-on-this-machine</c>; run
    /// <c>canary-build-host setup</c> or <c>hosts/install-build-host.sh</c> on build hosts again, without <c>--unsafe-without-sandbox</c>.</remarks>
    public const string ForkNeedsSandbox = "fork-needs-sandbox";

    /// <summary>What answers at the address of Jenkins is something else, or sends us somewhere else.</summary>
    /// <remarks>Correct <c>ci-coordinator.builds.jenkins.address</c>.</remarks>
    public const string JenkinsAddressWrong = "jenkins-address-wrong";

    /// <summary>A build was aborted in Jenkins, or taken out of its queue.</summary>
    /// <remarks>Look who or what aborted it. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string JenkinsBuildAborted = "jenkins-build-aborted";

    /// <summary>A build failed in Jenkins.</summary>
    /// <remarks>Look at the build log, correct it and push.</remarks>
    public const string JenkinsBuildFailed = "jenkins-build-failed";

    /// <summary>Jenkins does not know a build any more that it had.</summary>
    /// <remarks>See whether builds of the job are deleted. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string JenkinsBuildLost = "jenkins-build-lost";

    /// <summary>A build in Jenkins is unstable: it was built, and tests or other checks failed.</summary>
    /// <remarks>Look at the build in Jenkins, correct it and push.</remarks>
    public const string JenkinsBuildUnstable = "jenkins-build-unstable";

    /// <summary>Jenkins has no such job, or does not show it to our user.</summary>
    /// <remarks>Make it, or give the user the permission Job/Read on it; or correct <c>ci-coordinator.builds.jenkins.job</c>.</remarks>
    public const string JenkinsJobMissing = "jenkins-job-missing";

    /// <summary>A job of Jenkins cannot be built: it is disabled, a folder, or lacks a parameter.</summary>
    /// <remarks>Do as the message says; <c>docs/jenkins.md</c> shows a job that fits.</remarks>
    public const string JenkinsJobUnfit = "jenkins-job-unfit";

    /// <summary>A build in Jenkins ended without having built anything.</summary>
    /// <remarks>See which condition of the job or its Jenkinsfile leaves the commit out.</remarks>
    public const string JenkinsNotBuilt = "jenkins-not-built";

    /// <summary>What Jenkins built is not the commit that is to be released, or it does not say what it was.</summary>
    /// <remarks>Let the job check out the commit of its parameter; a job without parameters builds the head of its branch.</remarks>
    public const string JenkinsOtherCommit = "jenkins-other-commit";

    /// <summary>A build in Jenkins printed more than it may.</summary>
    /// <remarks>Let it print less, or raise <c>ci-coordinator.builds.output-limit</c>.</remarks>
    public const string JenkinsOutputLimit = "jenkins-output-limit";

    /// <summary>A build waited in Jenkins' queue for too long.</summary>
    /// <remarks>Give Jenkins an executor for it, or raise <c>ci-coordinator.builds.jenkins.queue-timeout</c>. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string JenkinsQueueTimeout = "jenkins-queue-timeout";

    /// <summary>Jenkins does not accept our credentials, or does not allow our user what it needs.</summary>
    /// <remarks>Correct the file with the token, or give the user the permissions that the message names.</remarks>
    public const string JenkinsRefused = "jenkins-refused";

    /// <summary>The file with the token or password for Jenkins cannot be read.</summary>
    /// <remarks>Check its path and permissions.</remarks>
    public const string JenkinsSecretUnreadable = "jenkins-secret-unreadable";

    /// <summary>A build in Jenkins took longer than it may.</summary>
    /// <remarks>Make it quicker, or raise <c>ci-coordinator.builds.time-limit</c>.</remarks>
    public const string JenkinsTimedOut = "jenkins-timed-out";

    /// <summary>Jenkins did not answer, or not in a way that can be read, for too long.</summary>
    /// <remarks>See that it runs. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string JenkinsUnavailable = "jenkins-unavailable";

    /// <summary>The certificate of Jenkins is not trusted.</summary>
    /// <remarks>Let the machine of ci-coordinator trust its authority.</remarks>
    public const string JenkinsUntrusted = "jenkins-untrusted";

    /// <summary>The script before the first host failed; the deployer says so.</summary>
    /// <remarks>Look at its log: <c>canary releases logs ID --stage pre-deploy</c>.</remarks>
    public const string PreDeployFailed = "pre-deploy-failed";

    /// <summary>The repository publisher could not be reached for too long.</summary>
    /// <remarks>See that it runs. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string PublisherUnreachable = "publisher-unreachable";

    /// <summary>The head of a pull request was another commit when its build began.</summary>
    /// <remarks>Nothing; its head is looked at again.</remarks>
    public const string PullRequestMoved = "pull-request-moved";

    /// <summary>The provider that is configured builds no pull requests.</summary>
    /// <remarks>Switch them off for the repository in <c>ingress.repositories</c>, or choose the provider <c>script</c> or <c>ssh</c>.</remarks>
    public const string PullRequestNotBuilt = "pull-request-not-built";

    /// <summary>A message came again of a release that ended so long ago that it was forgotten.</summary>
    /// <remarks>Nothing needs to be done.</remarks>
    public const string ReleaseForgotten = "release-forgotten";

    /// <summary>The package of a release that was published before has left the repository.</summary>
    /// <remarks>Nothing; it is built again.</remarks>
    public const string PackageNotUploaded = "package-not-uploaded";

    /// <summary>The scripts of the repository wrote more than they may.</summary>
    /// <remarks>Let them write less, or raise <c>ci-coordinator.builds.sandbox.disk</c>.</remarks>
    public const string ScriptDiskLimit = "script-disk-limit";

    /// <summary>A script of the repository ended with another exit code than 0.</summary>
    /// <remarks>Look at the build log, correct it and push.</remarks>
    public const string ScriptFailed = "script-failed";

    /// <summary>The scripts of the repository took more memory than they may.</summary>
    /// <remarks>Let them need less, or raise <c>ci-coordinator.builds.sandbox.memory</c>.</remarks>
    public const string ScriptMemoryLimit = "script-memory-limit";

    /// <summary>The repository lacks a script that it must have.</summary>
    /// <remarks>Add it; it may just exit 0.</remarks>
    public const string ScriptMissing = "script-missing";

    /// <summary>A script of the repository is not executable.</summary>
    /// <remarks><c>git update-index --chmod=+x script/NAME</c>, and push.</remarks>
    public const string ScriptNotExecutable = "script-not-executable";

    /// <summary>The scripts of the repository printed more than they may.</summary>
    /// <remarks>Let them print less, or raise <c>ci-coordinator.builds.output-limit</c>.</remarks>
    public const string ScriptOutputLimit = "script-output-limit";

    /// <summary>The scripts of the repository took longer than they may.</summary>
    /// <remarks>Make them quicker, or raise <c>ci-coordinator.builds.time-limit</c>.</remarks>
    public const string ScriptTimedOut = "script-timed-out";

    /// <summary>The files of a commit could not be sent to a build host.</summary>
    /// <remarks>Look at the log of ci-coordinator. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string SourceNotPacked = "source-not-packed";

    /// <summary>A release that is to be deployed again has published no such version.</summary>
    /// <remarks>Name another one.</remarks>
    public const string VersionNotPublished = "version-not-published";

    /// <summary>A smoke test of a canary failed; the deployer says so.</summary>
    /// <remarks>Look at its failure: <c>canary releases show ID</c>.</remarks>
    public const string SmokeFailed = "smoke-failed";

    /// <summary>Too many hosts of a wave failed; the deployer says so.</summary>
    /// <remarks>Look at their failures: <c>canary releases show ID</c>.</remarks>
    public const string WaveFailed = "wave-failed";
}
