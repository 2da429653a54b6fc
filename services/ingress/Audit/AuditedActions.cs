namespace Canary.Ingress.Audit;

/// <summary>Names of what people decide.</summary>
internal static class AuditedActions
{
    public const string StartRelease = "release.start";
    public const string UploadPackage = "package.upload";
    public const string DeployVersion = "release.deploy";
    public const string PromoteRelease = "release.promote";
    public const string RollBackRelease = "release.rollback";
    public const string AbortRelease = "release.abort";
    public const string PauseRelease = "release.pause";
    public const string ResumeRelease = "release.resume";
    public const string OverrideRelease = "release.override";
    public const string AddFreeze = "freeze.add";
    public const string RemoveFreeze = "freeze.remove";
    public const string RetryHost = "host.retry";
    public const string SkipHost = "host.skip";
    public const string ConvergeHosts = "hosts.converge";
    public const string IssueEnrolment = "hosts.enrolment";
    public const string EnrolHost = "host.enrol";
    public const string HoldApplication = "application.hold";
    public const string ResumeApplication = "application.resume";
    public const string AddRepository = "repository.add";
    public const string RemoveRepository = "repository.remove";
    public const string ApprovePullRequest = "pull.approve";
    public const string RetryPullRequest = "pull.retry";
    public const string RetryMessage = "message.retry";
    public const string DiscardMessage = "message.discard";
    public const string RotateSigningKey = "signing-key.rotate";
    public const string RetireSigningKey = "signing-key.retire";
    public const string RemoveUnneededFiles = "repository.gc";
    public const string ImportPackage = "repository.import";
    public const string ListPackage = "repository.list";
    public const string TestNotification = "notification.test";
}
