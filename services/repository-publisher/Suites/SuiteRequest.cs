using Canary.Contracts.Publishing;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Suites;

/// <summary>
/// A request to change a suite, kept with its answer. Messages may come twice and late: a repeated request gets the
/// same answer and changes nothing, and once a rollout has withdrawn a version, no late message of it can bring it
/// back.
/// </summary>
internal sealed class SuiteRequest
{
    public required Guid RequestId { get; init; }

    public required Guid RolloutId { get; init; }

    /// <summary>Not kept: whoever repeats a request says it again.</summary>
    public required string Application { get; init; }

    public required string Suite { get; init; }

    public required string Package { get; init; }

    public required string Version { get; init; }

    /// <summary><c>Phased-Update-Percentage</c>, 0 to 100; <c>null</c>: the version is withdrawn.</summary>
    public int? PhasedPercentage { get; init; }

    /// <summary>What the suite shall list again when the version is withdrawn; in the answer, what it lists of that.</summary>
    public IReadOnlyList<ListedVersion> Restores { get; set; } = [];

    /// <summary>The packages that the request concerns.</summary>
    public IEnumerable<string> Packages =>
        Restores.Select(it => it.Package).Prepend(Package).Distinct(StringComparer.Ordinal);

    /// <summary>Answer: the version offered before an advertisement, or after a withdrawal.</summary>
    public string? OtherVersion { get; set; }

    public DateTimeOffset AnsweredAt { get; set; }

    public bool Withdraws => PhasedPercentage is null;

    /// <summary>Whether it is of no release: <see cref="Listing"/>.</summary>
    public bool IsListing => Version.Length == 0;

    public static SuiteRequest From(AdvertiseVersion command) =>
        new()
        {
            RequestId = command.RequestId,
            RolloutId = command.RolloutId,
            Application = command.Application,
            Suite = command.Suite,
            Package = command.Package,
            Version = command.Version,
            PhasedPercentage = command.PhasedPercentage,
        };

    public static SuiteRequest From(WithdrawVersion command) =>
        new()
        {
            RequestId = command.RequestId,
            RolloutId = command.RolloutId,
            Application = command.Application,
            Suite = command.Suite,
            Package = command.Package,
            Version = command.Version,
            Restores = command.Restores,
        };

    /// <summary>Lists versions as a withdrawal does, and withdraws none: the first is what the suite offers then.</summary>
    public static SuiteRequest Listing(
        string application,
        string suite,
        string package,
        IReadOnlyList<ListedVersion> versions
    ) =>
        new()
        {
            RequestId = Guid.NewGuid(),
            RolloutId = Guid.NewGuid(),
            Application = application,
            Suite = suite,
            Package = package,
            Version = "",
            Restores = versions,
        };

    /// <summary>The event that reports the answer.</summary>
    public object ToAnswer(string application) =>
        PhasedPercentage is { } percentage
            ? new VersionAdvertised
            {
                RequestId = RequestId,
                RolloutId = RolloutId,
                Application = application,
                Suite = Suite,
                Package = Package,
                Version = Version,
                PhasedPercentage = percentage,
                PreviousVersion = OtherVersion,
            }
            : new VersionWithdrawn
            {
                RequestId = RequestId,
                RolloutId = RolloutId,
                Application = application,
                Suite = Suite,
                Package = Package,
                Version = Version,
                CurrentVersion = OtherVersion,
                Restored = Restores,
            };

    /// <summary>The event that says that it cannot be carried out.</summary>
    public AdvertisingFailed ToFailure(CanaryException reason) =>
        new()
        {
            RequestId = RequestId,
            RolloutId = RolloutId,
            Application = Application,
            Failure = reason.ToFailure(),
        };
}
