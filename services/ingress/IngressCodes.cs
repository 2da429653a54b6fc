namespace Canary.Ingress;

/// <summary>The failures of services/ingress: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class IngressCodes
{
    /// <summary>An alarm shows no token of its source.</summary>
    /// <remarks>Send the content of <c>ingress/alarm-tokens/SOURCE</c> of the data directory as a bearer token.</remarks>
    public const string AlarmTokenInvalid = "alarm-token-invalid";

    /// <summary>Alarms come from no source of this name.</summary>
    /// <remarks>Name <c>alertmanager</c>, <c>newrelic</c>, <c>nagios</c> or <c>generic</c>.</remarks>
    public const string AlarmSourceUnknown = "alarm-source-unknown";

    /// <summary>There is no test alarm of this name.</summary>
    /// <remarks>Send one: <c>canary alarms test APPLICATION</c>.</remarks>
    public const string AlarmTestUnknown = "alarm-test-unknown";

    /// <summary>Alertmanager does not take a test alarm.</summary>
    /// <remarks>Check <c>ingress.alarms.alertmanager.address</c>, and that it runs.</remarks>
    public const string AlertmanagerUnavailable = "alertmanager-unavailable";

    /// <summary>This push was received before, or its commit was found at the head of its branch: its release stays as it is.</summary>
    /// <remarks>Start a failed one again: <c>canary releases retry ID</c>.</remarks>
    public const string AlreadyReceived = "already-received";

    /// <summary>The server would be readable without a token for everybody who reaches it.</summary>
    /// <remarks>Leave <c>ingress.anonymous-read</c> out and use the read token, or listen on a loopback address.</remarks>
    public const string AnonymousReadExposed = "anonymous-read-exposed";

    /// <summary>The name of the application is not allowed.</summary>
    /// <remarks>Use lower-case letters, digits and hyphens.</remarks>
    public const string ApplicationInvalid = "application-invalid";

    /// <summary>An application of this name belongs to another repository.</summary>
    /// <remarks>Give one of the two another name in its configuration.</remarks>
    public const string ApplicationTaken = "application-taken";

    /// <summary>There is no application of this name.</summary>
    /// <remarks>Look at <c>canary apps</c>.</remarks>
    public const string ApplicationUnknown = "application-unknown";

    /// <summary>No name of an application follows from the repository.</summary>
    /// <remarks>Name it with <c>--app</c>.</remarks>
    public const string ApplicationUnnamed = "application-unnamed";

    /// <summary>A push deletes a branch, and is not released.</summary>
    /// <remarks>Nothing.</remarks>
    public const string BranchDeleted = "branch-deleted";

    /// <summary>What should be a branch has no name that git allows.</summary>
    /// <remarks>Correct the name.</remarks>
    public const string BranchInvalid = "branch-invalid";

    /// <summary>The repository has no such branch.</summary>
    /// <remarks>Push it, or name one that exists.</remarks>
    public const string BranchUnknown = "branch-unknown";

    /// <summary>A push names an address that its repository may not be fetched from.</summary>
    /// <remarks>Look at the repository's entry in <c>ingress.repositories</c>.</remarks>
    public const string CloneUrlRefused = "clone-url-refused";

    /// <summary>Several commits begin with these letters, or none can be found by so few.</summary>
    /// <remarks>Name the whole commit id.</remarks>
    public const string CommitAbbreviated = "commit-abbreviated";

    /// <summary>What should be a commit is not a commit id.</summary>
    /// <remarks>Name the commit by its hexadecimal digits.</remarks>
    public const string CommitInvalid = "commit-invalid";

    /// <summary>The message of a commit asks for no release, and <c>ingress.skip-marked</c> heeds it.</summary>
    /// <remarks>Nothing; or release it by hand: <c>canary run</c>.</remarks>
    public const string CommitSkipped = "commit-skipped";

    /// <summary>A server sends more for the newest commit of a branch than is taken to read its message.</summary>
    /// <remarks>Let it filter what it sends: <c>git config uploadpack.allowFilter true</c>.</remarks>
    public const string CommitTooLarge = "commit-too-large";

    /// <summary>The repository has no such commit.</summary>
    /// <remarks>Push it, or name one that exists.</remarks>
    public const string CommitUnknown = "commit-unknown";

    /// <summary>The content type of a webhook is neither JSON nor a form, or its character set is not UTF-8.</summary>
    /// <remarks>Set the content type of the webhook to <c>application/json</c>; <c>application/x-www-form-urlencoded</c> is taken too.</remarks>
    public const string ContentTypeUnsupported = "content-type-unsupported";

    /// <summary>The release is not in a state where this decision means something.</summary>
    /// <remarks>Look at <c>canary releases show ID</c>.</remarks>
    public const string DecisionNotApplicable = "decision-not-applicable";

    /// <summary>An upload does not say the SHA-256 of its file.</summary>
    /// <remarks>Add <c>sha256</c> to the address: what <c>sha256sum FILE</c> prints.</remarks>
    public const string DigestMissing = "digest-missing";

    /// <summary>What is asked for is no freeze.</summary>
    /// <remarks>Give a reason, and an end that is to come.</remarks>
    public const string FreezeInvalid = "freeze-invalid";

    /// <summary>There is no freeze of this id.</summary>
    /// <remarks>Look at <c>canary freeze list</c>; those of the configuration are removed there.</remarks>
    public const string FreezeUnknown = "freeze-unknown";

    /// <summary>The version is what the application has or is about to get, so nothing was started.</summary>
    /// <remarks>Nothing; or deploy another version: the message lists them.</remarks>
    public const string DeploymentChangesNothing = "deployment-changes-nothing";

    /// <summary>A webhook does not name its delivery.</summary>
    /// <remarks>Send it as the service does, with <c>X-GitHub-Delivery</c> or <c>X-Gitea-Delivery</c>.</remarks>
    public const string DeliveryMissing = "delivery-missing";

    /// <summary>A webhook does not name its event.</summary>
    /// <remarks>Send it as the service does, with <c>X-GitHub-Event</c>, <c>X-Gitea-Event</c> or <c>X-Gitlab-Event</c>.</remarks>
    public const string EventMissing = "event-missing";

    /// <summary>A webhook brings an event that Canary does not act on.</summary>
    /// <remarks>Nothing, or let the webhook send push events only.</remarks>
    public const string EventUnknown = "event-unknown";

    /// <summary>The inventory has no host of this name.</summary>
    /// <remarks>Look at <c>canary hosts</c>.</remarks>
    public const string HostUnknown = "host-unknown";

    /// <summary>More was to be imported at once than is taken.</summary>
    /// <remarks>Ask in parts, as <c>canary repo import</c> does.</remarks>
    public const string ImportTooLarge = "import-too-large";

    /// <summary>A notification of Jenkins comes without its password, or with another one.</summary>
    /// <remarks>Put the password into the address of the notification, as <c>docs/jenkins.md</c> shows.</remarks>
    public const string JenkinsPasswordInvalid = "jenkins-password-invalid";

    /// <summary>This server does not read repositories on its own machine.</summary>
    /// <remarks>Set <c>ingress.allow-local-repositories</c>, or push.</remarks>
    public const string LocalRepositoryNotAllowed = "local-repository-not-allowed";

    /// <summary>A part of a log does not say where it belongs.</summary>
    /// <remarks>Nothing; the service that sent it has another version.</remarks>
    public const string LogAddressInvalid = "log-address-invalid";

    /// <summary>A part of a log is missing before this one.</summary>
    /// <remarks>Nothing; the sender begins where it is told.</remarks>
    public const string LogGap = "log-gap";

    /// <summary>There is no such log.</summary>
    /// <remarks>Look at the stages with <c>canary releases show ID</c>.</remarks>
    public const string LogUnknown = "log-unknown";

    /// <summary>There is no dead-lettered message with this id.</summary>
    /// <remarks>Look at <c>canary messages list</c>.</remarks>
    public const string MessageUnknown = "message-unknown";

    /// <summary>The address does not take this method.</summary>
    /// <remarks>Use one that the header <c>Allow</c> names.</remarks>
    public const string MethodNotAllowed = "method-not-allowed";

    /// <summary>A push brings no commit to its branch, and is not released.</summary>
    /// <remarks>Release such a commit by hand if it should run.</remarks>
    public const string NoCommits = "no-commits";

    /// <summary>An address sends more webhooks at once than it may.</summary>
    /// <remarks>Send them again in a moment; <c>ingress.webhook-places-per-client</c> says how many there may be.</remarks>
    public const string NoPlace = "no-place";

    /// <summary>The application has no version before the one that runs.</summary>
    /// <remarks>Name the version that you want.</remarks>
    public const string NoPreviousVersion = "no-previous-version";

    /// <summary>There is no channel of this name for notifications.</summary>
    /// <remarks>Look at <c>canary notifications list</c>, and at <c>ingress.notifications.channels</c>.</remarks>
    public const string NotificationChannelUnknown = "notification-channel-unknown";

    /// <summary>A push is not to a branch, and is not released.</summary>
    /// <remarks>Nothing.</remarks>
    public const string NotABranch = "not-a-branch";

    /// <summary>There is nothing at this address.</summary>
    /// <remarks>Check it; the API is under <c>/api</c>.</remarks>
    public const string NotFound = "not-found";

    /// <summary>A push is to a branch that is not released.</summary>
    /// <remarks>Nothing, or change the branches in <c>ingress.repositories</c>.</remarks>
    public const string OtherBranch = "other-branch";

    /// <summary>The token brings packages of another application.</summary>
    /// <remarks>Use the token of this application, see <c>ingress.package-token-files</c>, or that of an operator.</remarks>
    public const string PackageTokenForeign = "package-token-foreign";

    /// <summary>The packager, whose rules are asked for, does not answer.</summary>
    /// <remarks>See that it runs, and try again.</remarks>
    public const string PackagerUnavailable = "packager-unavailable";

    /// <summary>There is no such page of releases.</summary>
    /// <remarks>Begin with the first page.</remarks>
    public const string PageUnknown = "page-unknown";

    /// <summary>The body of a webhook cannot be read.</summary>
    /// <remarks>Set the content type of the webhook to JSON.</remarks>
    public const string PayloadMalformed = "payload-malformed";

    /// <summary>A webhook is larger than 25 MiB.</summary>
    /// <remarks>Let the webhook send push events only.</remarks>
    public const string PayloadTooLarge = "payload-too-large";

    /// <summary>Several repositories of the application have a pull request of this number.</summary>
    /// <remarks>Name the repository with <c>--repo</c>.</remarks>
    public const string PullRequestAmbiguous = "pull-request-ambiguous";

    /// <summary>The build of a pull request was cancelled: a newer commit took its place, or it was closed.</summary>
    /// <remarks>Nothing.</remarks>
    public const string PullRequestCancelled = "pull-request-cancelled";

    /// <summary>A webhook about a pull request lacks what every pull request of GitHub has.</summary>
    /// <remarks>Compare the delivery with those that the webhook's settings show.</remarks>
    public const string PullRequestInvalid = "pull-request-invalid";

    /// <summary>The build of a pull request has not ended, or the pull request is closed.</summary>
    /// <remarks>See how it is: <c>canary pulls show APP NUMBER</c>.</remarks>
    public const string PullRequestNotEnded = "pull-request-not-ended";

    /// <summary>The commit that is approved is not the head of the pull request, or does not wait for an approval.</summary>
    /// <remarks>Look at what it brings now: <c>canary pulls show APP NUMBER</c>.</remarks>
    public const string PullRequestNotWaiting = "pull-request-not-waiting";

    /// <summary>What happened to the pull request changes neither its head nor whether it is open.</summary>
    /// <remarks>Nothing.</remarks>
    public const string PullRequestUnchanged = "pull-request-unchanged";

    /// <summary>There is no such pull request, or no webhook told of it.</summary>
    /// <remarks>Look at <c>canary pulls list --all</c>, and let GitHub's webhook send <c>pull_request</c> events.</remarks>
    public const string PullRequestUnknown = "pull-request-unknown";

    /// <summary>Pull requests of the repository are not built.</summary>
    /// <remarks>Set <c>pull-requests: true</c> in its entry of <c>ingress.repositories</c>.</remarks>
    public const string PullRequestsOff = "pull-requests-off";

    /// <summary>A push does not name a ref that git allows.</summary>
    /// <remarks>Look at the delivery in the webhook's settings.</remarks>
    public const string RefInvalid = "ref-invalid";

    /// <summary>Several releases begin with these letters.</summary>
    /// <remarks>Name more letters of the id.</remarks>
    public const string ReleaseAmbiguous = "release-ambiguous";

    /// <summary>The release has ended.</summary>
    /// <remarks>Start another one.</remarks>
    public const string ReleaseFinished = "release-finished";

    /// <summary>The application has moved on since this release.</summary>
    /// <remarks>Deploy the version that you want: <c>canary deploy APP VERSION</c>.</remarks>
    public const string ReleaseNotNewest = "release-not-newest";

    /// <summary>Hosts are to be set up, and the deployer has not said which key it logs in with.</summary>
    /// <remarks>See that the deployer runs, and what <c>canary doctor</c> says of <c>ssh-key</c>.</remarks>
    public const string DeployerKeyUnknown = "deployer-key-unknown";

    /// <summary>A host that has enrolled does so again with other keys, and with a token of many hosts.</summary>
    /// <remarks>If it was installed anew, ask for a token of its own: <c>canary hosts bootstrap HOST</c>. If it was not, somebody else has
    /// the token: look at <c>canary audit</c>.</remarks>
    public const string EnrolmentHostKnown = "enrolment-host-known";

    /// <summary>A host enrols under a name that its token is not for.</summary>
    /// <remarks>Name it as the token does (<c>--name</c>), or ask for a token: <c>canary hosts bootstrap HOST</c>.</remarks>
    public const string EnrolmentHostUnexpected = "enrolment-host-unexpected";

    /// <summary>What a token is asked for, or what a host says of itself, is not as it has to be.</summary>
    /// <remarks>Name hosts as the inventory does, and keys as <c>ssh-keygen -l</c> prints them.</remarks>
    public const string EnrolmentInvalid = "enrolment-invalid";

    /// <summary>The token that a host enrols with is not good any more.</summary>
    /// <remarks>Ask for another one: <c>canary hosts bootstrap HOST</c>.</remarks>
    public const string EnrolmentTokenExpired = "enrolment-token-expired";

    /// <summary>A host enrols with no token that was issued here.</summary>
    /// <remarks>Ask for one: <c>canary hosts bootstrap HOST</c>.</remarks>
    public const string EnrolmentTokenInvalid = "enrolment-token-invalid";

    /// <summary>A token was used for this host before, with other keys.</summary>
    /// <remarks>Ask for another one if the host was installed anew. If it was not, somebody else had the token: look at
    /// <c>canary audit</c>.</remarks>
    public const string EnrolmentTokenUsed = "enrolment-token-used";

    /// <summary>GitHub cannot be told where to send webhooks, or hosts where to enrol: the server does not know its own address.</summary>
    /// <remarks>Set <c>hosting.public-address</c> to the address that they reach it by.</remarks>
    public const string PublicAddressMissing = "public-address-missing";

    /// <summary>The repository publisher, which has the package repository, does not answer.</summary>
    /// <remarks>See that it runs, and try again.</remarks>
    public const string PublisherUnavailable = "publisher-unavailable";

    /// <summary>The push is stored and its release has not begun.</summary>
    /// <remarks>Try again in a moment.</remarks>
    public const string ReleaseNotStarted = "release-not-started";

    /// <summary>What should name a release does not.</summary>
    /// <remarks>Use an id, its first letters, or <c>latest</c>.</remarks>
    public const string ReleaseReferenceInvalid = "release-reference-invalid";

    /// <summary>There is no release with this id.</summary>
    /// <remarks>Look at <c>canary releases list</c>.</remarks>
    public const string ReleaseUnknown = "release-unknown";

    /// <summary>A repository that is to be added is in the configuration already.</summary>
    /// <remarks>Leave it there and make its webhook by hand, or take it out of <c>ingress.repositories</c> and add it again.</remarks>
    public const string RepositoryConfigured = "repository-configured";

    /// <summary>The repository has no commit yet.</summary>
    /// <remarks>Push one.</remarks>
    public const string RepositoryEmpty = "repository-empty";

    /// <summary>What should name a repository does not.</summary>
    /// <remarks>Write OWNER/NAME or an address that git can fetch.</remarks>
    public const string RepositoryInvalid = "repository-invalid";

    /// <summary>There is no git repository there.</summary>
    /// <remarks>Check the path or the address.</remarks>
    public const string RepositoryMissing = "repository-missing";

    /// <summary>A repository that is to be removed was not added.</summary>
    /// <remarks>Look at <c>canary apps repositories</c>; what the configuration has is removed there.</remarks>
    public const string RepositoryNotAdded = "repository-not-added";

    /// <summary>The name belongs to another repository at GitHub than before.</summary>
    /// <remarks>Enter the one that was renamed under its new name, or set <c>github-id</c> in the entry of the new one.</remarks>
    public const string RepositoryReplaced = "repository-replaced";

    /// <summary>The repository is not one that this server releases.</summary>
    /// <remarks>Add it to <c>ingress.repositories</c>.</remarks>
    public const string RepositoryUnknown = "repository-unknown";

    /// <summary>git could not ask the repository.</summary>
    /// <remarks>Check the address, the network, and the right to read it.</remarks>
    public const string RepositoryUnreachable = "repository-unreachable";

    /// <summary>The server's user may not read a repository on its machine.</summary>
    /// <remarks>Put a clone where it may, or name an address that it can clone from.</remarks>
    public const string RepositoryUnreadable = "repository-unreadable";

    /// <summary>The signature or the token of a webhook does not fit any secret.</summary>
    /// <remarks>Set the same secret in the webhook's settings and in Canary.</remarks>
    public const string SignatureInvalid = "signature-invalid";

    /// <summary>There is no state of this name.</summary>
    /// <remarks>Use one that the message lists.</remarks>
    public const string StateUnknown = "state-unknown";

    /// <summary>A repository that is looked at has more than 20,000 branches.</summary>
    /// <remarks>Delete branches that nobody needs, or set <c>poll</c> to 0 in its entry of <c>ingress.repositories</c>.</remarks>
    public const string TooManyBranches = "too-many-branches";

    /// <summary>Too many releases are being started by hand.</summary>
    /// <remarks>Wait a moment.</remarks>
    public const string TooManyRuns = "too-many-runs";

    /// <summary>The server answers with another error.</summary>
    /// <remarks>Look into its log.</remarks>
    public const string Unexpected = "unexpected";

    /// <summary>Several published versions fit what was named.</summary>
    /// <remarks>Name more of it.</remarks>
    public const string VersionAmbiguous = "version-ambiguous";

    /// <summary>The version to deploy is an empty text.</summary>
    /// <remarks>Name one, or leave it out for the version before.</remarks>
    public const string VersionMissing = "version-missing";

    /// <summary>The application has published no such version.</summary>
    /// <remarks>Look at <c>canary releases list</c>.</remarks>
    public const string VersionUnknown = "version-unknown";

    /// <summary>A repository is not released any more, but its webhook is still at GitHub.</summary>
    /// <remarks>Say it again when GitHub answers: <c>canary apps remove OWNER/REPO</c>.</remarks>
    public const string WebhookLeft = "webhook-left";

    /// <summary>The file with the secret of webhooks cannot be read or made.</summary>
    /// <remarks>Check its path and permissions.</remarks>
    public const string WebhookSecretUnreadable = "webhook-secret-unreadable";

    /// <summary>Whether GitHub has made or changed a webhook is not known.</summary>
    /// <remarks>Say it again when GitHub answers: <c>canary apps add OWNER/REPO</c>.</remarks>
    public const string WebhookUncertain = "webhook-uncertain";
}
