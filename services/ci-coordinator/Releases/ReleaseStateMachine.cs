using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Durability.Sagas;
using Canary.Files;
using MassTransit;

namespace Canary.CiCoordinator.Releases;

/// <summary>The life of a release. Its graph is in <c>docs/sagas/release.md</c>.</summary>
internal sealed class ReleaseStateMachine : AskingStateMachine<ReleaseState, ReleaseDeadline>
{
    public ReleaseStateMachine()
        : base(id => new ReleaseDeadline { ReleaseId = id }, deadline => deadline.ReleaseId)
    {
        DeclareMessages();
        State[] beforeRollout = [Admitting, Building, Packaging, Publishing, Held];
        State[] ends = [Completed, Failed, RolledBack, Superseded];
        State[] admitted = [Building, Packaging, Publishing, Held, RollingOut, .. ends];

        Initially(When(Pushed).RememberPush().TransitionTo(Admitting));

        WhenEnter(Admitting, release => release.CountChange());
        Asks(Admitting, ReleaseQuestions.Place, orElse: x => x.GiveUpOnPlace().TransitionTo(Failed));
        During(
            Admitting,
            When(Started, IsRefused).TakePlace().Refuse().TransitionTo(Failed),
            When(Started, IsOutdated).TakePlace().RememberSuccessor().TransitionTo(Superseded),
            When(Started, IsPublishedAlready).TakePlace().SkipStages().TransitionTo(Publishing),
            When(Started, IsBuiltElsewhere).TakePlace().TakePackage().TransitionTo(Publishing),
            When(Started, IsNewest).TakePlace().TransitionTo(Building),
            WaitOn(When(Delayed).NoteDelay().PublishChange(), ReleaseQuestions.Place.Every),
            When(Pushed).PublishAgain()
        );

        WhenEnter(Building, release => release.StartStage(Stages.Build).CountChange());
        Asks(
            Building,
            ReleaseQuestions.Build,
            orElse: x => x.CancelWork().GiveUpOn("build").TransitionTo(Failed),
            judge: GiveWay
        );
        During(
            Building,
            When(BuildPassed, Deploys).RememberOutput().EndStage(Stages.Build).TransitionTo(Packaging),
            When(BuildPassed, OnlyBuilds).EndStage(Stages.Build).TransitionTo(Completed),
            When(BuildDidNotPass).FailStage(x => x.Failure).TransitionTo(Failed)
        );

        WhenEnter(Packaging, release => release.StartStage(Stages.Package).CountChange());
        Asks(
            Packaging,
            ReleaseQuestions.Package,
            orElse: x => x.CancelWork().GiveUpOn("package").TransitionTo(Failed),
            judge: GiveWay
        );
        During(
            Packaging,
            When(PackageMade).RememberPackage().EndStage(Stages.Package).TransitionTo(Publishing),
            When(PackageCouldNotBeMade).FailStage(x => x.Failure).TransitionTo(Failed)
        );

        WhenEnter(Publishing, release => release.StartStage(Stages.Publish).CountChange());
        Asks(
            Publishing,
            ReleaseQuestions.Publication,
            orElse: x => x.GiveUpOn("publication").TransitionTo(Failed),
            judge: GiveWay
        );
        During(
            Publishing,
            When(PackageIsInPool)
                .EndStage(Stages.Publish)
                .JudgeHold()
                .IfElse(IsHeld, x => x.TransitionTo(Held), x => x.TransitionTo(RollingOut)),
            When(PackageIsNotInPool)
                .IfElse(
                    IsOfLongAgo,
                    gone => gone.PlanStages().TransitionTo(Building),
                    failed => failed.FailStage(x => x.Failure).TransitionTo(Failed)
                )
        );

        WhenEnter(Held, release => release.CountChange());
        Asks(
            Held,
            ReleaseQuestions.Resumption,
            orElse: x => x.TransitionTo(RollingOut),
            judge: x =>
                x.JudgePlace()
                    .IfElse(
                        HasSuccessor,
                        old => old.TransitionTo(Superseded),
                        newest => newest.JudgeHold().If(IsNotHeld, free => free.TransitionTo(RollingOut))
                    )
        );
        During(Held, When(Continued).JudgeHold().If(IsNotHeld, x => x.TransitionTo(RollingOut)));

        During(
            beforeRollout,
            When(NewerCommitArrived).RememberSuccessor().CancelWork().TransitionTo(Superseded),
            When(RollBackRequested).CancelWork().Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            When(AbortRequested).CancelWork().Abort(x => x.By, x => x.Reason).TransitionTo(Failed),
            // There is nothing to promote yet.
            Ignore(PromoteRequested)
        );

        WhenEnter(RollingOut, release => release.CountChange());
        Asks(
            RollingOut,
            ReleaseQuestions.Rollout,
            orElse: x => x.GiveUpOn("rollout").TransitionTo(Failed),
            judge: x => x.JudgePlace()
        );
        During(
            RollingOut,
            When(RolloutMoved, IsUnderWay).NoteRollout().RepeatDecisionThatApplies(),
            When(RolloutMoved, HasState(RolloutStates.Completed)).TransitionTo(Completed),
            When(RolloutMoved, HasState(RolloutStates.RolledBack)).RememberFailure().TransitionTo(RolledBack),
            When(RolloutMoved, HasState(RolloutStates.Failed)).RememberFailure().TransitionTo(Failed),
            When(RolloutMoved, HasState(RolloutStates.Superseded)).TransitionTo(Superseded),
            When(NewerCommitArrived).RememberSuccessor().AskRollout(),
            When(PromoteRequested, IsNotGoingBack).DecideToPromote(x => x.By).AskRollout(),
            When(RollBackRequested).DecideToRollBack(x => x.By, x => x.Reason).HoldApplication().AskRollout(),
            When(AbortRequested).DecideToRollBack(x => x.By, x => x.Reason).AskRollout()
        );

        foreach (var end in ends)
        {
            WhenEnter(end, release => release.Finish().CountChange());
            Asks(end, ReleaseQuestions.Acknowledgement);
        }
        During(
            ends,
            When(Acknowledged, IsLatestRevision).Unschedule(Deadline),
            // Decisions that came too late.
            Ignore(NewerCommitArrived),
            Ignore(PromoteRequested),
            Ignore(RollBackRequested),
            Ignore(AbortRequested)
        );

        // A push that comes again may be a delivery that is repeated, or a branch that was set back: the lane knows.
        During(admitted, When(Pushed).AskForPlaceAgain().PublishAgain());
        During(admitted, When(Started).PublishChange());
        During([Admitting, .. admitted.Except([Held])], Ignore(Continued));
    }

