using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;

namespace Canary.Architecture.Tests;

/// <summary>One of each event, of a release of the shop, in the order in which they happen when all that can happen does.</summary>
internal static class EventExamples
{
    private const string Application = "shop";
    private const string Version = "1.4.2-1769860800.g7fd1a60";
    private const string Previous = "1.4.1-1769774400.ge83c516";
    private static readonly DateTimeOffset Begin = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid ReleaseId = new("6f1d3a52-8c3e-5b07-9a41-2f6c1d0e7b85");
    private static readonly Guid JobId = new("b2c7e6a0-41d9-5f3e-8d52-97a0c4e1f6d3");
    private static readonly Guid RequestId = new("0d9b8f27-5a6c-5e41-b3f8-6c7e2a1d4b90");

    private static readonly PushReceived Push = new()
    {
        ReleaseId = ReleaseId,
        Application = Application,
        Source = new SourceReference
        {
            Repository = "acme/shop",
            CloneUrl = "https://github.com/acme/shop.git",
            Branch = "main",
            Commit = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d",
        },
        Before = "e83c5163316f89bfbde7d9ab23ca2e25604af290",
        Deploys = true,
        Pusher = "octocat",
        Title = "Show prices with tax",
        CompareUrl = "https://github.com/acme/shop/compare/e83c5163316f...7fd1a60b01f9",
        ReceivedAt = Begin,
    };

    private static readonly PackageReference Package = new()
    {
        Name = "shop",
        Version = Version,
        Architecture = "all",
        Sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        Size = 48_216,
    };

    private static readonly BuildOutput Output = new()
    {
        Sha256 = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        Size = 2_310_114,
        Files = 1_204,
        ContentSize = 9_480_233,
    };

