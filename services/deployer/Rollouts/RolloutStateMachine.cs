using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Rollouts;

/// <summary>
/// Brings one version to the fleet: canaries first, production in waves, and back again when something is wrong. What
/// the hosts report is recorded before the saga hears of it, and counted as a set, so a repeated message changes
/// nothing.
/// </summary>
internal sealed class RolloutStateMachine : MassTransitStateMachine<RolloutState>
{
    public RolloutStateMachine(IOptions<DeployerOptions> options, TimeProvider time)
    {
        Options = options.Value;
        Time = time;
        InstanceState(x => x.CurrentState);
        DefineEvents();

        foreach (var state in States.Except([Initial, Final]))
        {
            WhenEnter(state, entered => entered.PublishSnapshot());
        }

        WhenEnter(Completed, entered => entered.LeaveLane().ObserveFleet());
        WhenEnter(RolledBack, entered => entered.LeaveLane().ObserveFleet());
        WhenEnter(Failed, entered => entered.LeaveLane().ObserveFleet());
        WhenEnter(Superseded, entered => entered.LeaveLane());
        DuringAny(When(StartAsked).PublishSnapshot());

        Initially(
            When(StartAsked)
                .Accept(this)
                .IfElse(HasInvalidPlan, invalid => invalid.EndAs(Failed, this), valid => valid.StartInTurn(this))
        );

        During(
            Queued,
            When(TurnCame).EnterLane().If(HasTurn, mine => mine.CheckFleet(this).TransitionTo(Preflight)),
            When(Deadline.Received)
                .EnterLane()
                .IfElse(HasTurn, mine => mine.CheckFleet(this).TransitionTo(Preflight), wait => wait.KeepWaiting(this)),
            When(SupersedeAsked).EndAs(Superseded, this),
            When(RollBackAsked).BlamePerson().EndAs(RolledBack, this),
            Ignore(PromoteAsked)
        );

        During(
            Preflight,
            When(FleetAccepted)
                .FreezeFleet(this)
                .IfElse(
                    HasCanaries,
                    some => some.Advertise(Channel.Canary, 100, this).TransitionTo(AdvertisingCanary),
                    none => none.SkipCanaries().GoOnToProduction(this)
                ),
            When(FleetRefused).Blame(x => x.Message.Failure).EndAs(Failed, this),
            When(FleetPutOff)
                .IfElse(
                    MayWaitForInventory,
                    wait => wait.WaitForInventory(this),
                    never => never.Blame(x => x.Message.Failure).EndAs(Failed, this)
                ),
            When(Deadline.Received)
                .IfElse(
                    MayCheckFleetAgain,
                    again => again.CheckFleetAgain(this),
                    never => never.BlameSilence("the deployer's look at the hosts").EndAs(Failed, this)
                ),
            When(SupersedeAsked).EndAs(Superseded, this),
            When(RollBackAsked).BlamePerson().EndAs(RolledBack, this),
            Ignore(PromoteAsked),
            Ignore(TurnCame)
        );

        During(
            AdvertisingCanary,
            When(Advertised, IsAwaited).BeginCanaries(this).DispatchStep().TransitionTo(DeployingCanary),
            When(AdvertisingRefused, IsAwaited).Blame(x => x.Message.Failure).EndAs(Failed, this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.AdvertiseAgain(Channel.Canary, 100, this),
                    never => never.BlameSilence("the repository publisher").TakeBack(RolloutStates.Failed, this)
                ),
            When(SupersedeAsked).TakeBack(RolloutStates.Superseded, this),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(PromoteAsked),
            Ignore(TurnCame),
            Ignore(FleetAccepted),
            Ignore(FleetRefused),
            Ignore(FleetPutOff)
        );

        During(
            DeployingCanary,
            When(HostUpdated, IsOfStep).JudgeStep().JudgeDeployedCanaries(this),
            When(HostFailed, IsOfStep).JudgeStep().JudgeDeployedCanaries(this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.DispatchStep().AwaitHostsAgain(this),
                    never => never.GiveUpOnSilentHosts().JudgeDeployedCanaries(this)
                ),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(SupersedeAsked),
            Ignore(PromoteAsked),
            Ignore(TurnCame),
            Ignore(FleetAccepted),
            Ignore(FleetRefused),
            Ignore(FleetPutOff),
            Ignore(Advertised),
            Ignore(AdvertisingRefused)
        );

        During(
            Soaking,
            When(SoakTimer.Received).BeginVerdict(this).CheckCanaries().TransitionTo(JudgingCanary),
            When(PromoteAsked).Promote().BeginVerdict(this).CheckCanaries().TransitionTo(JudgingCanary),
            When(CheckTimer.Received).BeginChecks(this).CheckCanaries(),
            When(CanaryChecked).JudgeCanaries().If(StepFailed, ill => ill.TakeBackCanaries(this)),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(SupersedeAsked),
            Ignore(Advertised),
            Ignore(AdvertisingRefused),
            Ignore(HostUpdated),
            Ignore(HostFailed)
        );

        During(
            JudgingCanary,
            When(CanaryChecked)
                .JudgeCanaries()
                .If(StepFailed, ill => ill.TakeBackCanaries(this))
                .If(StepPassed, well => well.EndSoak(this).GoOnToProduction(this)),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.CheckCanaries().AwaitHostsAgain(this),
                    never =>
                        never
                            .BlameSilence("the last health check of the canaries")
                            .TakeBack(RolloutStates.RolledBack, this)
                ),
            When(PromoteAsked).Promote(),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(SupersedeAsked),
            Ignore(Advertised),
            Ignore(AdvertisingRefused),
            Ignore(HostUpdated),
            Ignore(HostFailed)
        );

