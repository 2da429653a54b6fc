using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Durability.Sagas;
using MassTransit;

namespace Canary.CiCoordinator.Releases;

/// <summary>What each state of a release wants to know. Every time it asks, the release says again how far it is: who reads that may
/// have lost the last time, and the next may be days away.</summary>
internal static class ReleaseQuestions
{
    public static Question<ReleaseState> Place { get; } =
        new()
        {
            Of = "the repository",
            Ask = context => AskAsync(context, PlaceOf(context.Saga)),
            Every = context => BackOff.Of(context.Saga, context.Settings<ReleaseOptions>().AdmissionDeadline),
            AtMost = context => context.Settings<ReleaseOptions>().AdmissionAttempts,
            Answers = [typeof(StartRelease), typeof(AdmissionDelayed)],
        };

    public static Question<ReleaseState> Build { get; } =
        new()
        {
            Of = "the build",
            Ask = async context =>
            {
                await SupersedePredecessorAsync(context);
                await AskAsync(context, BuildOf(context.Saga));
            },
            Every = context => context.Settings<ReleaseOptions>().BuildDeadline,
            AtMost = context => context.Settings<ReleaseOptions>().BuildAttempts,
            Answers = [typeof(BuildSucceeded), typeof(BuildFailed)],
        };

    public static Question<ReleaseState> Package { get; } =
        new()
        {
            Of = "the packager",
            Ask = context => AskAsync(context, PackageOf(context.Saga)),
            Every = context => context.Settings<ReleaseOptions>().PackageDeadline,
            AtMost = context => context.Settings<ReleaseOptions>().PackageAttempts,
            Answers = [typeof(PackageBuilt), typeof(PackagingFailed)],
        };

    public static Question<ReleaseState> Publication { get; } =
        new()
        {
            Of = "the repository publisher",
            Ask = context => AskAsync(context, PublicationOf(context.Saga)),
            Every = context => context.Settings<ReleaseOptions>().PublishDeadline,
            AtMost = context => context.Settings<ReleaseOptions>().PublishAttempts,
            Answers = [typeof(PackagePublished), typeof(PublishingFailed)],
        };

    /// <summary>The lane's row answers it, at every deadline; a message only makes that sooner.</summary>
    public static Question<ReleaseState> Resumption { get; } =
        new()
        {
            Of = "a person",
            Ask = async context =>
            {
                await SupersedePredecessorAsync(context);
                await PublishAsync(context);
            },
            Every = context => context.Settings<ReleaseOptions>().RolloutDeadline,
            Answers = [typeof(ContinueRelease)],
        };

    public static Question<ReleaseState> Rollout { get; } =
        new()
        {
            Of = "the rollout",
            Ask = async context =>
            {
                if (context.Saga.SkipsBuild)
                {
                    await SupersedePredecessorAsync(context);
                }
                await AskAsync(context, RolloutOf(context.Saga));
                await SendDecisionsAsync(context);
            },
            Every = context => context.Settings<ReleaseOptions>().RolloutDeadline,
            AtMost = context => context.Settings<ReleaseOptions>().RolloutAttempts,
            Answers = [typeof(RolloutChanged)],
        };

    public static Question<ReleaseState> Acknowledgement { get; } =
        new()
        {
            Of = "ingress",
            Ask = PublishAsync,
            Every = context => BackOff.Of(context.Saga, context.Settings<ReleaseOptions>().AcknowledgementDeadline),
            AtMost = context => context.Settings<ReleaseOptions>().AcknowledgementAttempts,
            Answers = [typeof(AcknowledgeRelease)],
        };

    /// <summary>Forwards what a newer commit or a person decided and the rollout has not shown yet.</summary>
    public static async Task SendDecisionsAsync(BehaviorContext<ReleaseState> context)
    {
        var release = context.Saga;
        if (release.Successor is not null)
        {
            await context.SendCommand(new SupersedeRollout { RolloutId = release.CorrelationId });
        }
        if (release.Decision is { RollsBack: true } rollback)
        {
            await context.SendCommand(
                new RollBackRollout
                {
                    RolloutId = release.CorrelationId,
                    By = rollback.By,
                    Reason = rollback.Reason,
                }
            );
        }
        else if (release.Decision is { } promotion)
        {
            await context.SendCommand(new PromoteRollout { RolloutId = release.CorrelationId, By = promotion.By });
        }
    }

    public static Task PublishAsync(BehaviorContext<ReleaseState> context) =>
        context.Publish(SnapshotOf(context.Saga), context.CancellationToken);

    public static AdmitPush PlaceOf(ReleaseState release) =>
        new() { ReleaseId = release.CorrelationId, Push = release.Push };

    private static async Task AskAsync<T>(BehaviorContext<ReleaseState> context, T command)
        where T : class
    {
        context.Saga.NoteAttempts();
        await context.SendCommand(command);
        await PublishAsync(context);
    }

    private static Task SupersedePredecessorAsync(BehaviorContext<ReleaseState> context) =>
        context.Saga.Supersedes is { } predecessor
            ? context.SendCommand(
                new SupersedeRelease { ReleaseId = predecessor, SupersededBy = context.Saga.CorrelationId }
            )
            : Task.CompletedTask;

    private static StartBuild BuildOf(ReleaseState release) =>
        new()
        {
            JobId = JobIds.Build(release.CorrelationId),
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Source = release.Push.Source,
            Deploys = release.Push.Deploys,
        };

    private static BuildPackage PackageOf(ReleaseState release) =>
        new()
        {
            JobId = JobIds.Package(release.CorrelationId),
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Source = release.Push.Source,
            Output = release.Output,
        };

    private static PublishPackage PublicationOf(ReleaseState release) =>
        new()
        {
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Package = release.Package!,
            // What was built elsewhere is of no repository.
            Repository = release.Push.Upload is null ? release.Push.Source.Repository : null,
            IsApplicationConfigured = release.Push.IsApplicationConfigured,
        };

    private static StartRollout RolloutOf(ReleaseState release) =>
        new()
        {
            RolloutId = release.CorrelationId,
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Package = release.Package!,
            Plan = release.Plan!,
            Number = release.Number,
            IsFast = release.Deployment?.IsFast ?? false,
            Promotes = release.Push.Promotes,
            Author = release.Deployment?.By ?? release.Push.Author ?? release.Push.Pusher,
            GoesBack = release.Deployment?.Undoes is not null,
            // What was published before has had its turn: a migration is not made again on the way back.
            SkipsPreDeploy = release.Push.SkipsPreDeploy || release.Deployment is not null,
            By = release.Deployment?.By ?? (release.Push.IsRequested ? release.Push.Pusher : null),
        };

    private static ReleaseChanged SnapshotOf(ReleaseState release) =>
        new()
        {
            ReleaseId = release.CorrelationId,
            Revision = release.Revision,
            Push = release.Push,
            Number = release.Number,
            Deployment = release.Deployment,
            WaitingFor = release.WaitingFor,
            State = release.CurrentState,
            Version = release.Package?.Version,
            Output = release.Output,
            Stages = release.Stages,
            Failure = release.Failure,
            SupersededBy = release.CurrentState == ReleaseStates.Superseded ? release.Successor : null,
            FinishedAt = release.FinishedAt,
        };
}