    public static IReadOnlyList<IEvent> All { get; } =
    [
        Push,
        new HostsObserved
        {
            Application = Application,
            Revision = 12,
            Number = 41,
            Hosts =
            [
                new ObservedHost
                {
                    Name = "web-3",
                    Wanted = Previous,
                    Running = null,
                    LastContactAt = Begin,
                    DriftsSince = Begin,
                },
            ],
        },
        new ApplicationHoldChanged
        {
            Application = Application,
            Revision = 1,
            Hold = new Hold
            {
                By = "ada",
                Reason = "the sale ends on Monday",
                Since = Begin,
            },
        },
        new JenkinsNotified
        {
            Job = "job/shop/",
            Number = 18,
            Phase = "COMPLETED",
        },
        new BuildSucceeded
        {
            ReleaseId = ReleaseId,
            Application = Application,
            JobId = JobId,
            ScriptTime = TimeSpan.FromSeconds(42.5),
            Output = Output,
            Left = new BuildLeftovers
            {
                Files = 412,
                Directories = [new LeftDirectory { Path = "coverage-report", Files = 410 }],
            },
        },
        new PullRequestBuilt
        {
            BuildId = RequestId,
            Application = Application,
            Number = 12,
            Commit = "e83c5163316f89bfbde7d9ab23ca2e25604af290",
            Failure = new Failure
            {
                Code = "script-failed",
                Message = "script/cibuild exited with 1.",
                Remedy = "Read the build log, correct the commit, and push.",
            },
        },
        new BuildFailed
        {
            ReleaseId = ReleaseId,
            Application = Application,
            JobId = JobId,
            Failure = new Failure
            {
                Code = "script-failed",
                Message = "script/cibuild exited with 1.",
                Remedy = "Look at the log of the build, and push a commit that repairs it.",
            },
        },
        new PackageBuilt
        {
            ReleaseId = ReleaseId,
            Application = Application,
            JobId = JobId,
            Package = Package,
            Plan = new DeploymentPlan
            {
                Health = new HealthCheck { Http = "http://${address}:${port}/health" },
                Soak = TimeSpan.FromMinutes(10),
                Promotion = PromotionPolicy.Automatic,
                Waves = ["1", "25%", "100%"],
            },
        },
        new PackagingFailed
        {
            ReleaseId = ReleaseId,
            Application = Application,
            JobId = JobId,
            Failure = new Failure
            {
                Code = "metadata-invalid",
                Message = "canary.yml, line 3: 'depends' is not a list.",
                Remedy = "Correct the file and push it.",
            },
        },
        new PackagePublished
        {
            ReleaseId = ReleaseId,
            Application = Application,
            Package = Package,
        },
        new PublishingFailed
        {
            ReleaseId = ReleaseId,
            Application = Application,
            Failure = new Failure
            {
                Code = "disk-full",
                Message = "The disk that holds the repository is full.",
                Remedy = "Make room, and release the commit again.",
            },
        },
        new VersionAdvertised
        {
            RequestId = RequestId,
            RolloutId = ReleaseId,
            Application = Application,
            Suite = "canary",
            Package = "shop",
            Version = Version,
            PhasedPercentage = 100,
            PreviousVersion = Previous,
        },
        new AdvertisingFailed
        {
            RequestId = RequestId,
            RolloutId = ReleaseId,
            Application = Application,
            Failure = new Failure
            {
                Code = "version-not-published",
                Message = $"The repository's pool has no shop {Version}.",
                Remedy = "Release the commit again.",
            },
        },
        new HostUpdated
        {
            RolloutId = ReleaseId,
            Application = Application,
            Step = "canary",
            Host = "canary-1",
            Version = Version,
        },
        new HostUpdateFailed
        {
            RolloutId = ReleaseId,
            Application = Application,
            Step = "wave-1",
            Host = "web-3",
            Version = Previous,
            Failure = new Failure
            {
                Code = "host-unreachable",
                Message = "web-3 does not answer on port 22.",
                Remedy = "See that the host runs; it catches up by itself.",
            },
        },
        new RolloutChanged
        {
            RolloutId = ReleaseId,
            ReleaseId = ReleaseId,
            Revision = 7,
            Application = Application,
            Package = "shop",
            Version = Version,
            State = RolloutStates.AwaitingPromotion,
            WaitingFor = "a person to promote the release",
            HostsReached = true,
            Stages =
            [
                new StageSnapshot
                {
                    Name = "canary",
                    State = StageState.Succeeded,
                    StartedAt = Begin.AddSeconds(63),
                    FinishedAt = Begin.AddSeconds(70),
                    Attempts = 1,
                    Detail = "1 of 1 hosts",
                },
                new StageSnapshot
                {
                    Name = "promotion",
                    State = StageState.Waiting,
                    StartedAt = Begin.AddSeconds(670),
                    Attempts = 1,
                },
            ],
            Hosts =
            [
                new HostSnapshot
                {
                    Name = "canary-1",
                    Channel = Channel.Canary,
                    Step = "canary",
                    State = StageState.Succeeded,
                    Version = Version,
                },
                new HostSnapshot
                {
                    Name = "web-3",
                    Channel = Channel.Production,
                    Step = "wave-1",
                    State = StageState.Pending,
                    Version = Previous,
                },
            ],
        },
        new VersionsKept
        {
            RequestId = RequestId,
            RolloutId = ReleaseId,
            Application = Application,
            Missing = [new ListedVersion("shop", "1.3.9-1769000000.g0d3adb3")],
        },
        new VersionWithdrawn
        {
            RequestId = RequestId,
            RolloutId = ReleaseId,
            Application = Application,
            Suite = "production",
            Package = "shop",
            Version = Version,
            CurrentVersion = Previous,
        },
        new ReleaseChanged
        {
            ReleaseId = ReleaseId,
            Revision = 9,
            Push = Push,
            State = ReleaseStates.Completed,
            Version = Version,
            Output = Output,
            Stages =
            [
                new StageSnapshot
                {
                    Name = "build",
                    State = StageState.Succeeded,
                    StartedAt = Begin,
                    FinishedAt = Begin.AddSeconds(44),
                    Attempts = 1,
                },
            ],
            FinishedAt = Begin.AddMinutes(18),
        },
        new FleetObserved
        {
            Revision = 12,
            ObservedAt = Begin,
            Hosts =
            [
                new FleetHost
                {
                    Name = "canary-1",
                    Address = "10.0.0.11",
                    Channel = Channel.Canary,
                    Role = "app",
                    Applications = ["*"],
                    Transport = "ssh",
                },
            ],
        },
    ];
}
