using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Releases;

/// <summary>The life of a release. Its graph is in <c>docs/sagas/release.md</c>.</summary>
internal sealed class ReleaseStateMachine : MassTransitStateMachine<ReleaseState>
{
    public ReleaseStateMachine(IOptions<ReleaseOptions> options, TimeProvider time)
    {
        var deadlines = new Deadlines(options.Value, time);
        bool IsEarly(BehaviorContext<ReleaseState, ReleaseDeadline> context) => deadlines.IsEarly(context.Saga);
        bool MayAskAgain(BehaviorContext<ReleaseState, ReleaseDeadline> context) => deadlines.MayAskAgain(context.Saga);
        bool HasGivenUp(BehaviorContext<ReleaseState, ReleaseDeadline> context) => deadlines.HasGivenUp(context.Saga);

        InstanceState(release => release.CurrentState);
        CorrelateEvents();

        Initially(
            When(Started, IsOutdated).RememberPush().RememberSuccessor().TransitionTo(Superseded),
            When(Started, IsNewest).RememberPush().SupersedePredecessor().TransitionTo(Building)
        );

        WhenEnter(
            Building,
            release =>
                release
                    .StartStage(Stages.Build, deadlines)
                    .AskForBuild()
                    .PublishRelease()
                    .SetDeadline(Deadline, deadlines)
        );
        During(
            Building,
            When(BuildPassed, Deploys).EndStage(Stages.Build, deadlines).TransitionTo(Packaging),
            When(BuildPassed, OnlyBuilds).EndStage(Stages.Build, deadlines).TransitionTo(Completed),
            When(BuildDidNotPass).FailStage(x => x.Failure, deadlines).TransitionTo(Failed),
            When(NewerCommitArrived).RememberSuccessor().CancelBuild().TransitionTo(Superseded),
            When(RollBackRequested).CancelBuild().Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(AbortRequested).CancelBuild().Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(Deadline.Received, IsEarly)
                .SupersedePredecessor()
                .AskForBuild()
                .PublishAgain()
                .SetDeadline(Deadline, deadlines),
            When(Deadline.Received, MayAskAgain)
                .CountAttempt()
                .AskForBuild()
                .PublishAgain()
                .SetDeadline(Deadline, deadlines),
            When(Deadline.Received, HasGivenUp).CancelBuild().GiveUpOn("build", deadlines).TransitionTo(Failed),
            When(Started).PublishAgain(),
            Ignore(PromoteRequested)
        );

        WhenEnter(
            Packaging,
            release =>
                release
                    .StartStage(Stages.Package, deadlines)
                    .AskForPackage()
                    .PublishRelease()
                    .SetDeadline(Deadline, deadlines)
        );
        During(
            Packaging,
            When(PackageMade).RememberPackage().EndStage(Stages.Package, deadlines).TransitionTo(Publishing),
            When(PackageCouldNotBeMade).FailStage(x => x.Failure, deadlines).TransitionTo(Failed),
            When(NewerCommitArrived).RememberSuccessor().CancelPackage().TransitionTo(Superseded),
            When(RollBackRequested).CancelPackage().Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(AbortRequested).CancelPackage().Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(Deadline.Received, IsEarly).AskForPackage().PublishAgain().SetDeadline(Deadline, deadlines),
            When(Deadline.Received, MayAskAgain)
                .CountAttempt()
                .AskForPackage()
                .PublishAgain()
                .SetDeadline(Deadline, deadlines),
            When(Deadline.Received, HasGivenUp).CancelPackage().GiveUpOn("package", deadlines).TransitionTo(Failed),
            When(Started).PublishAgain(),
            Ignore(PromoteRequested),
            Ignore(BuildPassed),
            Ignore(BuildDidNotPass)
        );

        WhenEnter(
            Publishing,
            release =>
                release
                    .StartStage(Stages.Publish, deadlines)
                    .AskForPublication()
                    .PublishRelease()
                    .SetDeadline(Deadline, deadlines)
        );
        During(
            Publishing,
            When(PackageIsInPool).EndStage(Stages.Publish, deadlines).TransitionTo(RollingOut),
            When(PackageIsNotInPool).FailStage(x => x.Failure, deadlines).TransitionTo(Failed),
            When(NewerCommitArrived).RememberSuccessor().TransitionTo(Superseded),
            When(RollBackRequested).Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(AbortRequested).Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(Deadline.Received, IsEarly).AskForPublication().PublishAgain().SetDeadline(Deadline, deadlines),
            When(Deadline.Received, MayAskAgain)
                .CountAttempt()
                .AskForPublication()
                .PublishAgain()
                .SetDeadline(Deadline, deadlines),
            When(Deadline.Received, HasGivenUp).GiveUpOn("publication", deadlines).TransitionTo(Failed),
            When(Started).PublishAgain(),
            Ignore(PromoteRequested),
            Ignore(BuildPassed),
            Ignore(BuildDidNotPass),
            Ignore(PackageMade),
            Ignore(PackageCouldNotBeMade)
        );

        WhenEnter(
            RollingOut,
            release => release.StartWaiting().AskForRollout().PublishRelease().SetDeadline(Deadline, deadlines)
        );
        During(
            RollingOut,
            When(RolloutMoved, IsUnderWay).NoteRollout().RepeatDecisionThatApplies(),
            When(RolloutMoved, HasState(RolloutStates.Completed)).TransitionTo(Completed),
            When(RolloutMoved, HasState(RolloutStates.RolledBack)).RememberFailure().TransitionTo(RolledBack),
            When(RolloutMoved, HasState(RolloutStates.Failed)).RememberFailure().TransitionTo(Failed),
            When(RolloutMoved, HasState(RolloutStates.Superseded)).TransitionTo(Superseded),
            When(NewerCommitArrived).RememberSuccessor().SupersedeRollout(),
            When(PromoteRequested, IsNotGoingBack).DecideToPromote(x => x.By).SendDecision(),
            When(RollBackRequested).DecideToRollBack(x => x.By, x => x.Reason).SendDecision(),
            When(AbortRequested).DecideToRollBack(x => x.By, x => x.Reason).SendDecision(),
            When(Deadline.Received, IsEarly)
                .AskForRollout()
                .SupersedeRollout()
                .SendDecision()
                .PublishAgain()
                .SetDeadline(Deadline, deadlines),
            When(Deadline.Received, MayAskAgain)
                .CountAttempt()
                .AskForRollout()
                .SupersedeRollout()
                .SendDecision()
                .PublishAgain()
                .SetDeadline(Deadline, deadlines),
            When(Deadline.Received, HasGivenUp).GiveUpOn("rollout", deadlines).TransitionTo(Failed),
            When(Started).PublishAgain(),
            Ignore(BuildPassed),
            Ignore(BuildDidNotPass),
            Ignore(PackageMade),
            Ignore(PackageCouldNotBeMade),
            Ignore(PackageIsInPool),
            Ignore(PackageIsNotInPool)
        );

        foreach (var end in (State[])[Completed, Failed, RolledBack, Superseded])
        {
            WhenEnter(end, release => release.Finish(deadlines).PublishRelease().SetDeadline(Deadline, deadlines));
            During(
                end,
                When(Acknowledged, IsLatestRevision).Unschedule(Deadline),
                When(Deadline.Received, IsEarly).PublishAgain().SetDeadline(Deadline, deadlines),
                When(Deadline.Received, MayAskAgain).CountAttempt().PublishAgain().SetDeadline(Deadline, deadlines),
                When(Started).PublishAgain(),
                Ignore(BuildPassed),
                Ignore(BuildDidNotPass),
                Ignore(PackageMade),
                Ignore(PackageCouldNotBeMade),
                Ignore(PackageIsInPool),
                Ignore(PackageIsNotInPool),
                Ignore(RolloutMoved),
                Ignore(NewerCommitArrived),
                Ignore(PromoteRequested),
                Ignore(RollBackRequested),
                Ignore(AbortRequested)
            );
        }
    }

