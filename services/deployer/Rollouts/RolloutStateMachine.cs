using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Hooks;
using Canary.Durability.Sagas;
using MassTransit;
using static Canary.Deployer.Rollouts.RolloutQuestions;

namespace Canary.Deployer.Rollouts;

/// <summary>
/// Brings one version to the fleet: canaries first, production in waves, and back again when something is wrong. What the hosts
/// report is recorded before the saga hears of it, and judged from the records, so a repeated message changes nothing and a lost one
/// costs a deadline. Its graph is in <c>docs/sagas/rollout.md</c>.
/// </summary>
internal sealed class RolloutStateMachine : AskingStateMachine<RolloutState, RolloutDeadline>
{
    public RolloutStateMachine()
        : base(id => new RolloutDeadline { RolloutId = id }, deadline => deadline.RolloutId)
    {
        DeclareMessages();

        Initially(
            When(StartRequested)
                .Accept()
                .IfElse(HasInvalidPlan, invalid => invalid.TransitionTo(Failed), valid => valid.TakeTurn(this))
        );

        Asks(Queued, PlaceInLane, judge: due => due.TakeTurn(this));
        During(Queued, When(TurnCame).TakeTurn(this));

        WhenEnter(Preflight, entered => entered.OpenStage(Steps.Preflight));
        Asks(Preflight, Fleet, orElse: due => due.TimeOut(this).TransitionTo(Failed));
        During(
            Preflight,
            When(FleetAccepted).FreezeFleet().TransitionTo(KeepingWaysBack),
            When(FleetRefused).Fail(answer => answer.Failure).TransitionTo(Failed),
            When(FleetPostponed)
                .IfElse(
                    MayBeDelayed,
                    wait => wait.WaitForFleet(this),
                    never => never.Fail(answer => answer.Failure).TransitionTo(Failed)
                )
        );

        Asks(KeepingWaysBack, WaysBackKept, orElse: due => due.TimeOut(this).TransitionTo(Failed));
        During(KeepingWaysBack, When(Kept, IsAnswer).WarnOfMissingWaysBack().GoOnToCanaries(this));

        Asks(AdvertisingCanary, CanarySuite, orElse: due => due.TimeOut(this).RollBack(Failed, this));
        During(
            AdvertisingCanary,
            When(Advertised, IsAnswer).BeginStep(Steps.Canary).PauseOr(DeployingCanary, this),
            When(AdvertisingRefused, IsAnswer).Fail(answer => answer.Failure).TransitionTo(Failed),
            When(SupersedeRequested).RollBack(Superseded, this)
        );

        Asks(
            DeployingCanary,
            HostsOfStep,
            judge: due => due.JudgeCanaryStep(this),
            orElse: due => due.TimeOutHosts().JudgeCanaryStep(this).GoOnWithHosts(this)
        );
        During(
            DeployingCanary,
            When(HostUpdated, IsOfStep).JudgeCanaryStep(this).ReportProgress(this).GoOnWithHosts(this),
            When(HostFailed, IsOfStep).JudgeCanaryStep(this).ReportProgress(this).GoOnWithHosts(this),
            When(HostSteered).Steer().JudgeCanaryStep(this).ReportProgress(this).GoOnWithHosts(this)
        );

        WhenEnter(Soaking, entered => entered.BeginSoak(this));
        WhenLeave(Soaking, left => left.Unschedule(SoakTimer));
        Asks(Soaking, HealthWhileSoaking, judge: due => due.JudgeHealth(this));
        During(
            Soaking,
            When(SoakTimer.Received).TransitionTo(JudgingCanary),
            When(PromoteRequested).RecordPromotion().WhenApproved(go => go.TransitionTo(JudgingCanary)),
            When(CanaryChecked).JudgeHealth(this)
        );

        Asks(
            JudgingCanary,
            Verdict,
            judge: due => due.JudgeVerdict(this),
            orElse: due => due.TimeOut(this).RollBack(RolledBack, this)
        );
        During(JudgingCanary, When(CanaryChecked).JudgeVerdict(this), When(PromoteRequested).RecordPromotion());

        WhenEnter(AwaitingPromotion, entered => entered.AskPerson());
        Asks(AwaitingPromotion, HealthWhileWaiting, judge: due => due.JudgeHealth(this).GoOnWhenProved(this));
        During(
            AwaitingPromotion,
            When(PromoteRequested).RecordPromotion().WhenApproved(go => go.GoOnFromWaiting(this)),
            When(CanaryChecked).JudgeHealth(this),
            When(SupersedeRequested, HasReachedNoHost).TransitionTo(Superseded)
        );

        WhenEnter(OpeningProduction, entered => entered.ClosePromotion());
        Asks(OpeningProduction, ProductionSuite, orElse: due => due.TimeOut(this).RollBack(RolledBack, this));
        During(
            OpeningProduction,
            When(Advertised, IsAnswer).GoOnToWaves(this),
            When(SupersedeRequested, HasReachedNoHost).RollBack(Superseded, this)
        );
        During(
            [OpeningProduction, OfferingWave],
            When(AdvertisingRefused, IsAnswer).Fail(answer => answer.Failure).RollBack(RolledBack, this)
        );

        WhenEnter(Paused, entered => entered.ShowPause());
        During(
            Paused,
            When(HostUpdated, IsOfStep).Judge().PublishSnapshot(),
            When(HostFailed, IsOfStep).Judge().PublishSnapshot(),
            When(HostSteered).Steer().Judge().PublishSnapshot(),
            When(ResumeRequested).Resume(this)
        );

        Asks(OfferingToAll, Offer, orElse: due => due.FailOffer(_ => "it does not answer.").TransitionTo(Failed));
        During(
            OfferingToAll,
            When(Advertised, IsAnswer).TransitionTo(Completed),
            When(AdvertisingRefused, IsAnswer).FailOffer(answer => answer.Failure.Message).TransitionTo(Failed)
        );

        WhenEnter(StartingRollback, entered => entered.Withdraw(this));
        Withdraws(WithdrawingProduction, ProductionWithdrawal);
        Withdraws(WithdrawingCanary, CanaryWithdrawal);
        Asks(
            RollingBack,
            HostsOfStep,
            judge: due => due.JudgeRollback(this),
            orElse: due => due.TimeOutHosts().JudgeRollback(this).GoOnWithHosts(this)
        );
        During(
            RollingBack,
            When(HostUpdated, IsOfStep).JudgeRollback(this).ReportProgress(this).GoOnWithHosts(this),
            When(HostFailed, IsOfStep).JudgeRollback(this).ReportProgress(this).GoOnWithHosts(this)
        );

        RunHook();
        WaitAtGates();
        HandleWaves();
        HandleDecisions();
        HandleAlarms();
        TellEverybody();
    }