    public State Admitting { get; private set; } = null!;

    public State Building { get; private set; } = null!;

    public State Packaging { get; private set; } = null!;

    public State Publishing { get; private set; } = null!;

    public State Held { get; private set; } = null!;

    public State RollingOut { get; private set; } = null!;

    public State Completed { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State RolledBack { get; private set; } = null!;

    public State Superseded { get; private set; } = null!;

    public Event<PushReceived> Pushed { get; private set; } = null!;

    public Event<StartRelease> Started { get; private set; } = null!;

    public Event<AdmissionDelayed> Delayed { get; private set; } = null!;

    public Event<SupersedeRelease> NewerCommitArrived { get; private set; } = null!;

    public Event<BuildSucceeded> BuildPassed { get; private set; } = null!;

    public Event<BuildFailed> BuildDidNotPass { get; private set; } = null!;

    public Event<PackageBuilt> PackageMade { get; private set; } = null!;

    public Event<PackagingFailed> PackageCouldNotBeMade { get; private set; } = null!;

    public Event<PackagePublished> PackageIsInPool { get; private set; } = null!;

    public Event<PublishingFailed> PackageIsNotInPool { get; private set; } = null!;

    public Event<ContinueRelease> Continued { get; private set; } = null!;

    public Event<RolloutChanged> RolloutMoved { get; private set; } = null!;

    public Event<PromoteRelease> PromoteRequested { get; private set; } = null!;

    public Event<RollBackRelease> RollBackRequested { get; private set; } = null!;

    public Event<AbortRelease> AbortRequested { get; private set; } = null!;

    public Event<AcknowledgeRelease> Acknowledged { get; private set; } = null!;

    private EventActivityBinder<ReleaseState, ReleaseDeadline> GiveWay(
        EventActivityBinder<ReleaseState, ReleaseDeadline> due
    ) => due.JudgePlace().If(HasSuccessor, old => old.CancelWork().TransitionTo(Superseded));

    private void DeclareMessages()
    {
        Event(() => Pushed, e => e.CorrelateById(x => x.Message.ReleaseId));
        Command(() => Started, x => x.ReleaseId);
        // A newer push can overtake the start of the older one: the message is tried again until the release is there.
        Command(() => NewerCommitArrived, x => x.ReleaseId);
        Command(() => Continued, x => x.ReleaseId);
        Command(() => PromoteRequested, x => x.ReleaseId);
        Command(() => RollBackRequested, x => x.ReleaseId);
        Command(() => AbortRequested, x => x.ReleaseId);
        Command(() => Acknowledged, x => x.ReleaseId);
        Answer(() => Delayed, x => x.ReleaseId);
        Answer(() => BuildPassed, x => x.ReleaseId);
        Answer(() => BuildDidNotPass, x => x.ReleaseId);
        Answer(() => PackageMade, x => x.ReleaseId);
        Answer(() => PackageCouldNotBeMade, x => x.ReleaseId);
        Answer(() => PackageIsInPool, x => x.ReleaseId);
        Answer(() => PackageIsNotInPool, x => x.ReleaseId);
        Answer(() => RolloutMoved, x => x.ReleaseId);
    }

    private static bool IsRefused(BehaviorContext<ReleaseState, StartRelease> context) =>
        context.Message.Refusal is not null;

    private static bool IsOutdated(BehaviorContext<ReleaseState, StartRelease> context) =>
        context.Message is { Refusal: null, SupersededBy: not null };

    private static bool IsPublishedAlready(BehaviorContext<ReleaseState, StartRelease> context) =>
        context.Message is { Refusal: null, SupersededBy: null, Deployment: not null };

    /// <summary>What no suite lists leaves the repository in time; the commit still has all that it takes to make it again.</summary>
    private static bool IsOfLongAgo(BehaviorContext<ReleaseState, PublishingFailed> context) =>
        context.Saga is { SkipsBuild: true, Push.Upload: null }
        && context.Message.Failure.Code == CiCoordinatorCodes.PackageNotUploaded;

    private static bool IsBuiltElsewhere(BehaviorContext<ReleaseState, StartRelease> context) =>
        context.Message is { Refusal: null, SupersededBy: null, Deployment: null, Push.Upload: not null };

    private static bool IsNewest(BehaviorContext<ReleaseState, StartRelease> context) =>
        context.Message is { Refusal: null, SupersededBy: null, Deployment: null, Push.Upload: null };

    private static bool Deploys(BehaviorContext<ReleaseState, BuildSucceeded> context) => context.Saga.Push.Deploys;

    private static bool OnlyBuilds(BehaviorContext<ReleaseState, BuildSucceeded> context) => !Deploys(context);

    private static bool HasSuccessor(BehaviorContext<ReleaseState> context) => context.Saga.Successor is not null;

    private static bool IsHeld(BehaviorContext<ReleaseState> context) => context.Saga.WaitingFor is not null;

    private static bool IsNotHeld(BehaviorContext<ReleaseState> context) => !IsHeld(context);

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
    public static EventActivityBinder<ReleaseState, PushReceived> RememberPush(
        this EventActivityBinder<ReleaseState, PushReceived> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.Push = context.Message;
            context.Saga.Stages = Stages.AllPending();
        });

