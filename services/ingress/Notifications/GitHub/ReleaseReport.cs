using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Notifications.GitHub;

/// <summary>Says how the four parts of a release are. Hosts are not counted while they are at work: each of them would be a request.</summary>
internal sealed class ReleaseReport
{
    public const string Build = "build";
    public const string Package = "package";
    public const string Canary = "canary";
    public const string Production = "production";

    private const int LongestSentence = 300;

    private const string PublishStage = "publish";
    private const string SoakStage = "soak";
    private const string PromotionStage = "promotion";
    private const string WavePrefix = "wave-";

    private static readonly string[] CanaryStages = ["preflight", Canary, SoakStage];

    private readonly ReleaseView _release;

    private ReleaseReport(ReleaseView release)
    {
        _release = release;
        Parts = [.. PartsOf()];
    }

    /// <summary>In their order. What was published before has only its deployments, and what does not deploy has none.</summary>
    public IReadOnlyList<ReportedPart> Parts { get; }

    public static ReleaseReport Of(ReleaseView release) => new(release);

    private bool HasEnded => ReleaseStates.IsFinal(_release.State);

    private bool GoesBack => _release.Phase is RolloutStates.RollingBack;

    private IEnumerable<ReportedPart> PartsOf()
    {
        if (_release.Deployment is null)
        {
            yield return OfBuild();
        }

        if (_release.Deployment is null && (_release.Deploys || Stages(IsOfPackage).Any(HasStarted)))
        {
            yield return OfPackage();
        }

        if (_release.Deploys || _release.Deployment is not null)
        {
            yield return OfCanary();
            yield return OfProduction();
        }
    }

    private ReportedPart OfBuild() =>
        Part(
            Build,
            Stages(stage => stage.Name == Build),
            isDone: stages => stages.Any(stage => stage.State == StageState.Succeeded),
            waits: "It waits to be built.",
            works: "script/cisetup and script/cibuild run.",
            done: "script/cisetup and script/cibuild passed."
        );

    private ReportedPart OfPackage() =>
        Part(
            Package,
            Stages(IsOfPackage),
            isDone: stages => stages.Any(stage => stage is { Name: PublishStage, State: StageState.Succeeded }),
            waits: "It waits to be packaged.",
            works: "The Debian package is made and published.",
            done: $"{_release.Application} {_release.Version} is in the repository."
        );

    private ReportedPart OfCanary() =>
        Part(
            Canary,
            Stages(stage => CanaryStages.Contains(stage.Name)),
            isDone: AreHealthy,
            waits: _release.State == ReleaseStates.Held
                ? $"Deployments of {_release.Application} are held."
                : "It waits until the canary hosts can take it.",
            works: "The canary hosts get it and are watched.",
            done: "The canary hosts run it and are healthy."
        );

    /// <summary>A soak that was left out is well, one that was cut short is not; and hosts of production are reached past healthy
    /// canaries only.</summary>
    private bool AreHealthy(IReadOnlyList<StageView> stages) =>
        stages.Any(stage => stage is { Name: Canary, State: StageState.Succeeded })
        && (
            Stages(IsOfProduction).Any(HasStarted)
            || stages.All(stage =>
                stage.State == StageState.Succeeded || (stage.State == StageState.Skipped && !HasStarted(stage))
            )
        );

    private ReportedPart OfProduction() =>
        Part(
            Production,
            Stages(IsOfProduction),
            isDone: stages =>
                _release.State == ReleaseStates.Completed
                && stages.Any(stage =>
                    stage.State == StageState.Succeeded && stage.Name.StartsWith(WavePrefix, StringComparison.Ordinal)
                ),
            waits: "It waits for the canary hosts.",
            works: _release.Phase switch
            {
                RolloutStates.AwaitingPromotion => "The canaries are healthy. Somebody decides whether it goes on.",
                RolloutStates.Paused => $"It is paused, and waits for {_release.WaitingFor ?? "a person"}.",
                _ => WaveAtWork() is { } wave
                    ? $"The production hosts get it: {wave} is at work."
                    : "The production hosts get it, wave by wave.",
            },
            done: "The production hosts run it."
        );

    private string? WaveAtWork() =>
        Stages(stage =>
                stage.State == StageState.Running && stage.Name.StartsWith(WavePrefix, StringComparison.Ordinal)
            )
            .Select(stage => stage.Name.Replace('-', ' '))
            .LastOrDefault();

    private ReportedPart Part(
        string name,
        IReadOnlyList<StageView> stages,
        Func<IReadOnlyList<StageView>, bool> isDone,
        string waits,
        string works,
        string done
    )
    {
        var begun = stages.Where(HasStarted).ToList();
        var part = new ReportedPart(name, ReportedState.Queued, waits)
        {
            StartedAt = begun.Min(stage => stage.StartedAt),
        };
        if (isDone(stages))
        {
            return part with { State = ReportedState.Success, Summary = done };
        }

        if (GoesBack || (HasEnded && !IsBehind(begun)))
        {
            return Ended(part, begun);
        }

        // A build that has failed is not tried again, and people need not wait for what becomes of the release.
        return begun.Count == 0 || begun.All(stage => stage.State == StageState.Waiting && stage.Name == Build)
            ? part
            : part with
            {
                State = ReportedState.InProgress,
                Summary = works,
            };
    }

    /// <summary>What comes of hosts may be heard after what came of their release: nothing of one that has completed is still at
    /// work.</summary>
    private bool IsBehind(List<StageView> begun) =>
        _release.State == ReleaseStates.Completed
        && begun.Exists(stage => stage.State is StageState.Running or StageState.Waiting);

    private ReportedPart Ended(ReportedPart part, List<StageView> begun)
    {
        if (_release.State == ReleaseStates.Superseded)
        {
            return part with { State = ReportedState.Neutral, Summary = "A newer release took its place." };
        }

        if (begun.Count == 0)
        {
            return part with
            {
                State = ReportedState.Neutral,
                Summary =
                    _release.State == ReleaseStates.Completed
                        ? $"There is nothing to do here for {_release.Application}."
                        : "It did not get this far.",
            };
        }

        // What was cut short on purpose is left out; what failed is not.
        var hasFailed =
            begun.Exists(stage => stage.State == StageState.Failed) || _release.State == ReleaseStates.Failed;
        return part with
        {
            State = hasFailed ? ReportedState.Failure : ReportedState.Cancelled,
            Summary =
                PlainText.Line(_release.Failure?.Message, LongestSentence)
                ?? (hasFailed ? "It failed." : "It was stopped."),
            Remedy = PlainText.Line(_release.Failure?.Remedy, LongestSentence),
        };
    }

    private List<StageView> Stages(Func<StageView, bool> which) => [.. _release.Stages.Where(which)];

    private static bool IsOfPackage(StageView stage) => stage.Name is Package or PublishStage;

    private static bool IsOfProduction(StageView stage) =>
        stage.Name == PromotionStage || stage.Name.StartsWith(WavePrefix, StringComparison.Ordinal);

    private static bool HasStarted(StageView stage) => stage.StartedAt is not null;
}