    public State Queued { get; private set; } = null!;

    public State AwaitingStart { get; private set; } = null!;

    public State Preflight { get; private set; } = null!;

    public State KeepingWaysBack { get; private set; } = null!;

    public State ListingForHook { get; private set; } = null!;

    public State RunningHook { get; private set; } = null!;

    public State AdvertisingCanary { get; private set; } = null!;

    public State DeployingCanary { get; private set; } = null!;

    public State Soaking { get; private set; } = null!;

    public State JudgingCanary { get; private set; } = null!;

    public State AwaitingPromotion { get; private set; } = null!;

    public State OpeningProduction { get; private set; } = null!;

    public State AwaitingWave { get; private set; } = null!;

    public State StartingWave { get; private set; } = null!;

    public State OfferingWave { get; private set; } = null!;

    public State DeployingWave { get; private set; } = null!;

    public State SoakingWave { get; private set; } = null!;

    public State Paused { get; private set; } = null!;

    public State OfferingToAll { get; private set; } = null!;

    public State StartingRollback { get; private set; } = null!;

    public State WithdrawingProduction { get; private set; } = null!;

    public State WithdrawingCanary { get; private set; } = null!;

    public State RollingBack { get; private set; } = null!;

    public State Completed { get; private set; } = null!;

    public State RolledBack { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State Superseded { get; private set; } = null!;

    public Event<StartRollout> StartRequested { get; private set; } = null!;

    public Event<SupersedeRollout> SupersedeRequested { get; private set; } = null!;

    public Event<PromoteRollout> PromoteRequested { get; private set; } = null!;

    public Event<RollBackRollout> RollBackRequested { get; private set; } = null!;

    public Event<PauseRollout> PauseRequested { get; private set; } = null!;

    public Event<ResumeRollout> ResumeRequested { get; private set; } = null!;

    public Event<OverrideGates> GatesOverridden { get; private set; } = null!;

    public Event<SteerHost> HostSteered { get; private set; } = null!;

    public Event<AcknowledgeRollout> Acknowledged { get; private set; } = null!;

    public Event<TakeTurn> TurnCame { get; private set; } = null!;

    public Event<LookAtAlarms> AlarmFired { get; private set; } = null!;

    public Event<FleetChecked> FleetAccepted { get; private set; } = null!;

    public Event<FleetRejected> FleetRefused { get; private set; } = null!;

    public Event<FleetDelayed> FleetPostponed { get; private set; } = null!;

    public Event<VersionsKept> Kept { get; private set; } = null!;

    public Event<VersionAdvertised> Advertised { get; private set; } = null!;

    public Event<VersionWithdrawn> Withdrawn { get; private set; } = null!;

    public Event<AdvertisingFailed> AdvertisingRefused { get; private set; } = null!;

    public Event<HookReported> HookReported { get; private set; } = null!;

    public Event<HostUpdated> HostUpdated { get; private set; } = null!;

    public Event<HostUpdateFailed> HostFailed { get; private set; } = null!;

    public Event<HostChecked> CanaryChecked { get; private set; } = null!;

    public Schedule<RolloutState, SoakOver> SoakTimer { get; private set; } = null!;

    public Schedule<RolloutState, WatchDue> WatchTimer { get; private set; } = null!;

    /// <summary>The final states.</summary>
    public IReadOnlyList<State> Ends => [Completed, RolledBack, Failed, Superseded];

    /// <summary>Name that people know a state by (<see cref="RolloutStates"/>): some have parts that matter here
    /// only.</summary>
    public static string PublicNameOf(string state) =>
        state switch
        {
            nameof(KeepingWaysBack) or nameof(ListingForHook) or nameof(RunningHook) or nameof(AdvertisingCanary) =>
                RolloutStates.Preflight,
            nameof(JudgingCanary) => RolloutStates.Soaking,
            nameof(AwaitingStart) => RolloutStates.Queued,
            nameof(OpeningProduction)
            or nameof(AwaitingWave)
            or nameof(StartingWave)
            or nameof(OfferingWave)
            or nameof(SoakingWave)
            or nameof(OfferingToAll) => RolloutStates.DeployingWave,
            nameof(StartingRollback) or nameof(WithdrawingProduction) or nameof(WithdrawingCanary) =>
                RolloutStates.RollingBack,
            _ => state,
        };

    /// <summary>What the package brings to be run once, when its version is listed and offered to nobody yet.</summary>
    private void RunHook()
    {
        Asks(ListingForHook, SuiteForHook, orElse: due => due.TimeOut(this).RollBack(Failed, this));
        During(
            ListingForHook,
            When(Advertised, IsAnswer).TransitionTo(RunningHook),
            When(AdvertisingRefused, IsAnswer).Fail(answer => answer.Failure).TransitionTo(Failed),
            When(SupersedeRequested).RollBack(Superseded, this)
        );

        WhenEnter(RunningHook, entered => entered.OpenStage(Steps.PreDeploy));
        Asks(
            RunningHook,
            Hook,
            judge: due => due.JudgeHook(this),
            orElse: due => due.LoseHook().RollBack(Failed, this)
        );
        During(RunningHook, When(HookReported).JudgeHook(this).FollowHook(this));
    }

    /// <summary>Before the first host, and before each wave.</summary>
    private void WaitAtGates()
    {
        Asks(AwaitingStart, Opening, judge: due => due.TakeTurn(this));
        During(AwaitingStart, When(GatesOverridden).RecordOverride().TakeTurn(this));

        Asks(AwaitingWave, OpeningForWave, judge: due => due.JudgeHealth(this).GoOnToHeldWave(this));
        During(
            AwaitingWave,
            When(GatesOverridden).RecordOverride().GoOnToHeldWave(this),
            When(CanaryChecked).JudgeHealth(this),
            When(SupersedeRequested, HasReachedNoHost).RollBack(Superseded, this)
        );
    }

    /// <summary>Out of a suite first, so that no host takes the version again by itself; then off the hosts.</summary>
    private void Withdraws(State state, Question<RolloutState> question)
    {
        Asks(state, question, orElse: due => due.RemarkListing(_ => "it does not answer.").GoBack(this));
        During(
            state,
            When(Withdrawn, IsAnswer).NoteWithdrawal().GoBack(this),
            When(AdvertisingRefused, IsAnswer).RemarkListing(answer => answer.Failure.Message).GoBack(this)
        );
    }

    /// <summary>Wave after wave: offered to machines that upgrade by themselves where the plan says so, brought to the hosts, left there
    /// for a while.</summary>
    private void HandleWaves()
    {
        // A state is not entered again from itself: each wave begins by way of this one.
        WhenEnter(StartingWave, entered => entered.BeginWave().OpenWave(this));
        Asks(OfferingWave, OfferOfWave, orElse: due => due.TimeOut(this).RollBack(RolledBack, this));
        During(OfferingWave, When(Advertised, IsAnswer).JudgeWave(this).BeginHostsOfWave(this));
        Asks(
            DeployingWave,
            HostsOfStep,
            judge: due => due.JudgeWave(this),
            orElse: due => due.TimeOutHosts().JudgeWave(this).GoOnWithHosts(this)
        );
        During(
            DeployingWave,
            When(HostUpdated, IsOfStep).JudgeWave(this).ReportProgress(this).GoOnWithHosts(this),
            When(HostFailed, IsOfStep).JudgeWave(this).ReportProgress(this).GoOnWithHosts(this),
            When(HostSteered).Steer().JudgeWave(this).ReportProgress(this).GoOnWithHosts(this)
        );

        WhenEnter(SoakingWave, entered => entered.BeginWaveSoak(this));
        WhenLeave(SoakingWave, left => left.EndWaveSoak(this));
        Asks(SoakingWave, HealthWhileWaiting, judge: due => due.JudgeHealth(this));
        During(SoakingWave, When(SoakTimer.Received).NextWave(this), When(CanaryChecked).JudgeHealth(this));
    }

    /// <summary>What people and newer pushes decide, once for each group of states.</summary>
    private void HandleDecisions()
    {
        State[] beforeAnySuite = [Queued, AwaitingStart, Preflight, KeepingWaysBack];
        State[] onTheWay =
        [
            ListingForHook,
            RunningHook,
            AdvertisingCanary,
            DeployingCanary,
            Soaking,
            JudgingCanary,
            AwaitingPromotion,
            OpeningProduction,
            AwaitingWave,
            OfferingWave,
            DeployingWave,
            SoakingWave,
            Paused,
            OfferingToAll,
        ];
        State[] over = [WithdrawingProduction, WithdrawingCanary, RollingBack, .. Ends];
        During(
            [.. beforeAnySuite.Except([AwaitingStart]), .. onTheWay.Except([AwaitingWave])],
            When(GatesOverridden).RecordOverride().PublishSnapshot()
        );

        During(
            beforeAnySuite,
            When(SupersedeRequested).TransitionTo(Superseded),
            When(RollBackRequested).RecordRollBack().TransitionTo(RolledBack)
        );
        During(onTheWay, When(RollBackRequested).RecordRollBack().RollBack(RolledBack, this));
        During([DeployingCanary, DeployingWave], When(PauseRequested).RecordPause().TransitionTo(Paused));
        During(
            [.. beforeAnySuite, .. onTheWay.Except([DeployingCanary, DeployingWave, OfferingToAll])],
            When(PauseRequested).RecordPause()
        );
        During([.. beforeAnySuite, .. onTheWay.Except([Paused])], When(ResumeRequested).ForgetPause());

        // One that crosses what it is about on the way changes nothing any more.
        During(onTheWay.Except([ListingForHook, AdvertisingCanary]), Ignore(SupersedeRequested));
        During(
            [.. beforeAnySuite, .. onTheWay.Except([Soaking, JudgingCanary, AwaitingPromotion])],
            Ignore(PromoteRequested)
        );
        During(
            [.. beforeAnySuite, .. onTheWay.Except([DeployingCanary, DeployingWave, Paused]), .. over],
            Ignore(HostSteered)
        );
        During(
            over,
            Ignore(GatesOverridden),
            Ignore(RollBackRequested),
            Ignore(SupersedeRequested),
            Ignore(PromoteRequested),
            Ignore(PauseRequested),
            Ignore(ResumeRequested)
        );
        During([OfferingToAll], Ignore(PauseRequested));
        // Whoever looked at the lane at a deadline has its turn before it is told.
        During([AwaitingStart, Preflight, KeepingWaysBack, .. onTheWay, .. over], Ignore(TurnCame));
    }

    /// <summary>Alarms count from the first host on; what is recorded of them is looked at before each wave as well.</summary>
    private void HandleAlarms()
    {
        State[] beforeFirstHost =
        [
            Queued,
            AwaitingStart,
            Preflight,
            KeepingWaysBack,
            ListingForHook,
            RunningHook,
            AdvertisingCanary,
        ];
        State[] between =
        [
            Soaking,
            JudgingCanary,
            AwaitingPromotion,
            OpeningProduction,
            AwaitingWave,
            OfferingWave,
            SoakingWave,
            Paused,
            OfferingToAll,
        ];
        State[] over = [WithdrawingProduction, WithdrawingCanary, RollingBack, RolledBack, Failed, Superseded];

        During([DeployingCanary, DeployingWave], When(AlarmFired).JudgeAlarmsAtHosts(this));
        During(between.Except([AwaitingPromotion]), When(AlarmFired).JudgeAlarms(this));
        During(AwaitingPromotion, When(AlarmFired).JudgeAlarms(this).GoOnWhenProved(this));
        WhenEnter(Completed, entered => entered.BeginWatch(this));
        During(
            Completed,
            When(AlarmFired).JudgeWatch(this),
            When(WatchTimer.Received).JudgeWatch(this).GoOnWatching(this)
        );
        During([.. beforeFirstHost, .. over], Ignore(AlarmFired));
    }

    private void TellEverybody()
    {
        WhenEnter(Completed, entered => entered.Close(StageState.Succeeded));
        WhenEnter(RolledBack, entered => entered.Close(StageState.Failed));
        WhenEnter(Failed, entered => entered.Close(StageState.Failed));
        WhenEnter(Superseded, entered => entered.Close(StageState.Skipped));
        foreach (var state in States.Except([Initial, Final, StartingWave, StartingRollback, .. Ends]))
        {
            WhenEnter(state, entered => entered.PublishSnapshot());
        }

        foreach (var end in Ends)
        {
            WhenEnter(end, entered => entered.LeaveLane().ObserveFleet());
            Asks(end, Acknowledgement);
        }
        During([.. Ends], When(Acknowledged, IsLatestRevision).Unschedule(Deadline));

        DuringAny(When(StartRequested).PublishSnapshot());
    }

    private void DeclareMessages()
    {
        Command(() => StartRequested, x => x.RolloutId);
        // The release sends its decisions behind every start until it sees them.
        RepeatedCommand(() => SupersedeRequested, x => x.RolloutId);
        RepeatedCommand(() => PromoteRequested, x => x.RolloutId);
        RepeatedCommand(() => RollBackRequested, x => x.RolloutId);
        Command(() => PauseRequested, x => x.RolloutId);
        Command(() => ResumeRequested, x => x.RolloutId);
        Command(() => GatesOverridden, x => x.RolloutId);
        Command(() => HostSteered, x => x.RolloutId);
        Command(() => Acknowledged, x => x.RolloutId);
        Answer(() => TurnCame, x => x.RolloutId);
        Answer(() => AlarmFired, x => x.RolloutId);
        Answer(() => FleetAccepted, x => x.RolloutId);
        Answer(() => FleetRefused, x => x.RolloutId);
        Answer(() => FleetPostponed, x => x.RolloutId);
        Answer(() => Kept, x => x.RolloutId);
        Answer(() => Advertised, x => x.RolloutId);
        Answer(() => Withdrawn, x => x.RolloutId);
        Answer(() => AdvertisingRefused, x => x.RolloutId);
        Answer(() => HookReported, x => x.RolloutId);
        Answer(() => HostUpdated, x => x.RolloutId);
        Answer(() => HostFailed, x => x.RolloutId);
        Answer(() => CanaryChecked, x => x.RolloutId);
        Schedule(
            () => WatchTimer,
            rollout => rollout.WatchToken,
            watch =>
                watch.Received = timer =>
                    timer.CorrelateById(x => x.Message.RolloutId).OnMissingInstance(missing => missing.Discard())
        );
        Schedule(
            () => SoakTimer,
            rollout => rollout.SoakToken,
            soak =>
                soak.Received = timer =>
                    timer.CorrelateById(x => x.Message.RolloutId).OnMissingInstance(missing => missing.Discard())
        );
    }

    private static bool HasInvalidPlan(BehaviorContext<RolloutState> context) => context.Saga.Failure is not null;

    internal static bool HasCanaries(BehaviorContext<RolloutState> context) => context.Saga.CanaryCount > 0;

    internal static bool HasHookToRun(BehaviorContext<RolloutState> context) =>
        context.Saga.Stages.Any(stage => stage is { Name: Steps.PreDeploy, State: StageState.Pending });

    private static bool HasReachedNoHost(BehaviorContext<RolloutState> context) => !context.Saga.HostsReached;

    private static bool MayBeDelayed(BehaviorContext<RolloutState> context) => RolloutQuestions.MayBeDelayed(context);

    private static bool IsLatestRevision(BehaviorContext<RolloutState, AcknowledgeRollout> context) =>
        context.Message.Revision == context.Saga.Revision;

    private static bool IsAnswer(BehaviorContext<RolloutState, VersionsKept> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsAnswer(BehaviorContext<RolloutState, VersionAdvertised> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsAnswer(BehaviorContext<RolloutState, VersionWithdrawn> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsAnswer(BehaviorContext<RolloutState, AdvertisingFailed> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsOfStep(BehaviorContext<RolloutState, HostUpdated> context) =>
        context.Message.Step == context.Saga.Step;

    private static bool IsOfStep(BehaviorContext<RolloutState, HostUpdateFailed> context) =>
        context.Message.Step == context.Saga.Step;
}