    public static EventActivityBinder<ReleaseState, StartRelease> TakePlace(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.Number = context.Message.Number;
            context.Saga.Supersedes = context.Message.Supersedes;
            context.Saga.Deployment = context.Message.Deployment;
            context.Saga.WaitingFor = null;
        });

    public static EventActivityBinder<ReleaseState, StartRelease> Refuse(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) => binder.Then(context => context.Saga.Failure = context.Message.Refusal);

    public static EventActivityBinder<ReleaseState, StartRelease> RememberSuccessor(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) => binder.Then(context => context.Saga.Successor = context.Message.SupersededBy);

    public static EventActivityBinder<ReleaseState, SupersedeRelease> RememberSuccessor(
        this EventActivityBinder<ReleaseState, SupersedeRelease> binder
    ) => binder.Then(context => context.Saga.Successor = context.Message.SupersededBy);

    /// <summary>All of them are to be done.</summary>
    public static EventActivityBinder<ReleaseState, T> PlanStages<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.Then(context => context.Saga.Stages = Stages.AllPending());

    /// <summary>What was built and published before is not done again.</summary>
    public static EventActivityBinder<ReleaseState, StartRelease> SkipStages(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) =>
        binder.Then(context =>
            context.Saga.SkipAll(
                $"{context.Message.Deployment!.Version} is published already, by release {context.Message.Deployment.Of}"
            )
        );

    /// <summary>What was built elsewhere is only published; it goes out as the application did before.</summary>
    public static EventActivityBinder<ReleaseState, StartRelease> TakePackage(
        this EventActivityBinder<ReleaseState, StartRelease> binder
    ) =>
        binder.ThenAsync(async context =>
        {
            var push = context.Message.Push;
            context.Saga.Package = push.Upload;
            context.Saga.Plan = await context
                .Service<Plans>()
                .OfUploadAsync(push.Application, context.CancellationToken);
            context.Saga.SkipBuild($"built elsewhere, uploaded by {push.Pusher}; not rehearsed");
        });

    public static EventActivityBinder<ReleaseState, AdmissionDelayed> NoteDelay(
        this EventActivityBinder<ReleaseState, AdmissionDelayed> binder
    ) =>
        binder.Then(context =>
        {
            var failure = context.Message.Failure;
            var what = failure.Code == DiskFull.Code ? "free space" : "the repository";
            context.Saga.WaitingFor = $"{what}: {failure.Message}";
        });

    /// <summary>A push that comes again may be a delivery that is repeated, or a branch that was set back.</summary>
    public static EventActivityBinder<ReleaseState, T> AskForPlaceAgain<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class =>
        binder.If(
            context => context.Saga.Push.Deploys,
            then => then.SendCommand(context => ReleaseQuestions.PlaceOf(context.Saga) with { IsRepeated = true })
        );

    public static EventActivityBinder<ReleaseState, T> GiveUpOnPlace<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class =>
        binder.Then(context =>
        {
            var source = context.Saga.Push.Source;
            context.Saga.Failure = new Failure
            {
                Code = CiCoordinatorCodes.CommitNotLocated,
                Message =
                    $"Where the commit {source.Commit} stands on the branch {source.Branch} could not be found out in "
                    + $"{context.Saga.Attempts} attempts"
                    + (context.Saga.WaitingFor is { } words ? $": {words}" : "."),
                Remedy =
                    "See to it that ci-coordinator can read the repository, then start it again: "
                    + $"canary releases retry {context.Saga.CorrelationId}.",
            };
        });

    public static EventActivityBinder<ReleaseState> StartStage(
        this EventActivityBinder<ReleaseState> binder,
        string stage
    ) => binder.Then(context => context.Saga.Start(stage, context.Now()));

    public static EventActivityBinder<ReleaseState, T> EndStage<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        string stage
    )
        where T : class => binder.Then(context => context.Saga.End(stage, StageState.Succeeded, context.Now()));

    public static EventActivityBinder<ReleaseState, T> FailStage<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Func<T, Failure> failure
    )
        where T : class =>
        binder.Then(context =>
        {
            context.Saga.Failure = failure(context.Message);
            context.Saga.EndOpenOnes(StageState.Failed, context.Now());
        });

    public static EventActivityBinder<ReleaseState, T> GiveUpOn<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        string what
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
                    "Look at the health and the log of the service that does it, then start it again: "
                    + $"canary releases retry {context.Saga.CorrelationId}.",
            };
            context.Saga.EndOpenOnes(StageState.Failed, context.Now());
        });

    /// <summary>Nobody needs any more what is being done for the release.</summary>
    public static EventActivityBinder<ReleaseState, T> CancelWork<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class =>
        binder.ThenAsync(context =>
            context.Saga.CurrentState switch
            {
                ReleaseStates.Building => context.SendCommand(
                    new CancelBuild { JobId = JobIds.Build(context.Saga.CorrelationId) }
                ),
                ReleaseStates.Packaging => context.SendCommand(
                    new CancelPackage { JobId = JobIds.Package(context.Saga.CorrelationId) }
                ),
                _ => Task.CompletedTask,
            }
        );

    public static EventActivityBinder<ReleaseState, T> Abort<T>(
        this EventActivityBinder<ReleaseState, T> binder,
        Func<T, string> by,
        Func<T, string?> reason
    )
        where T : class =>
        binder.Then(context =>
            context.Saga.Failure = new Failure
            {
                Code = CiCoordinatorCodes.Aborted,
                Message =
                    $"{by(context.Message)} stopped the release before it reached a host"
                    + (reason(context.Message) is { Length: > 0 } words ? $": {words}" : "."),
                Remedy = "Nothing is left to undo. Push a commit to start again.",
            }
        );

    public static EventActivityBinder<ReleaseState, BuildSucceeded> RememberOutput(
        this EventActivityBinder<ReleaseState, BuildSucceeded> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.Output = context.Message.Output;
            context.Saga.Left = context.Message.Left;
        });

    public static EventActivityBinder<ReleaseState, PackageBuilt> RememberPackage(
        this EventActivityBinder<ReleaseState, PackageBuilt> binder
    ) =>
        binder.Then(context =>
        {
            context.Saga.Package = context.Message.Package;
            context.Saga.Plan = context.Message.Plan;
            context.Saga.Describe(Stages.Package, context.Message.Rehearsal);
        });

    /// <summary>Reads from the lane whether the release may be rolled out.</summary>
    public static EventActivityBinder<ReleaseState, T> JudgeHold<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.ThenAsync(context => context.Service<Holds>().JudgeAsync(context));

    /// <summary>Reads from the lane whether a newer release has taken the place.</summary>
    public static EventActivityBinder<ReleaseState, T> JudgePlace<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.ThenAsync(context => context.Service<Lanes>().JudgePlaceAsync(context));

    public static EventActivityBinder<ReleaseState, RollBackRelease> HoldApplication(
        this EventActivityBinder<ReleaseState, RollBackRelease> binder
    ) =>
        binder.ThenAsync(context =>
            context
                .Service<Holds>()
                .HoldAsync(
                    context.Saga.Push.Application,
                    context.Message.By,
                    context.Message.Reason ?? $"release {context.Saga.CorrelationId} was rolled back",
                    context
                )
        );

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
    ) => binder.Then(context => context.Saga.Failure = context.Message.Failure.With(context.Saga.Left));

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

    /// <summary>What is decided comes after the start, which may have been lost: there is no rollout to decide about then.</summary>
    public static EventActivityBinder<ReleaseState, T> AskRollout<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.ThenAsync(context => ReleaseQuestions.Rollout.Ask(context));

    public static EventActivityBinder<ReleaseState, T> SendDecisions<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class => binder.ThenAsync(ReleaseQuestions.SendDecisionsAsync);

    /// <summary>The rollout may have heard of the decision before it could act on it, or before it began.</summary>
    public static EventActivityBinder<ReleaseState, RolloutChanged> RepeatDecisionThatApplies(
        this EventActivityBinder<ReleaseState, RolloutChanged> binder
    ) =>
        binder.If(
            context => context.Saga.Decision?.AppliesTo(context.Message.State) == true,
            then => then.SendDecisions()
        );

    public static EventActivityBinder<ReleaseState> Finish(this EventActivityBinder<ReleaseState> binder) =>
        binder.Then(context =>
        {
            context.Saga.FinishedAt = context.Now();
            context.Saga.Decision = null;
            context.Saga.WaitingFor = null;
            context.Saga.EndOpenOnes(StageState.Skipped, context.Now());
        });

    /// <summary>What is published next is newer than what was published before.</summary>
    public static EventActivityBinder<ReleaseState> CountChange(this EventActivityBinder<ReleaseState> binder) =>
        binder.Then(context => context.Saga.Revision++);

    public static EventActivityBinder<ReleaseState, T> PublishChange<T>(
        this EventActivityBinder<ReleaseState, T> binder
    )
        where T : class => binder.Then(context => context.Saga.Revision++).PublishAgain();

    public static EventActivityBinder<ReleaseState, T> PublishAgain<T>(this EventActivityBinder<ReleaseState, T> binder)
        where T : class => binder.ThenAsync(ReleaseQuestions.PublishAsync);
}