    public State Building { get; private set; } = null!;

    public State Packaging { get; private set; } = null!;

    public State Publishing { get; private set; } = null!;

    public State RollingOut { get; private set; } = null!;

    public State Completed { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State RolledBack { get; private set; } = null!;

    public State Superseded { get; private set; } = null!;

    public Event<StartRelease> Started { get; private set; } = null!;

    public Event<SupersedeRelease> NewerCommitArrived { get; private set; } = null!;

    public Event<BuildSucceeded> BuildPassed { get; private set; } = null!;

    public Event<BuildFailed> BuildDidNotPass { get; private set; } = null!;

    public Event<PackageBuilt> PackageMade { get; private set; } = null!;

    public Event<PackagingFailed> PackageCouldNotBeMade { get; private set; } = null!;

    public Event<PackagePublished> PackageIsInPool { get; private set; } = null!;

    public Event<PublishingFailed> PackageIsNotInPool { get; private set; } = null!;

    public Event<RolloutChanged> RolloutMoved { get; private set; } = null!;

    public Event<PromoteRelease> PromoteRequested { get; private set; } = null!;

    public Event<RollBackRelease> RollBackRequested { get; private set; } = null!;

    public Event<AbortRelease> AbortRequested { get; private set; } = null!;

    public Event<AcknowledgeRelease> Acknowledged { get; private set; } = null!;

    public Schedule<ReleaseState, ReleaseDeadline> Deadline { get; private set; } = null!;

    private void CorrelateEvents()
    {
        Event(() => Started, e => e.CorrelateById(x => x.Message.ReleaseId));
        // A newer push can overtake the start of the older one: the message is retried until the release is there.
        Event(() => NewerCommitArrived, e => Find(e, x => x.ReleaseId));
        Event(() => BuildPassed, e => Find(e, x => x.ReleaseId));
        Event(() => BuildDidNotPass, e => Find(e, x => x.ReleaseId));
        Event(() => PackageMade, e => Find(e, x => x.ReleaseId));
        Event(() => PackageCouldNotBeMade, e => Find(e, x => x.ReleaseId));
        Event(() => PackageIsInPool, e => Find(e, x => x.ReleaseId));
        Event(() => PackageIsNotInPool, e => Find(e, x => x.ReleaseId));
        Event(() => RolloutMoved, e => Find(e, x => x.ReleaseId));
        Event(() => PromoteRequested, e => Find(e, x => x.ReleaseId));
        Event(() => RollBackRequested, e => Find(e, x => x.ReleaseId));
        Event(() => AbortRequested, e => Find(e, x => x.ReleaseId));
        Event(() => Acknowledged, e => Find(e, x => x.ReleaseId));
        Schedule(
            () => Deadline,
            release => release.DeadlineToken,
            schedule => schedule.Received = e => Find(e, x => x.ReleaseId)
        );
    }

    private static void Find<T>(IEventCorrelationConfigurator<ReleaseState, T> configurator, Func<T, Guid> id)
        where T : class => configurator.CorrelateById(x => id(x.Message)).OnMissingInstance(missing => missing.Fault());

    private static bool IsOutdated(BehaviorContext<ReleaseState, StartRelease> context) =>
        context.Message.SupersededBy is not null;

    private static bool IsNewest(BehaviorContext<ReleaseState, StartRelease> context) => !IsOutdated(context);

    private static bool Deploys(BehaviorContext<ReleaseState, BuildSucceeded> context) => context.Saga.Push.Deploys;

    private static bool OnlyBuilds(BehaviorContext<ReleaseState, BuildSucceeded> context) => !Deploys(context);

    private static bool IsUnderWay(BehaviorContext<ReleaseState, RolloutChanged> context) =>
        !RolloutStates.IsFinal(context.Message.State) && context.Message.Revision >= context.Saga.RolloutRevision;

    private static StateMachineCondition<ReleaseState, RolloutChanged> HasState(string state) =>
        context => context.Message.State == state;

    private static bool IsNotGoingBack(BehaviorContext<ReleaseState, PromoteRelease> context) =>
        context.Saga.Decision is not { RollsBack: true };

    private static bool IsLatestRevision(BehaviorContext<ReleaseState, AcknowledgeRelease> context) =>
        context.Message.Revision == context.Saga.Revision;
}

/// <summary>What the machine does, one message or a few fields at a time.</summary>
file static class Verbs
{
    public static EventActivityBinder<ReleaseState, StartRelease> RememberPush(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.Push = context.Message.Push;
            context.Saga.Supersedes = context.Message.Supersedes;
            context.Saga.Stages = Stages.AllPending();
        });