        During(
            AwaitingPromotion,
            When(PromoteAsked)
                .Promote()
                .IfElse(
                    HasCanaries,
                    some => some.BeginVerdict(this).CheckCanaries().TransitionTo(JudgingCanary),
                    none => none.GoOnToProduction(this)
                ),
            When(CheckTimer.Received).BeginChecks(this).CheckCanaries(),
            When(CanaryChecked).JudgeCanaries().If(StepFailed, ill => ill.TakeBackCanaries(this)),
            When(SupersedeAsked, HasReachedNoHost).EndAs(Superseded, this),
            When(RollBackAsked)
                .BlamePerson()
                .IfElse(
                    HasCanaries,
                    some => some.TakeBack(RolloutStates.RolledBack, this),
                    none => none.EndAs(RolledBack, this)
                ),
            Ignore(Advertised),
            Ignore(AdvertisingRefused),
            Ignore(HostUpdated),
            Ignore(HostFailed)
        );

        During(
            OpeningProduction,
            When(Advertised, IsAwaited)
                .IfElse(HasMoreWaves, more => more.BeginNextWave(this), none => none.OfferToAll(this)),
            When(AdvertisingRefused, IsAwaited).Blame(x => x.Message.Failure).TakeBack(RolloutStates.RolledBack, this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.AdvertiseAgain(Channel.Production, 0, this),
                    never => never.BlameSilence("the repository publisher").TakeBack(RolloutStates.RolledBack, this)
                ),
            When(SupersedeAsked, HasReachedNoHost).TakeBack(RolloutStates.Superseded, this),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(PromoteAsked),
            Ignore(CanaryChecked),
            Ignore(HostUpdated),
            Ignore(HostFailed)
        );

        During(
            DeployingWave,
            When(HostUpdated, IsOfStep).JudgeStep().JudgeDeployedWave(this),
            When(HostFailed, IsOfStep).JudgeStep().JudgeDeployedWave(this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.DispatchStep().AwaitHostsAgain(this),
                    never => never.GiveUpOnSilentHosts().JudgeDeployedWave(this)
                ),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(SupersedeAsked),
            Ignore(PromoteAsked),
            Ignore(CanaryChecked),
            Ignore(Advertised),
            Ignore(AdvertisingRefused)
        );

        During(
            OfferingToAll,
            When(Advertised, IsAwaited).EndAs(Completed, this),
            When(AdvertisingRefused, IsAwaited).BlameOffer(x => x.Message.Failure.Message).EndAs(Failed, this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.AdvertiseAgain(Channel.Production, 100, this),
                    never => never.BlameOffer(_ => "it does not answer.").EndAs(Failed, this)
                ),
            When(RollBackAsked).BlamePerson().TakeBack(RolloutStates.RolledBack, this),
            Ignore(SupersedeAsked),
            Ignore(PromoteAsked),
            Ignore(CanaryChecked),
            Ignore(HostUpdated),
            Ignore(HostFailed)
        );

        During(
            Withdrawing,
            When(Withdrawn, IsAwaited).NoteWithdrawal().WithdrawNext(this),
            When(AdvertisingRefused, IsAwaited)
                .RemarkListing(x => x.Message.Failure.Message)
                .NoteWithdrawal()
                .WithdrawNext(this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.WithdrawAgain(this),
                    never => never.RemarkListing(_ => "it does not answer.").NoteWithdrawal().WithdrawNext(this)
                ),
            Ignore(RollBackAsked),
            Ignore(SupersedeAsked),
            Ignore(PromoteAsked),
            Ignore(CanaryChecked),
            Ignore(HostUpdated),
            Ignore(HostFailed),
            Ignore(Advertised)
        );

        During(
            RollingBack,
            When(HostUpdated, IsOfStep).JudgeStep().JudgeRollback(this),
            When(HostFailed, IsOfStep).JudgeStep().JudgeRollback(this),
            When(Deadline.Received)
                .IfElse(
                    MayAskAgain,
                    again => again.DispatchStep().AwaitHostsAgain(this),
                    never => never.GiveUpOnSilentHosts().JudgeRollback(this)
                ),
            Ignore(RollBackAsked),
            Ignore(SupersedeAsked),
            Ignore(PromoteAsked),
            Ignore(CanaryChecked),
            Ignore(Advertised),
            Ignore(AdvertisingRefused),
            Ignore(Withdrawn)
        );

