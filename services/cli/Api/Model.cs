using System.Text.Json.Nodes;

namespace Canary.Cli.Api;

// What the ingress API says, and at the same time what --json prints. Text stays text where the server may learn new
// words (states, phases, stage names), so that an older client can still show them.

internal sealed record Release
{
    public required Guid Id { get; init; }
    public required string Application { get; init; }
    public string? Repository { get; init; }
    public string? Branch { get; init; }
    public string? Commit { get; init; }

    /// <summary>The package that was uploaded in place of a commit.</summary>
    public UploadedPackage? Upload { get; init; }
    public string? Title { get; init; }
    public string? Pusher { get; init; }
    public string? CompareUrl { get; init; }
    public string? Version { get; init; }
    public required string State { get; init; }
    public string? Phase { get; init; }
    public string? WaitingFor { get; init; }
    public Approvals? Approvals { get; init; }
    public Failure? Failure { get; init; }
    public Guid? SupersededBy { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public bool Deploys { get; init; } = true;

    /// <summary>What its build made for the package.</summary>
    public BuildOutput? Output { get; init; }
    public IReadOnlyList<Stage> Stages { get; init; } = [];
    public IReadOnlyList<ReleaseHost> Hosts { get; init; } = [];

    /// <summary>Place in the one order of the application's releases; 0: none yet.</summary>
    public long Number { get; init; }

    /// <summary>Set when what was published before is deployed again.</summary>
    public Deployment? Deployment { get; init; }

    /// <summary>Why a request has started nothing.</summary>
    public string? NothingStarted { get; init; }

    /// <summary>What a person should know about the release.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

internal sealed record UploadedPackage(string Name, string Version, string Architecture, string Sha256, long Size);

/// <summary>A package file that is to be released.</summary>
internal sealed record PackageOrder(string Application, string Sha256, string By, bool Promote);

internal sealed record BuildOutput
{
    public required string Sha256 { get; init; }
    public long Size { get; init; }
    public int Files { get; init; }
    public long ContentSize { get; init; }
}

internal sealed record Deployment
{
    public Guid? Of { get; init; }
    public string? Version { get; init; }
    public string? By { get; init; }
    public string? Reason { get; init; }
    public bool IsFast { get; init; }
    public Guid? Undoes { get; init; }
}

internal sealed record Hold
{
    public string? By { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset? Since { get; init; }
}

internal sealed record Stage
{
    public required string Name { get; init; }
    public required string State { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public double? DurationMs { get; init; }
    public int Attempts { get; init; }
    public string? Detail { get; init; }
}

internal sealed record ReleaseHost
{
    public required string Name { get; init; }
    public string? Channel { get; init; }
    public required string Step { get; init; }
    public required string State { get; init; }
    public string? Version { get; init; }
    public Failure? Failure { get; init; }
}

internal sealed record Failure
{
    public required string Code { get; init; }
    public required string Message { get; init; }
    public string? Remedy { get; init; }
}

internal sealed record ReleaseList
{
    public IReadOnlyList<Release> Releases { get; init; } = [];

    /// <summary>Where the next page begins; <c>null</c>: there is none.</summary>
    public string? Next { get; init; }
}

internal sealed record Application
{
    public required string Name { get; init; }
    public AdvertisedVersion? Production { get; init; }
    public AdvertisedVersion? Canary { get; init; }
    public LatestRelease? Latest { get; init; }

    /// <summary>Who holds its automatic deployments.</summary>
    public Hold? Hold { get; init; }
    public int Hosts { get; init; }
}

internal sealed record AdvertisedVersion
{
    public string? Version { get; init; }
    public Guid? ReleaseId { get; init; }
    public DateTimeOffset? Since { get; init; }
}

internal sealed record LatestRelease
{
    public Guid Id { get; init; }
    public string? State { get; init; }
    public string? Phase { get; init; }
    public string? Commit { get; init; }
    public string? Version { get; init; }
    public DateTimeOffset? ReceivedAt { get; init; }
}

internal sealed record Host
{
    public required string Name { get; init; }
    public string? Address { get; init; }
    public string? Channel { get; init; }
    public string? Role { get; init; }
    public IReadOnlyList<string> Applications { get; init; } = [];
    public string? Transport { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    public IReadOnlyList<string> HostKeys { get; init; } = [];
    public IReadOnlyDictionary<string, string?> Versions { get; init; } = new Dictionary<string, string?>();
    public DateTimeOffset? LastContactAt { get; init; }
    public Failure? Failure { get; init; }
    public IReadOnlyList<HostDrift> Drifts { get; init; } = [];
}

internal sealed record HostDrift
{
    public required string Application { get; init; }
    public required string Wanted { get; init; }
    public string? Running { get; init; }
    public DateTimeOffset? Since { get; init; }
    public Failure? Failure { get; init; }
}

internal sealed record HostSetup
{
    public required Uri Script { get; init; }
    public required string Sha256 { get; init; }
    public required string Repository { get; init; }
    public required string Fingerprint { get; init; }
    public required string DeployerKey { get; init; }
}

internal sealed record EnrolmentOrder(IReadOnlyList<string> Hosts, TimeSpan? ValidFor, string? By);

internal sealed record IssuedEnrolment(string Token, IReadOnlyList<string> Hosts, TimeSpan ValidFor);

internal sealed record ConvergenceOrder(string? Application, string? Host, string? By);

internal sealed record ConvergingHosts(IReadOnlyList<string> Hosts);

internal sealed record ServerStatus
{
    public string? Version { get; init; }
    public string? Uptime { get; init; }
    public string? Listening { get; init; }
    public IReadOnlyList<Check> Checks { get; init; } = [];
}

internal sealed record Check
{
    public required string Name { get; init; }
    public required string Status { get; init; }
    public string? Detail { get; init; }
    public string? Remedy { get; init; }
}

internal sealed record ManualRelease
{
    public required string Repository { get; init; }
    public string? Branch { get; init; }
    public string? Commit { get; init; }
    public string? Application { get; init; }
    public bool? Deploy { get; init; }
    public string? By { get; init; }
    public bool Promote { get; init; }
}

internal sealed record DeploymentOrder
{
    public string? Target { get; init; }
    public string? Reason { get; init; }
    public bool Fast { get; init; }
    public string? By { get; init; }
}

internal sealed record HeldApplication
{
    public required string Application { get; init; }
    public bool Held { get; init; }
    public Guid? Passed { get; init; }
}

internal sealed record MetadataRequest
{
    public string? Application { get; init; }
    public string? Repository { get; init; }
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> Files { get; init; } = [];
}

internal sealed record MetadataCheck
{
    public string? Source { get; init; }
    public IReadOnlyList<string> Ignored { get; init; } = [];
    public IReadOnlyList<Failure> Faults { get; init; } = [];
}

internal sealed record Decision
{
    public string? Reason { get; init; }
    public string? By { get; init; }
    public bool Fast { get; init; }
    public bool PreDeployDone { get; init; }
}

/// <summary>A freeze that is to be set.</summary>
internal sealed record FreezeOrder
{
    public string? Application { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Until { get; init; }
    public string? Reason { get; init; }
    public string? By { get; init; }
}

/// <summary>A time in which nothing is rolled out.</summary>
internal sealed record Freeze
{
    public required Guid Id { get; init; }
    public string? Application { get; init; }
    public required DateTimeOffset From { get; init; }
    public DateTimeOffset? Until { get; init; }
    public required string Reason { get; init; }
    public required string By { get; init; }
}

/// <summary>The freezes that people have set.</summary>
internal sealed record FreezeList(IReadOnlyList<Freeze> Freezes);

/// <summary>Pull requests, those that changed last first.</summary>
internal sealed record PullRequestList(IReadOnlyList<PullRequest> PullRequests);

/// <summary>A pull request, with the build of its head first.</summary>
internal sealed record PullRequest
{
    public required string Application { get; init; }
    public required string Repository { get; init; }
    public required int Number { get; init; }
    public required string Title { get; init; }
    public required string Author { get; init; }
    public bool IsFork { get; init; }
    public bool IsOpen { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
    public IReadOnlyList<PullRequestBuild> Builds { get; init; } = [];
}

/// <summary>A build of the head of a pull request.</summary>
internal sealed record PullRequestBuild
{
    public required Guid Id { get; init; }
    public required string Commit { get; init; }
    public required string State { get; init; }
    public string? ApprovedBy { get; init; }
    public Failure? Failure { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>The commit of a fork that is approved.</summary>
internal sealed record PullRequestApproval
{
    public required string Commit { get; init; }
    public string? Reason { get; init; }
    public string? By { get; init; }
}

/// <summary>Who lets a release go on to production.</summary>
internal sealed record Approvals
{
    public required int Required { get; init; }
    public IReadOnlyList<string> By { get; init; } = [];
    public string? NotBy { get; init; }
}

/// <summary>A page of what people decided, newest first.</summary>
internal sealed record AuditPage
{
    public IReadOnlyList<AuditEntry> Entries { get; init; } = [];

    /// <summary>Where the next page begins; <c>null</c>: there is none.</summary>
    public long? Next { get; init; }
}

/// <summary>What a person decided.</summary>
internal sealed record AuditEntry
{
    public required long Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Action { get; init; }
    public string? Application { get; init; }
    public Guid? ReleaseId { get; init; }
    public string? Host { get; init; }
    public string? Detail { get; init; }
    public required string By { get; init; }
    public string? Reason { get; init; }
    public required string Token { get; init; }
    public required string Address { get; init; }
}

/// <summary>An alarm of a monitoring system.</summary>
internal sealed record Alarm
{
    public required Guid Id { get; init; }
    public required string Source { get; init; }
    public string? Application { get; init; }
    public string? Host { get; init; }
    public required string Severity { get; init; }
    public required bool Firing { get; init; }
    public int Firings { get; init; }
    public required string Summary { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}

internal sealed record AlarmTestOrder
{
    public required string Application { get; init; }
    public string? Source { get; init; }
    public string? Severity { get; init; }
}

/// <summary>A test alarm, and whether it has arrived.</summary>
internal sealed record AlarmTest
{
    public required string Id { get; init; }
    public required string Source { get; init; }
    public required string Application { get; init; }
    public required DateTimeOffset SentAt { get; init; }
    public DateTimeOffset? ArrivedAt { get; init; }
    public bool Passed { get; init; }
    public string? Found { get; init; }
    public string? Instruction { get; init; }
}

internal sealed record MessageList
{
    public IReadOnlyList<FailedMessage> Messages { get; init; } = [];
    public long Total { get; init; }
}

/// <summary>A message that a consumer gave up on.</summary>
internal sealed record FailedMessage
{
    public required Guid Id { get; init; }
    public required string Queue { get; init; }
    public string? Type { get; init; }
    public DateTimeOffset? FailedAt { get; init; }
    public string? Fault { get; init; }
    public string? Reason { get; init; }
    public int? Attempts { get; init; }
    public Guid? ReleaseId { get; init; }
    public Guid? RolloutId { get; init; }

    /// <summary>Only where one message is shown.</summary>
    public JsonNode? Body { get; init; }
}

internal sealed record RepositoryList
{
    public IReadOnlyList<Repository> Repositories { get; init; } = [];
}

/// <summary>A repository, and how looks at it fare.</summary>
internal sealed record Repository
{
    public required string Name { get; init; }
    public required string Source { get; init; }
    public string? Application { get; init; }
    public string? Branch { get; init; }
    public string? AddedBy { get; init; }
    public TimeSpan? LooksEvery { get; init; }
    public DateTimeOffset? LookedAt { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
    public DateTimeOffset? FailingSince { get; init; }
    public string? NotReleased { get; init; }
    public DateTimeOffset? NotReleasedAt { get; init; }
}

/// <summary>A repository that is to be added.</summary>
internal sealed record RepositoryOrder
{
    public required string Repository { get; init; }
    public string? Application { get; init; }
    public string? By { get; init; }
}

/// <summary>A repository that was added or removed.</summary>
internal sealed record ChangedRepository
{
    public required string Name { get; init; }
    public required string Application { get; init; }
    public long? WebhookId { get; init; }
    public bool IsNew { get; init; }
    public bool IsWebhookLeft { get; init; }
}

internal sealed record ChannelList
{
    public IReadOnlyList<NotificationChannel> Channels { get; init; } = [];
}

/// <summary>A chat, a program or mailboxes that are told of releases.</summary>
internal sealed record NotificationChannel
{
    public required string Name { get; init; }
    public required string Kind { get; init; }
    public IReadOnlyList<string> Applications { get; init; } = [];
    public required string Events { get; init; }
    public int Waiting { get; init; }
    public long GivenUp { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public DateTimeOffset? FailedAt { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
}

/// <summary>What came of a test of a channel.</summary>
internal sealed record ChannelTest
{
    public required string Name { get; init; }
    public bool Delivered { get; init; }
    public string? Error { get; init; }
    public string? Remedy { get; init; }
}

internal sealed record PackageList
{
    public IReadOnlyList<ListedPackage> Packages { get; init; } = [];
    public IReadOnlyList<string> Suites { get; init; } = [];
    public int Files { get; init; }
    public long Size { get; init; }
}

/// <summary>A package of the repository, in all its versions.</summary>
internal sealed record ListedPackage
{
    public required string Name { get; init; }
    public string? Application { get; init; }
    public int Versions { get; init; }
    public long Size { get; init; }
    public IReadOnlyList<SuiteOffer> Offered { get; init; } = [];
}

internal sealed record SuiteOffer(string Suite, string Version, int Listed);

/// <summary>A package of the repository, with each of its files.</summary>
internal sealed record PackageDetails
{
    public required string Name { get; init; }
    public string? Application { get; init; }
    public IReadOnlyList<PackageFile> Files { get; init; } = [];
}

internal sealed record PackageFile
{
    public required string Package { get; init; }
    public required string Version { get; init; }
    public required string Architecture { get; init; }
    public required string FileName { get; init; }
    public long Size { get; init; }
    public required string Sha256 { get; init; }
    public DateTimeOffset PublishedAt { get; init; }
    public IReadOnlyList<SuiteListing> Suites { get; init; } = [];
    public bool IsKept { get; init; }
    public string Stanza { get; init; } = "";
    public string? Sbom { get; init; }
    public Guid? ReleaseId { get; init; }
    public string? Repository { get; init; }
    public string? Commit { get; init; }
    public string? UploadedBy { get; init; }
    public DateTimeOffset? UploadedAt { get; init; }
    public IReadOnlyList<string> Hosts { get; init; } = [];
}

internal sealed record SuiteListing(string Suite, bool IsOffered, int PhasedPercentage);

/// <summary>Whose a package file is, and which keys vouch for it.</summary>
internal sealed record PackageOrigin
{
    public string? Application { get; init; }
    public required PackageFile File { get; init; }
    public IReadOnlyList<string> Fingerprints { get; init; } = [];
}

internal sealed record UnneededFiles
{
    public IReadOnlyList<UnneededFile> Files { get; init; } = [];
    public long Size { get; init; }
    public bool IsRemoved { get; init; }
}

internal sealed record UnneededFile
{
    public required string FileName { get; init; }
    public long Size { get; init; }
    public string? Package { get; init; }
    public string? Version { get; init; }
    public DateTimeOffset? UnlistedSince { get; init; }
}

internal sealed record RepositoryVerification
{
    public int Suites { get; init; }
    public int Indexes { get; init; }
    public int Files { get; init; }
    public long Size { get; init; }
    public IReadOnlyList<Failure> Faults { get; init; } = [];
    public int FaultCount { get; init; }
}

internal sealed record SigningKeyList
{
    public IReadOnlyList<SigningKey> Keys { get; init; } = [];
    public DateTimeOffset? RetirableFrom { get; init; }
}

internal sealed record SigningKey
{
    public required string Fingerprint { get; init; }
    public required string Algorithm { get; init; }
    public required string Role { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>RFC 9457, with the two members that Canary adds.</summary>
internal sealed record Problem
{
    public string? Title { get; init; }
    public string? Detail { get; init; }
    public string? Code { get; init; }
    public string? Remedy { get; init; }
}

internal sealed record ForeignFile
{
    public required string Package { get; init; }
    public required string Version { get; init; }
    public required string Architecture { get; init; }
    public required string Sha256 { get; init; }
    public required long Size { get; init; }
    public required string Application { get; init; }
}

internal sealed record ImportQuestion(IReadOnlyList<ForeignFile> Files);

internal sealed record ImportPlan(IReadOnlyList<PlannedFile> Files);

internal sealed record PlannedFile(string Sha256, string State, Failure? Failure);

internal sealed record ForeignListing
{
    public required string Suite { get; init; }
    public required string Application { get; init; }
    public required string Package { get; init; }
    public required IReadOnlyList<string> Versions { get; init; }
}

internal sealed record ListingQuestion(IReadOnlyList<ForeignListing> Listings, string? By);

internal sealed record ListingAnswer(IReadOnlyList<ListingOutcome> Listings);

internal sealed record ListingOutcome
{
    public required string Suite { get; init; }
    public required string Package { get; init; }
    public required string State { get; init; }
    public string? Offered { get; init; }
    public Failure? Failure { get; init; }
}