    public static EventActivityBinder<ReleaseState, StartRelease> RememberSuccessor(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) => binder.Then(context => context.Saga.Successor = context.Message.SupersededBy);

    public static EventActivityBinder<ReleaseState, SupersedeRelease> RememberSuccessor(
        this EventActivityBinder<ReleaseState, SupersedeRelease> binder
    ) => binder.Then(context => context.Saga.Successor = context.Message.SupersededBy);

    public static EventActivityBinder<ReleaseState, T> SupersedePredecessor<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class =>
        binder.If(
            context => context.Saga.Supersedes is not null,
            then =>
                then.SendCommand(context => new SupersedeRelease
                {
                    ReleaseId = context.Saga.Supersedes!.Value,
                    SupersededBy = context.Saga.CorrelationId,
                })
        );

    public static EventActivityBinder<ReleaseState> StartStage(
        this EventActivityBinder<ReleaseState> binder,
        string stage,
        Deadlines deadlines
    ) => binder.StartWaiting().Then(context => context.Saga.Start(stage, deadlines.Now));

    public static EventActivityBinder<ReleaseState> StartWaiting(this EventActivityBinder<ReleaseState> binder) =>
        binder.Then(context => context.Saga.Attempts = 1);

    public static EventActivityBinder<ReleaseState, T> EndStage<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        string stage,
        Deadlines deadlines
    )
        where T : class => binder.Then(context => context.Saga.End(stage, StageState.Succeeded, deadlines.Now));

    public static EventActivityBinder<ReleaseState, T> FailStage<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Func<T, Failure> failure,
        Deadlines deadlines
    )
        where T : class =>
        binder.Then(context =>
        {
            context.Saga.Failure = failure(context.Message);
            context.Saga.EndOpenOnes(StageState.Failed, deadlines.Now);
        });

    public static EventActivityBinder<ReleaseState, T> GiveUpOn<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        string what,
        Deadlines deadlines
    )
        where T : class =>
        binder.Then(context =>
        {
            context.Saga.Failure = new Failure
            {
                Code = $"{what}-lost",
                Message =
                    $"The {what} of {context.Saga.Push.Application} was asked for {context.Saga.Attempts} times and gave no answer.",
                Remedy =
                    "Look at the health and the log of the service that does it, then push a commit to start again.",
            };
            context.Saga.EndOpenOnes(StageState.Failed, deadlines.Now);
        });

    public static EventActivityBinder<ReleaseState, T> Abort<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Func<T, string> by,
        Func<T, string?> reason
    )
        where T : class =>
        binder.Then(context =>
            context.Saga.Failure = new Failure
            {
                Code = "aborted",
                Message =
                    $"{by(context.Message)} stopped the release before it reached a host"
                    + (reason(context.Message) is { Length: > 0 } words ? $": {words}" : "."),
                Remedy = "Nothing is left to undo. Push a commit to start again.",
            }
        );

    public static EventActivityBinder<ReleaseState, PackageBuilt> RememberPackage(
        this EventActivityBinder<ReleaseState, PackageBuilt> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.Package = context.Message.Package;
            context.Saga.Plan = context.Message.Plan;
        });

    public static EventActivityBinder<ReleaseState, RolloutChanged> NoteRollout(
        this EventActivityBinder<ReleaseState, RolloutChanged> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.RolloutRevision = context.Message.Revision;
            context.Saga.Attempts = 0;
            if (context.Saga.Decision?.HasTakenEffectIn(context.Message.State) == true)
            {
                context.Saga.Decision = null;
            }
        });

    public static EventActivityBinder<ReleaseState, RolloutChanged> RememberFailure(
        this EventActivityBinder<ReleaseState, RolloutChanged> binder
    ) => binder.Then(context => context.Saga.Failure = context.Message.Failure);

    public static EventActivityBinder<ReleaseState, T> DecideToPromote<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Func<T, string> by
    )
        where T : class =>
        binder.Then(context => context.Saga.Decision = new Decision { RollsBack = false, By = by(context.Message) });

    public static EventActivityBinder<ReleaseState, T> DecideToRollBack<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Func<T, string> by,
        Func<T, string?> reason
    )
        where T : class =>
        binder.Then(context =>
            context.Saga.Decision = new Decision
            {
                RollsBack = true,
                By = by(context.Message),
                Reason = reason(context.Message),
            }
        );

    public static EventActivityBinder<ReleaseState> Finish(
        this EventActivityBinder<ReleaseState> binder,
        Deadlines deadlines
    ) =>
        binder
            .StartWaiting()
            .Then(context =>
            {
                context.Saga.FinishedAt = deadlines.Now;
                context.Saga.Decision = null;
                context.Saga.EndOpenOnes(StageState.Skipped, deadlines.Now);
            });

    public static EventActivityBinder<ReleaseState, T> CountAttempt<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class =>
        binder.Then(context =>
        {
            context.Saga.Attempts++;
            context.Saga.CountAttempt();
        });

    public static EventActivityBinder<ReleaseState> AskForBuild(this EventActivityBinder<ReleaseState> binder) =>
        binder.ThenAsync(context => context.SendCommand(BuildOf(context.Saga)));

    public static EventActivityBinder<ReleaseState, T> AskForBuild<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.SendCommand(context => BuildOf(context.Saga));

    public static EventActivityBinder<ReleaseState, T> CancelBuild<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class =>
        binder.SendCommand(context => new CancelBuild { JobId = JobIds.Build(context.Saga.CorrelationId) });

    public static EventActivityBinder<ReleaseState> AskForPackage(this EventActivityBinder<ReleaseState> binder) =>
        binder.ThenAsync(context => context.SendCommand(PackageOf(context.Saga)));

    public static EventActivityBinder<ReleaseState, T> AskForPackage<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class => binder.SendCommand(context => PackageOf(context.Saga));

    public static EventActivityBinder<ReleaseState, T> CancelPackage<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class =>
        binder.SendCommand(context => new CancelPackage { JobId = JobIds.Package(context.Saga.CorrelationId) });

    public static EventActivityBinder<ReleaseState> AskForPublication(this EventActivityBinder<ReleaseState> binder) =>
        binder.ThenAsync(context => context.SendCommand(PublicationOf(context.Saga)));

    public static EventActivityBinder<ReleaseState, T> AskForPublication<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class => binder.SendCommand(context => PublicationOf(context.Saga));

    public static EventActivityBinder<ReleaseState> AskForRollout(this EventActivityBinder<ReleaseState> binder) =>
        binder.ThenAsync(context => context.SendCommand(RolloutOf(context.Saga)));

    public static EventActivityBinder<ReleaseState, T> AskForRollout<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class => binder.SendCommand(context => RolloutOf(context.Saga));

    public static EventActivityBinder<ReleaseState, T> SupersedeRollout<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class =>
        binder.If(
            context => context.Saga.Successor is not null,
            then => then.SendCommand(context => new SupersedeRollout { RolloutId = context.Saga.CorrelationId })
        );

    public static EventActivityBinder<ReleaseState, T> SendDecision<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class =>
        binder
            .If(
                context => context.Saga.Decision is { RollsBack: false },
                then =>
                    then.SendCommand(context => new PromoteRollout
                    {
                        RolloutId = context.Saga.CorrelationId,
                        By = context.Saga.Decision!.By,
                    })
            )
            .If(
                context => context.Saga.Decision is { RollsBack: true },
                then =>
                    then.SendCommand(context => new RollBackRollout
                    {
                        RolloutId = context.Saga.CorrelationId,
                        By = context.Saga.Decision!.By,
                        Reason = context.Saga.Decision.Reason,
                    })
            );

    /// <summary>The rollout may have heard of the decision before it could act on it, or before it began.</summary>
    public static EventActivityBinder<ReleaseState, RolloutChanged> RepeatDecisionThatApplies(
        this EventActivityBinder<ReleaseState, RolloutChanged> binder
    ) =>
        binder.If(
            context => context.Saga.Decision?.AppliesTo(context.Message.State) == true,
            then => then.SendDecision()
        );

    public static EventActivityBinder<ReleaseState> PublishRelease(this EventActivityBinder<ReleaseState> binder) =>
        binder.ThenAsync(context =>
        {
            context.Saga.Revision++;
            return context.Publish(SnapshotOf(context.Saga));
        });

    /// <summary>Who reads snapshots may have lost the last one, and the next may be days away.</summary>
    public static EventActivityBinder<ReleaseState, T> PublishAgain<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.PublishEvent(context => SnapshotOf(context.Saga));

    public static EventActivityBinder<ReleaseState> SetDeadline(
        this EventActivityBinder<ReleaseState> binder,
        Schedule<ReleaseState, ReleaseDeadline> schedule,
        Deadlines deadlines
    ) =>
        binder
            .Then(context => context.Saga.DeadlineAt = deadlines.Next(context.Saga))
            .Schedule(
                schedule,
                context => new ReleaseDeadline { ReleaseId = context.Saga.CorrelationId },
                context => context.Saga.DeadlineAt.UtcDateTime
            );

    public static EventActivityBinder<ReleaseState, T> SetDeadline<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Schedule<ReleaseState, ReleaseDeadline> schedule,
        Deadlines deadlines
    )
        where T : class =>
        binder
            .Then(context => context.Saga.DeadlineAt = deadlines.Next(context.Saga))
            .Schedule(
                schedule,
                context => new ReleaseDeadline { ReleaseId = context.Saga.CorrelationId },
                context => context.Saga.DeadlineAt.UtcDateTime
            );

    private static StartBuild BuildOf(ReleaseState release) =>
        new()
        {
            JobId = JobIds.Build(release.CorrelationId),
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Source = release.Push.Source,
        };

    private static BuildPackage PackageOf(ReleaseState release) =>
        new()
        {
            JobId = JobIds.Package(release.CorrelationId),
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Source = release.Push.Source,
        };

    private static PublishPackage PublicationOf(ReleaseState release) =>
        new()
        {
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Package = release.Package!,
        };

    private static StartRollout RolloutOf(ReleaseState release) =>
        new()
        {
            RolloutId = release.CorrelationId,
            ReleaseId = release.CorrelationId,
            Application = release.Push.Application,
            Package = release.Package!,
            Plan = release.Plan!,
            ReceivedAt = release.Push.ReceivedAt,
        };

    private static ReleaseChanged SnapshotOf(ReleaseState release) =>
        new()
        {
            ReleaseId = release.CorrelationId,
            Revision = release.Revision,
            Push = release.Push,
            State = release.CurrentState,
            Version = release.Package?.Version,
            Stages = release.Stages,
            Failure = release.Failure,
            SupersededBy = release.CurrentState == ReleaseStates.Superseded ? release.Successor : null,
            FinishedAt = release.FinishedAt,
        };
}