        IgnoreTheBeginning(Soaking);
        IgnoreTheBeginning(JudgingCanary);
        IgnoreTheBeginning(AwaitingPromotion);
        IgnoreTheBeginning(OpeningProduction);
        IgnoreTheBeginning(DeployingWave);
        IgnoreTheBeginning(OfferingToAll);
        IgnoreTheBeginning(Withdrawing);
        IgnoreTheBeginning(RollingBack);
        IgnoreWhatComesLate(Completed);
        IgnoreWhatComesLate(RolledBack);
        IgnoreWhatComesLate(Failed);
        IgnoreWhatComesLate(Superseded);
    }

    public State Queued { get; private set; } = null!;

    public State Preflight { get; private set; } = null!;

    public State AdvertisingCanary { get; private set; } = null!;

    public State DeployingCanary { get; private set; } = null!;

    public State Soaking { get; private set; } = null!;

    public State JudgingCanary { get; private set; } = null!;

    public State AwaitingPromotion { get; private set; } = null!;

    public State OpeningProduction { get; private set; } = null!;

    public State DeployingWave { get; private set; } = null!;

    public State OfferingToAll { get; private set; } = null!;

    public State Withdrawing { get; private set; } = null!;

    public State RollingBack { get; private set; } = null!;

    public State Completed { get; private set; } = null!;

    public State RolledBack { get; private set; } = null!;

    public State Failed { get; private set; } = null!;

    public State Superseded { get; private set; } = null!;

    public Event<StartRollout> StartAsked { get; private set; } = null!;

    public Event<SupersedeRollout> SupersedeAsked { get; private set; } = null!;

    public Event<PromoteRollout> PromoteAsked { get; private set; } = null!;

    public Event<RollBackRollout> RollBackAsked { get; private set; } = null!;

    public Event<TakeTurn> TurnCame { get; private set; } = null!;

    public Event<FleetChecked> FleetAccepted { get; private set; } = null!;

    public Event<FleetRejected> FleetRefused { get; private set; } = null!;

    public Event<FleetDelayed> FleetPutOff { get; private set; } = null!;

    public Event<VersionAdvertised> Advertised { get; private set; } = null!;

    public Event<VersionWithdrawn> Withdrawn { get; private set; } = null!;

    public Event<AdvertisingFailed> AdvertisingRefused { get; private set; } = null!;

    public Event<HostUpdated> HostUpdated { get; private set; } = null!;

    public Event<HostUpdateFailed> HostFailed { get; private set; } = null!;

    public Event<HostChecked> CanaryChecked { get; private set; } = null!;

    public Schedule<RolloutState, RolloutDeadline> Deadline { get; private set; } = null!;

    public Schedule<RolloutState, SoakOver> SoakTimer { get; private set; } = null!;

    public Schedule<RolloutState, CheckDue> CheckTimer { get; private set; } = null!;

    internal DeployerOptions Options { get; }

    internal TimeProvider Time { get; }

    /// <summary>Name that the world knows a state by (<see cref="RolloutStates"/>): some have parts that matter here
    /// only.</summary>
    public static string PublicNameOf(string state) =>
        state switch
        {
            nameof(AdvertisingCanary) => RolloutStates.Preflight,
            nameof(JudgingCanary) => RolloutStates.Soaking,
            nameof(OpeningProduction) or nameof(OfferingToAll) => RolloutStates.DeployingWave,
            nameof(Withdrawing) => RolloutStates.RollingBack,
            _ => state,
        };

    private void DefineEvents()
    {
        Event(() => StartAsked, x => x.CorrelateById(c => c.Message.RolloutId));
        Event(() => SupersedeAsked, x => x.CorrelateById(c => c.Message.RolloutId));
        Event(() => PromoteAsked, x => x.CorrelateById(c => c.Message.RolloutId));
        Event(() => RollBackAsked, x => x.CorrelateById(c => c.Message.RolloutId));
        Event(() => TurnCame, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => FleetAccepted, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => FleetRefused, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => FleetPutOff, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => Advertised, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => Withdrawn, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(
            () => AdvertisingRefused,
            x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard())
        );
        Event(() => HostUpdated, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => HostFailed, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Event(() => CanaryChecked, x => x.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard()));
        Schedule(
            () => Deadline,
            x => x.DeadlineToken,
            x => x.Received = e => e.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard())
        );
        Schedule(
            () => SoakTimer,
            x => x.SoakToken,
            x => x.Received = e => e.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard())
        );
        Schedule(
            () => CheckTimer,
            x => x.CheckToken,
            x => x.Received = e => e.CorrelateById(c => c.Message.RolloutId).OnMissingInstance(m => m.Discard())
        );
    }

    // A turn that was given twice, or an answer to a second question about the hosts, may be held up for long on its way.
    private void IgnoreTheBeginning(State later) =>
        During(later, Ignore(TurnCame), Ignore(FleetAccepted), Ignore(FleetRefused), Ignore(FleetPutOff));

    // A rollout that has ended still hears the answers to what it asked twice, and decisions that crossed its end.
    private void IgnoreWhatComesLate(State end) =>
        During(
            end,
            Ignore(SupersedeAsked),
            Ignore(PromoteAsked),
            Ignore(RollBackAsked),
            Ignore(TurnCame),
            Ignore(FleetAccepted),
            Ignore(FleetRefused),
            Ignore(FleetPutOff),
            Ignore(Advertised),
            Ignore(Withdrawn),
            Ignore(AdvertisingRefused),
            Ignore(HostUpdated),
            Ignore(HostFailed),
            Ignore(CanaryChecked)
        );

    private static bool HasInvalidPlan(BehaviorContext<RolloutState> context) => context.Saga.Failure is not null;

    private static bool HasTurn(BehaviorContext<RolloutState> context) => context.Saga.HasTurn == Turn.Has;

    private static bool HasCanaries(BehaviorContext<RolloutState> context) => context.Saga.CanaryCount > 0;

    private static bool HasReachedNoHost(BehaviorContext<RolloutState> context) => !context.Saga.HostsReached;

    private static bool HasMoreWaves(BehaviorContext<RolloutState> context) =>
        context.Saga.Wave < context.Saga.WaveCount;

    private static bool StepPassed(BehaviorContext<RolloutState> context) => context.Saga.Verdict == StepVerdict.Passed;

    private static bool StepFailed(BehaviorContext<RolloutState> context) => context.Saga.Verdict == StepVerdict.Failed;

    private static bool IsAwaited(BehaviorContext<RolloutState, VersionAdvertised> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsAwaited(BehaviorContext<RolloutState, VersionWithdrawn> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsAwaited(BehaviorContext<RolloutState, AdvertisingFailed> context) =>
        context.Message.RequestId == context.Saga.RequestId;

    private static bool IsOfStep(BehaviorContext<RolloutState, HostUpdated> context) =>
        context.Message.Step == context.Saga.Step;

    private static bool IsOfStep(BehaviorContext<RolloutState, HostUpdateFailed> context) =>
        context.Message.Step == context.Saga.Step;

    /// <summary>A deadline that comes early is the host's start: the question may have been lost, and asking again
    /// costs nothing.</summary>
    private bool MayAskAgain(BehaviorContext<RolloutState> context) =>
        context.Saga.DeadlineAt > Time.GetUtcNow() || context.Saga.Resends < Options.Resends;

    private bool MayCheckFleetAgain(BehaviorContext<RolloutState> context) =>
        MayAskAgain(context) || (context.Saga.WaitingFor is not null && MayWaitForInventory(context));

    private bool MayWaitForInventory(BehaviorContext<RolloutState> context) =>
        Time.GetUtcNow() - context.Saga.StartOf(Steps.Preflight) < Options.Inventory.Patience;
}

/// <summary>The verbs of the machine: each sends one message, sets fields, or names a path that several states
/// take.</summary>
file static class Verbs
{
    public static EventActivityBinder<RolloutState, StartRollout> Accept(
        this EventActivityBinder<RolloutState, StartRollout> step,
        RolloutStateMachine machine
    ) =>
        step.Then(context =>
        {
            var (rollout, command) = (context.Saga, context.Message);
            rollout.ReleaseId = command.ReleaseId;
            rollout.Application = command.Application;
            rollout.Package = command.Package;
            rollout.Plan = RolloutPlan.Resolve(command.Application, command.Plan, machine.Options);
            rollout.Failure = rollout.Plan.ProblemFor(command.Application);
            rollout.ReceivedAt = command.ReceivedAt;
            rollout.PlanStages();
        });

    /// <summary>At once, later, or (when a newer push has had its turn) not at all.</summary>
    public static EventActivityBinder<RolloutState, T> StartInTurn<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.EnterLane()
            .IfElse(
                context => context.Saga.HasTurn == Turn.Has,
                mine => mine.CheckFleet(machine).TransitionTo(machine.Preflight),
                other =>
                    other.IfElse(
                        context => context.Saga.HasTurn == Turn.Missed,
                        late => late.EndAs(machine.Superseded, machine),
                        wait => wait.WaitForTurn(machine)
                    )
            );

    public static EventActivityBinder<RolloutState> PublishSnapshot(this EventActivityBinder<RolloutState> step) =>
        step.Activity(x => x.OfType<PublishSnapshot>());

    public static EventActivityBinder<RolloutState, T> PublishSnapshot<T>(
        this EventActivityBinder<RolloutState, T> step
    )
        where T : class => step.Activity(x => x.OfInstanceType<PublishSnapshot>());

    public static EventActivityBinder<RolloutState> LeaveLane(this EventActivityBinder<RolloutState> step) =>
        step.Activity(x => x.OfType<LeaveLane>());

    public static EventActivityBinder<RolloutState> ObserveFleet(this EventActivityBinder<RolloutState> step) =>
        step.ThenAsync(context => context.SendCommand(new ObserveFleet { RolloutId = context.Saga.CorrelationId }));

    public static EventActivityBinder<RolloutState, T> EnterLane<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.Activity(x => x.OfInstanceType<EnterLane>());

    public static EventActivityBinder<RolloutState, T> DispatchStep<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.Activity(x => x.OfInstanceType<DispatchStep>());

    public static EventActivityBinder<RolloutState, T> JudgeStep<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.Activity(x => x.OfInstanceType<JudgeStep>());

    public static EventActivityBinder<RolloutState, T> ExplainStep<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.Activity(x => x.OfInstanceType<ExplainStep>());

    public static EventActivityBinder<RolloutState, T> GiveUpOnSilentHosts<T>(
        this EventActivityBinder<RolloutState, T> step
    )
        where T : class => step.Activity(x => x.OfInstanceType<GiveUpOnSilentHosts>());

    public static EventActivityBinder<RolloutState, T> PrepareRollback<T>(
        this EventActivityBinder<RolloutState, T> step
    )
        where T : class => step.Activity(x => x.OfInstanceType<PrepareRollback>());

    public static EventActivityBinder<RolloutState, T> CheckCanaries<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.Activity(x => x.OfInstanceType<CheckCanaries>());

    public static EventActivityBinder<RolloutState, T> JudgeCanaries<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.Activity(x => x.OfInstanceType<JudgeCanaries>());

    public static EventActivityBinder<RolloutState, T> WaitForTurn<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.Await(machine, machine.Options.ReplyDeadline).TransitionTo(machine.Queued);

    public static EventActivityBinder<RolloutState, T> KeepWaiting<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.Await(machine, machine.Options.ReplyDeadline);

    public static EventActivityBinder<RolloutState, T> CheckFleet<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.OpenStage(Steps.Preflight, machine).SendCheckFleet().Await(machine, machine.Options.HostDeadline);

    public static EventActivityBinder<RolloutState, T> CheckFleetAgain<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.SendCheckFleet().AwaitHostsAgain(machine);

    /// <summary>Says what is missing, and asks again soon; less and less often while it lasts.</summary>
    public static EventActivityBinder<RolloutState, FleetDelayed> WaitForInventory(
        this EventActivityBinder<RolloutState, FleetDelayed> step,
        RolloutStateMachine machine
    ) =>
        step.Then(context =>
            {
                context.Saga.WaitingFor = context.Message.Failure.Message;
                context.Saga.Resends = 0;
            })
            .ArmDeadline(machine, rollout => machine.Options.Inventory.PauseAfter(rollout.AttemptsOf(Steps.Preflight)))
            .PublishSnapshot();

    public static EventActivityBinder<RolloutState, FleetChecked> FreezeFleet(
        this EventActivityBinder<RolloutState, FleetChecked> step,
        RolloutStateMachine machine
    ) =>
        step.Then(context =>
        {
            var (rollout, fleet) = (context.Saga, context.Message);
            rollout.WaitingFor = null;
            rollout.CanaryCount = fleet.Canaries;
            rollout.WaveCount = fleet.Waves;
            rollout.PlanStages();
            rollout.Close(Steps.Preflight, machine.Time.GetUtcNow(), detail: fleet.Detail);
        });

    public static EventActivityBinder<RolloutState, T> SkipCanaries<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class =>
        step.Then(context =>
        {
            context.Saga.Skip(Steps.Canary, "the fleet has no canary host");
            context.Saga.Skip(Steps.Soak, "the fleet has no canary host");
        });

    public static EventActivityBinder<RolloutState, T> Advertise<T>(
        this EventActivityBinder<RolloutState, T> step,
        Channel channel,
        int phase,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context =>
            {
                var rollout = context.Saga;
                rollout.RequestId = RequestIds.Of(rollout.CorrelationId, $"advertise {channel} {phase}");
                rollout.IsCanaryListed |= channel == Channel.Canary;
                rollout.IsProductionListed |= channel == Channel.Production;
            })
            .SendAdvertise(channel, phase)
            .Await(machine, machine.Options.ReplyDeadline);

    public static EventActivityBinder<RolloutState, T> AdvertiseAgain<T>(
        this EventActivityBinder<RolloutState, T> step,
        Channel channel,
        int phase,
        RolloutStateMachine machine
    )
        where T : class => step.SendAdvertise(channel, phase).AwaitReplyAgain(machine);

    public static EventActivityBinder<RolloutState, T> BeginCanaries<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.BeginStep(_ => Steps.Canary, machine);

    public static EventActivityBinder<RolloutState, T> BeginNextWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context => context.Saga.Wave++)
            .BeginStep(rollout => Steps.Wave(rollout.Wave), machine)
            .DispatchStep()
            .ShowIn(machine.DeployingWave);

    public static EventActivityBinder<RolloutState, T> JudgeDeployedCanaries<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.OnVerdict(
            passed => passed.EndStep(machine).BeginSoak(machine).TransitionTo(machine.Soaking),
            failed => failed.ExplainStep().TakeBack(RolloutStates.RolledBack, machine),
            machine
        );

    public static EventActivityBinder<RolloutState, T> JudgeDeployedWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.OnVerdict(
            passed =>
                passed
                    .EndStep(machine)
                    .IfElse(
                        context => context.Saga.Wave < context.Saga.WaveCount,
                        more => more.BeginNextWave(machine),
                        none => none.OfferToAll(machine)
                    ),
            failed => failed.ExplainStep().TakeBack(RolloutStates.RolledBack, machine),
            machine
        );

    public static EventActivityBinder<RolloutState, T> JudgeRollback<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.OnVerdict(
            passed => passed.EndStep(machine).End(machine),
            failed => failed.ExplainStep().FailStep(machine).EndAs(machine.Failed, machine),
            machine
        );

    public static EventActivityBinder<RolloutState, T> BeginSoak<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Unschedule(machine.Deadline)
            .Then(context =>
            {
                var (rollout, now) = (context.Saga, machine.Time.GetUtcNow());
                rollout.Open(Steps.Soak, now, detail: $"until {now + rollout.Plan.Soak:HH:mm:ss} UTC");
            })
            .Schedule(
                machine.SoakTimer,
                context => new SoakOver { RolloutId = context.Saga.CorrelationId },
                context => context.Saga.Plan.Soak
            )
            .ScheduleCheck(machine, machine.Options.SoakCheckInterval);

    public static EventActivityBinder<RolloutState, T> BeginChecks<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context => context.Saga.CheckRound++)
            .IfElse(
                context => context.Saga.CurrentState == RolloutStates.Soaking,
                soak => soak.ScheduleCheck(machine, machine.Options.SoakCheckInterval),
                wait => wait.ScheduleCheck(machine, machine.Options.WaitingCheckInterval)
            );

    public static EventActivityBinder<RolloutState, T> BeginVerdict<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.StopTimers(machine)
            .Then(context =>
            {
                context.Saga.CheckRound++;
                context.Saga.WaitingFor = null;
            })
            .Await(machine, machine.Options.HostDeadline);

    public static EventActivityBinder<RolloutState, PromoteRollout> Promote(
        this EventActivityBinder<RolloutState, PromoteRollout> step
    ) =>
        step.Then(context =>
        {
            context.Saga.IsPromoted = true;
            context.Saga.PromotedBy = context.Message.By;
        });

    public static EventActivityBinder<RolloutState, T> EndSoak<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            if (rollout.Stages.Any(stage => stage is { Name: Steps.Soak, State: StageState.Running }))
            {
                rollout.Close(
                    Steps.Soak,
                    machine.Time.GetUtcNow(),
                    detail: rollout.IsPromoted ? $"ended by {rollout.PromotedBy}" : "the canaries are well"
                );
            }
        });

    /// <summary>To production when somebody has said so, or nobody needs to; otherwise a person is asked.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnToProduction<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.IfElse(
            context => context.Saga.IsPromoted || context.Saga.Plan.Promotion == PromotionPolicy.Automatic,
            go =>
                go.EndPromotion(machine)
                    .Advertise(Channel.Production, 0, machine)
                    .TransitionTo(machine.OpeningProduction),
            ask => ask.AskPerson(machine).TransitionTo(machine.AwaitingPromotion)
        );

    public static EventActivityBinder<RolloutState, T> OfferToAll<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.Advertise(Channel.Production, 100, machine).TransitionTo(machine.OfferingToAll);

    public static EventActivityBinder<RolloutState, T> TakeBackCanaries<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.ExplainStep().TakeBack(RolloutStates.RolledBack, machine);

    /// <summary>Undoes whatever was done: out of the suites first, so that no host brings it back; then off the
    /// hosts.</summary>
    public static EventActivityBinder<RolloutState, T> TakeBack<T>(
        this EventActivityBinder<RolloutState, T> step,
        string outcome,
        RolloutStateMachine machine
    )
        where T : class =>
        step.StopTimers(machine)
            .Then(context =>
            {
                var (rollout, now) = (context.Saga, machine.Time.GetUtcNow());
                rollout.Outcome = outcome;
                rollout.WaitingFor = null;
                rollout.CloseAll(now, StageState.Failed);
                rollout.Open(Steps.Rollback, now);
            })
            .Withdraw(machine)
            .TransitionTo(machine.Withdrawing);

    public static EventActivityBinder<RolloutState, T> Withdraw<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context =>
            {
                var rollout = context.Saga;
                rollout.RequestId = RequestIds.Of(rollout.CorrelationId, $"withdraw {rollout.ListedIn}");
            })
            .SendWithdraw()
            .Await(machine, machine.Options.ReplyDeadline);

    public static EventActivityBinder<RolloutState, T> WithdrawNext<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.IfElse(
            context => context.Saga.ListedIn is not null,
            listed => listed.Withdraw(machine),
            gone =>
                gone.PrepareRollback()
                    .IfElse(
                        context => context.Saga.Verdict == StepVerdict.Passed,
                        none => none.FinishStage(Steps.Rollback, machine).End(machine),
                        some =>
                            some.Await(machine, machine.Options.HostDeadline)
                                .DispatchStep()
                                .TransitionTo(machine.RollingBack)
                    )
        );

    public static EventActivityBinder<RolloutState, T> WithdrawAgain<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.SendWithdraw().AwaitReplyAgain(machine);

    public static EventActivityBinder<RolloutState, T> NoteWithdrawal<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class =>
        step.Then(context =>
        {
            if (context.Saga.ListedIn == Channel.Production)
            {
                context.Saga.IsProductionListed = false;
            }
            else
            {
                context.Saga.IsCanaryListed = false;
            }
        });

    public static EventActivityBinder<RolloutState, T> RemarkListing<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<BehaviorContext<RolloutState, T>, string> problem
    )
        where T : class =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            var suite = Suites.Of(rollout.ListedIn!.Value);
            rollout.Outcome = RolloutStates.Failed;
            rollout.Failure = new Failure
            {
                Code = "withdrawal-failed",
                Message =
                    $"{rollout.Failure?.Message}\nThe suite {suite} still lists {rollout.Package.Name} "
                    + $"{rollout.Package.Version}: {problem(context)}".TrimStart(),
                Remedy =
                    "Check the repository publisher, and release a correction: until then hosts that upgrade by "
                    + "themselves may take the version again.",
            };
        });

    public static EventActivityBinder<RolloutState, T> Blame<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<BehaviorContext<RolloutState, T>, Failure> failure
    )
        where T : class => step.Then(context => context.Saga.Failure = failure(context));

    public static EventActivityBinder<RolloutState, T> BlameSilence<T>(
        this EventActivityBinder<RolloutState, T> step,
        string who
    )
        where T : class =>
        step.Blame(context => new Failure
        {
            Code = "no-answer",
            Message = $"There was no answer from {who}, though it was asked {context.Saga.Resends + 1} times.",
            Remedy = "Check that the service runs and that its log shows no error, then release again.",
        });

    public static EventActivityBinder<RolloutState, T> BlameOffer<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<BehaviorContext<RolloutState, T>, string> problem
    )
        where T : class =>
        step.Blame(context => new Failure
        {
            Code = "offer-failed",
            Message =
                $"All waves run {context.Saga.Package.Name} {context.Saga.Package.Version}, but the production suite "
                + $"does not offer it to stragglers yet: {problem(context)}",
            Remedy = "Check the repository publisher and release again; hosts that have the version are not touched.",
        });

    public static EventActivityBinder<RolloutState, RollBackRollout> BlamePerson(
        this EventActivityBinder<RolloutState, RollBackRollout> step
    ) =>
        step.Blame(context => new Failure
        {
            Code = "rolled-back",
            Message =
                $"Taken back by {context.Message.By}"
                + (string.IsNullOrWhiteSpace(context.Message.Reason) ? "." : $": {context.Message.Reason}"),
            Remedy = "Push a correction, or release the commit again.",
        });

    /// <summary>Ends in the state that the rollback was begun for.</summary>
    public static EventActivityBinder<RolloutState, T> End<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.If(
                context => context.Saga.Outcome == RolloutStates.RolledBack,
                end => end.EndAs(machine.RolledBack, machine)
            )
            .If(
                context => context.Saga.Outcome == RolloutStates.Superseded,
                end => end.EndAs(machine.Superseded, machine)
            )
            .If(context => context.Saga.Outcome == RolloutStates.Failed, end => end.EndAs(machine.Failed, machine));

    public static EventActivityBinder<RolloutState, T> EndAs<T>(
        this EventActivityBinder<RolloutState, T> step,
        State end,
        RolloutStateMachine machine
    )
        where T : class =>
        step.StopTimers(machine)
            .Then(context =>
            {
                var rollout = context.Saga;
                rollout.WaitingFor = null;
                rollout.DeadlineAt = null;
                rollout.CloseAll(
                    machine.Time.GetUtcNow(),
                    end.Name == RolloutStates.Completed ? StageState.Succeeded
                        : end.Name == RolloutStates.Superseded ? StageState.Skipped
                        : StageState.Failed
                );
            })
            .TransitionTo(end);

    /// <summary>Waits for an answer: at the deadline, the question is asked again.</summary>
    public static EventActivityBinder<RolloutState, T> Await<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine,
        TimeSpan longest
    )
        where T : class => step.Then(context => context.Saga.Resends = 0).ArmDeadline(machine, longest);

    public static EventActivityBinder<RolloutState, T> AwaitReplyAgain<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.CountResend(machine).ArmDeadline(machine, machine.Options.ReplyDeadline);

    public static EventActivityBinder<RolloutState, T> AwaitHostsAgain<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.CountResend(machine).ArmDeadline(machine, machine.Options.HostDeadline);

    private static EventActivityBinder<RolloutState, T> CountResend<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context =>
        {
            if (context.Saga.DeadlineAt <= machine.Time.GetUtcNow())
            {
                context.Saga.Resends++;
                context.Saga.CountAttempt();
            }
        });

    private static EventActivityBinder<RolloutState, T> ArmDeadline<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine,
        TimeSpan longest
    )
        where T : class => step.ArmDeadline(machine, _ => longest);

    private static EventActivityBinder<RolloutState, T> ArmDeadline<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine,
        Func<RolloutState, TimeSpan> longest
    )
        where T : class =>
        step.Then(context => context.Saga.DeadlineAt = machine.Time.GetUtcNow() + longest(context.Saga))
            .Schedule(
                machine.Deadline,
                context => new RolloutDeadline { RolloutId = context.Saga.CorrelationId },
                context => longest(context.Saga)
            );

    /// <summary>Checks do not come faster than one try may take, so that those of a well canary never pile up.</summary>
    private static EventActivityBinder<RolloutState, T> ScheduleCheck<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine,
        TimeSpan interval
    )
        where T : class =>
        step.Schedule(
            machine.CheckTimer,
            context => new CheckDue { RolloutId = context.Saga.CorrelationId },
            context =>
            {
                var timeout = context.Saga.Plan.Health?.Timeout ?? machine.Options.HealthTimeout;
                return timeout > interval ? timeout : interval;
            }
        );

    private static EventActivityBinder<RolloutState, T> StopTimers<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Unschedule(machine.Deadline).Unschedule(machine.SoakTimer).Unschedule(machine.CheckTimer);

    private static EventActivityBinder<RolloutState, T> BeginStep<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<RolloutState, string> name,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context =>
            {
                var rollout = context.Saga;
                rollout.Step = name(rollout);
                rollout.ReportedResults = 0;
                rollout.Open(rollout.Step, machine.Time.GetUtcNow());
            })
            .Await(machine, machine.Options.HostDeadline);

    private static EventActivityBinder<RolloutState, T> EndStep<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class => step.Then(context => context.Saga.Close(context.Saga.Step!, machine.Time.GetUtcNow()));

    private static EventActivityBinder<RolloutState, T> FailStep<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context => context.Saga.Close(context.Saga.Step!, machine.Time.GetUtcNow(), StageState.Failed));

    private static EventActivityBinder<RolloutState, T> OpenStage<T>(
        this EventActivityBinder<RolloutState, T> step,
        string name,
        RolloutStateMachine machine
    )
        where T : class => step.Then(context => context.Saga.Open(name, machine.Time.GetUtcNow()));

    private static EventActivityBinder<RolloutState, T> FinishStage<T>(
        this EventActivityBinder<RolloutState, T> step,
        string name,
        RolloutStateMachine machine
    )
        where T : class => step.Then(context => context.Saga.Close(name, machine.Time.GetUtcNow()));

    private static EventActivityBinder<RolloutState, T> AskPerson<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Unschedule(machine.Deadline)
            .Then(context =>
            {
                var rollout = context.Saga;
                rollout.WaitingFor = $"a person: canary releases promote {ShortId.Of(rollout.ReleaseId)}";
                rollout.Open(Steps.Promotion, machine.Time.GetUtcNow(), StageState.Waiting, "by a person");
            })
            .If(
                context => context.Saga.CanaryCount > 0,
                some => some.ScheduleCheck(machine, machine.Options.WaitingCheckInterval)
            );

    private static EventActivityBinder<RolloutState, T> EndPromotion<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.Then(context =>
        {
            var (rollout, now) = (context.Saga, machine.Time.GetUtcNow());
            rollout.WaitingFor = null;
            rollout.Open(Steps.Promotion, now);
            rollout.Close(Steps.Promotion, now, detail: rollout.IsPromoted ? $"by {rollout.PromotedBy}" : "by policy");
        });

    private static EventActivityBinder<RolloutState, T> OnVerdict<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<EventActivityBinder<RolloutState, T>, EventActivityBinder<RolloutState, T>> passed,
        Func<EventActivityBinder<RolloutState, T>, EventActivityBinder<RolloutState, T>> failed,
        RolloutStateMachine machine
    )
        where T : class =>
        step.IfElse(
            context => context.Saga.Verdict == StepVerdict.Open,
            open => open.ReportProgress(machine),
            closed => closed.IfElse(context => context.Saga.Verdict == StepVerdict.Passed, passed, failed)
        );

    /// <summary>Any result is a sign of life: the deadline counts from the last one.</summary>
    private static EventActivityBinder<RolloutState, T> ReportProgress<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.If(
            context => context.Saga.HasNews,
            news => news.ArmDeadline(machine, machine.Options.HostDeadline).PublishSnapshot()
        );

    /// <summary>Goes to the state, or tells the world when it is there already: the next wave is the same
    /// state.</summary>
    private static EventActivityBinder<RolloutState, T> ShowIn<T>(
        this EventActivityBinder<RolloutState, T> step,
        State state
    )
        where T : class =>
        step.IfElse(
            context => context.Saga.CurrentState == state.Name,
            there => there.PublishSnapshot(),
            other => other.TransitionTo(state)
        );

    private static EventActivityBinder<RolloutState, T> SendCheckFleet<T>(
        this EventActivityBinder<RolloutState, T> step
    )
        where T : class =>
        step.SendCommand(context => new CheckFleet
        {
            RolloutId = context.Saga.CorrelationId,
            Application = context.Saga.Application,
            Package = context.Saga.Package.Name,
            Role = context.Saga.Plan.Role,
            Waves = context.Saga.Plan.Waves,
            FailureBudget = context.Saga.Plan.FailureBudget,
        });

    private static EventActivityBinder<RolloutState, T> SendAdvertise<T>(
        this EventActivityBinder<RolloutState, T> step,
        Channel channel,
        int phase
    )
        where T : class =>
        step.SendCommand(context => new AdvertiseVersion
        {
            RequestId = context.Saga.RequestId!.Value,
            RolloutId = context.Saga.CorrelationId,
            Application = context.Saga.Application,
            Suite = Suites.Of(channel),
            Package = context.Saga.Package.Name,
            Version = context.Saga.Package.Version,
            PhasedPercentage = phase,
        });

    private static EventActivityBinder<RolloutState, T> SendWithdraw<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class =>
        step.SendCommand(context => new WithdrawVersion
        {
            RequestId = context.Saga.RequestId!.Value,
            RolloutId = context.Saga.CorrelationId,
            Application = context.Saga.Application,
            Suite = Suites.Of(context.Saga.ListedIn!.Value),
            Package = context.Saga.Package.Name,
            Version = context.Saga.Package.Version,
        });
}
