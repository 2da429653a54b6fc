namespace Canary.Contracts;

/// <summary>The queues of all services, also those that are there only with Consul or Jenkins, for whoever looks after them without hosting the
/// services; a test compares them with what the services consume.</summary>
public static class ServiceQueues
{
    /// <summary>Their names, in the order of the alphabet.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "ci-coordinator-admit-push",
        "ci-coordinator-build-pull-request",
        "ci-coordinator-cancel-build",
        "ci-coordinator-cancel-pull-request-build",
        "ci-coordinator-deploy-release",
        "ci-coordinator-hold-application",
        "ci-coordinator-jenkins-notified",
        "ci-coordinator-release",
        "ci-coordinator-resume-application",
        "ci-coordinator-start-build",
        "deployer-check-fleet",
        "deployer-check-host",
        "deployer-converge-host",
        "deployer-converge-hosts",
        "deployer-enrol-host",
        "deployer-observe-fleet",
        "deployer-report-alarm",
        "deployer-report-alarm-test",
        "deployer-rollout",
        "deployer-run-hook",
        "deployer-set-freezes",
        "deployer-share-versions",
        "deployer-update-host",
        "ingress-acknowledge-alarm",
        "ingress-acknowledge-alarm-test",
        "ingress-acknowledge-enrolment",
        "ingress-fleet-projection",
        "ingress-hold-projection",
        "ingress-hosts-projection",
        "ingress-pull-request-projection",
        "ingress-release-projection",
        "ingress-rollout-projection",
        "packager-build-package",
        "packager-cancel-package",
        "repository-publisher-advertise-version",
        "repository-publisher-keep-versions",
        "repository-publisher-publish-package",
        "repository-publisher-withdraw-version",
    ];
}
