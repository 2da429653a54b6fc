using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Alarms;
using Canary.Deployer.Gates;
using Canary.Deployer.Hooks;
using Canary.Durability.Messaging;
using Canary.Durability.Sagas;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>The verbs of the machine: each sets fields, does one piece of work, or names a path that several states take.</summary>
internal static class RolloutVerbs
{
    /// <summary>How often a rollout that is watched looks at the alarms, should nobody tell it of them.</summary>
    private const int LooksAtAlarms = 5;

    public static EventActivityBinder<RolloutState, StartRollout> Accept(
        this EventActivityBinder<RolloutState, StartRollout> step
    ) =>
        step.Then(context =>
        {
            var (rollout, command) = (context.Saga, context.Message);
            rollout.ReleaseId = command.ReleaseId;
            rollout.Application = command.Application;
            rollout.Package = command.Package;
            rollout.Number = command.Number;
            rollout.Plan = RolloutPlan.Of(command, context.Settings<DeployerOptions>());
            rollout.Gates = new GateState { Author = command.Author, GoesBack = command.GoesBack };
            if (command is { Promotes: true, By: { } by })
            {
                rollout.Approve(by);
                // Who may not approve lets nothing go on by asking for it beforehand.
                rollout.Plan = rollout.IsPromoted
                    ? rollout.Plan
                    : rollout.Plan with
                    {
                        Promotion = PromotionPolicy.Manual,
                    };
            }

            rollout.Failure = rollout.Plan.ProblemFor(command.Application);
            rollout.PlanStages();
        });

    /// <summary>At once, later, or (when a newer release has had its turn) not at all.</summary>
    public static EventActivityBinder<RolloutState, T> TakeTurn<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.ThenAsync(Work<EnterLane>)
            .If(context => context.Saga.HasTurn == Turn.Has, mine => mine.GoOnOrHold(to.Preflight, to.AwaitingStart))
            .If(context => context.Saga.HasTurn == Turn.Missed, late => late.TransitionTo(to.Superseded))
            .If(
                context => context.Saga.HasTurn == Turn.Waits && context.Saga.CurrentState != RolloutStates.Queued,
                wait => wait.TransitionTo(to.Queued)
            );

    /// <summary>On, unless a window or a freeze holds it; what holds it may have become another one.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnOrHold<T>(
        this EventActivityBinder<RolloutState, T> step,
        State next,
        State held
    )
        where T : class =>
        step.ThenAsync(Work<LookAtGates>)
            .IfElse(
                context => context.Saga.IsHeld,
                closed =>
                    closed.IfElse(
                        context => context.Saga.CurrentState == held.Name,
                        still => still.TellNews(),
                        now => now.TransitionTo(held)
                    ),
                open => open.TransitionTo(next)
            );

    /// <summary>Somebody answers for going on in spite of windows and freezes.</summary>
    public static EventActivityBinder<RolloutState, OverrideGates> RecordOverride(
        this EventActivityBinder<RolloutState, OverrideGates> step
    ) =>
        step.Then(context =>
        {
            var (rollout, decision) = (context.Saga, context.Message);
            rollout.Gates = (rollout.Gates ?? new GateState()) with
            {
                Override = new GateOverride(decision.By, decision.Reason),
            };
            rollout.Warnings =
            [
                .. rollout.Warnings,
                $"{decision.By} has it go on in spite of windows and freezes: {decision.Reason}",
            ];
        });

    public static EventActivityBinder<RolloutState, FleetChecked> FreezeFleet(
        this EventActivityBinder<RolloutState, FleetChecked> step
    ) =>
        step.Then(context =>
        {
            var (rollout, fleet) = (context.Saga, context.Message);
            rollout.WaitingFor = null;
            rollout.CanaryCount = fleet.Canaries;
            rollout.WaveCount = fleet.Waves;
            rollout.PlanStages();
            rollout.Close(Steps.Preflight, context.Now(), detail: fleet.Detail);
        });

    /// <summary>Says before any host is touched which of them could not get back to what they have.</summary>
    public static EventActivityBinder<RolloutState, VersionsKept> WarnOfMissingWaysBack(
        this EventActivityBinder<RolloutState, VersionsKept> step
    ) =>
        step.ThenAsync(async context =>
            context.Saga.Warnings = [
                .. context.Saga.Warnings,
                .. await context
                    .Service<WaysBack>()
                    .WarningsAsync(context.Saga, context.Message.Missing, context.CancellationToken),
            ]
        );

    /// <summary>Says what is missing, and asks again soon; less and less often while it lasts.</summary>
    public static EventActivityBinder<RolloutState, FleetDelayed> WaitForFleet(
        this EventActivityBinder<RolloutState, FleetDelayed> step,
        RolloutStateMachine machine
    ) =>
        machine
            .WaitOn(
                step.Then(context => context.Saga.WaitingFor = context.Message.Failure.Message),
                RolloutQuestions.PauseForFleet
            )
            .PublishSnapshot();

    public static EventActivityBinder<RolloutState, T> SkipCanaries<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class =>
        step.Then(context =>
        {
            context.Saga.Skip(Steps.Canary, "the fleet has no canary host");
            context.Saga.Skip(Steps.Soak, "the fleet has no canary host");
        });

    /// <summary>To the canaries; a fleet that has none goes on without them.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnToCanaries<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.IfElse(
            RolloutStateMachine.HasCanaries,
            some =>
                some.IfElse(
                    RolloutStateMachine.HasHookToRun,
                    hook => hook.TransitionTo(to.ListingForHook),
                    none => none.TransitionTo(to.AdvertisingCanary)
                ),
            none => none.SkipCanaries().GoOnToProduction(to)
        );

    /// <summary>To production when somebody has said so, or nobody needs to; otherwise a person is asked.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnToProduction<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.ThenAsync(Work<TrustSilence>)
            .IfElse(
                context => context.Saga.IsPromoted || GoesOnByItself(context),
                go => go.TransitionTo(to.OpeningProduction),
                ask => ask.TransitionTo(to.AwaitingPromotion)
            );

    /// <summary>On, when all that was missing was a proof that alarms arrive, and it has come.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnWhenProved<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.If(
            context => context.Saga.CurrentState == RolloutStates.AwaitingPromotion,
            waiting => waiting.ThenAsync(Work<TrustSilence>).If(GoesOnByItself, proved => proved.GoOnFromWaiting(to))
        );

    /// <summary>Out of the wait for people: the canaries are looked at once more.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnFromWaiting<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.IfElse(
            RolloutStateMachine.HasCanaries,
            some => some.TransitionTo(to.JudgingCanary),
            none => none.TransitionTo(to.OpeningProduction)
        );

    /// <summary>To the next wave. Before the first one, in a fleet without canaries, runs the script that runs once; windows and freezes hold
    /// both.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnToWaves<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.IfElse(
            RolloutStateMachine.HasHookToRun,
            hook => hook.GoOnOrHold(to.RunningHook, to.AwaitingWave),
            go => go.NextWave(to)
        );

    /// <summary>To what windows and freezes have held, unless the canaries have sent it back meanwhile.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnToHeldWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.If(
            context => context.Saga.CurrentState == nameof(RolloutStateMachine.AwaitingWave),
            held => held.GoOnToWaves(to)
        );

    /// <summary>Nothing more is heard of the script.</summary>
    public static EventActivityBinder<RolloutState, T> LoseHook<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.ThenAsync(Work<LoseHook>);

    /// <summary>Once the script that runs before the first host is over: to that host.</summary>
    public static EventActivityBinder<RolloutState, T> JudgeHook<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.ThenAsync(Work<JudgeHook>)
            .OnVerdict(
                passed =>
                    passed
                        .Then(context => context.Saga.Close(Steps.PreDeploy, context.Now()))
                        .IfElse(
                            context => context.Saga.IsProductionListed,
                            production => production.NextWave(to),
                            canary => canary.TransitionTo(to.AdvertisingCanary)
                        ),
                failed => failed.RollBack(to.Failed, to)
            );

    /// <summary>Follows the script further, or waits for its host.</summary>
    public static EventActivityBinder<RolloutState, HookReported> FollowHook(
        this EventActivityBinder<RolloutState, HookReported> step,
        RolloutStateMachine machine
    ) =>
        step.If(
            context => context.Saga.Verdict == StepVerdict.Open,
            open =>
                // The host was heard: what was asked in vain before counts no longer.
                open.Then(context => context.Saga.Attempts = 1)
                    .IfElse(
                        context => context.Saga.WaitingFor is null,
                        runs =>
                            machine.WaitOn(
                                runs.ThenAsync(context => context.Service<AskHook>().AgainAsync(context)),
                                RolloutQuestions.Hook.Every
                            ),
                        waits => machine.WaitOn(waits, RolloutQuestions.Hook.Every).PublishSnapshot()
                    )
        );

    public static EventActivityBinder<RolloutState, T> BeginStep<T>(
        this EventActivityBinder<RolloutState, T> step,
        string name
    )
        where T : class => step.Then(context => context.Saga.Begin(name, context.Now()));

    public static EventActivityBinder<RolloutState> BeginWave(this EventActivityBinder<RolloutState> step) =>
        step.Then(context => context.Saga.Begin(Steps.Wave(++context.Saga.Wave), context.Now()));

    /// <summary>Updates the hosts of the step, unless a person has said to wait.</summary>
    public static EventActivityBinder<RolloutState, T> PauseOr<T>(
        this EventActivityBinder<RolloutState, T> step,
        State deploying,
        RolloutStateMachine to
    )
        where T : class =>
        step.IfElse(IsToPause, wait => wait.TransitionTo(to.Paused), go => go.TransitionTo(deploying));

    /// <summary>Updates the hosts of the step, unless a person has said to wait.</summary>
    public static EventActivityBinder<RolloutState> PauseOr(
        this EventActivityBinder<RolloutState> step,
        State deploying,
        RolloutStateMachine to
    ) => step.IfElse(IsToPause, wait => wait.TransitionTo(to.Paused), go => go.TransitionTo(deploying));

    /// <summary>To the hosts of the wave; machines that upgrade by themselves are offered the version first, where the plan says
    /// so.</summary>
    public static EventActivityBinder<RolloutState> OpenWave(
        this EventActivityBinder<RolloutState> step,
        RolloutStateMachine to
    ) =>
        step.IfElse(
            IsToPause,
            wait => wait.TransitionTo(to.Paused),
            go =>
                go.IfElse(
                    IsPhased,
                    offer => offer.TransitionTo(to.OfferingWave),
                    hosts => hosts.TransitionTo(to.DeployingWave)
                )
        );

    /// <summary>Updates the hosts of the wave, if there are any that are not done with, unless a person has said to wait.</summary>
    public static EventActivityBinder<RolloutState, T> BeginHostsOfWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.If(context => context.Saga.Verdict == StepVerdict.Open, open => open.PauseOr(to.DeployingWave, to));

    /// <summary>The hosts of a wave run the version for a while before the next ones get it.</summary>
    public static EventActivityBinder<RolloutState, T> SoakWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.IfElse(
            context => context.Saga.Plan.WaveSoak > TimeSpan.Zero && context.Saga.Wave < context.Saga.WaveCount,
            soak => soak.UnlessAlarmed(to, quiet => quiet.TransitionTo(to.SoakingWave)),
            next => next.NextWave(to)
        );

    public static EventActivityBinder<RolloutState> BeginWaveSoak(
        this EventActivityBinder<RolloutState> step,
        RolloutStateMachine machine
    ) =>
        step.Then(context => context.Saga.WaitingFor = Excuses.WaveSoak(context.Saga))
            .Schedule(
                machine.SoakTimer,
                context => new SoakOver { RolloutId = context.Saga.CorrelationId },
                context => (context.StoreTime() + context.Saga.Plan.WaveSoak).UtcDateTime
            );

    public static EventActivityBinder<RolloutState> EndWaveSoak(
        this EventActivityBinder<RolloutState> step,
        RolloutStateMachine machine
    ) => step.Unschedule(machine.SoakTimer).Then(context => context.Saga.WaitingFor = null);

    /// <summary>Tells the hosts whose turn it is now that others are back; where all were told at once, there are none.</summary>
    public static EventActivityBinder<RolloutState, T> GoOnWithHosts<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.If(
            context => context.Saga is { Verdict: StepVerdict.Open, Plan.IsThrottled: true },
            open =>
                open.ThenAsync(context => context.Service<DispatchStep>().GoOnAsync(context))
                    .If(
                        context => context.Saga.HasToldMore,
                        more =>
                            machine.WaitOn(
                                more.Then(context => context.Saga.Attempts = 1),
                                context => context.Settings<DeployerOptions>().HostDeadline
                            )
                    )
        );

    /// <summary>On to the next hosts, unless an alarm sends it back.</summary>
    public static EventActivityBinder<RolloutState, T> NextWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.UnlessAlarmed(
            to,
            quiet =>
                quiet.IfElse(
                    context => context.Saga.Wave < context.Saga.WaveCount,
                    more => more.GoOnOrHold(to.StartingWave, to.AwaitingWave),
                    none => none.TransitionTo(to.OfferingToAll)
                )
        );

    /// <summary>What alarms that have begun to fire mean for hosts that have the version.</summary>
    public static EventActivityBinder<RolloutState, T> JudgeAlarms<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class => step.UnlessAlarmed(to, quiet => quiet.TellNews());

    /// <summary>The same while hosts get the version: a pause begins at once.</summary>
    public static EventActivityBinder<RolloutState, T> JudgeAlarmsAtHosts<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.UnlessAlarmed(
            to,
            quiet => quiet.IfElse(IsToPause, pause => pause.TransitionTo(to.Paused), other => other.TellNews())
        );

    /// <summary>The version is looked after for a while when everybody has it.</summary>
    public static EventActivityBinder<RolloutState> BeginWatch(
        this EventActivityBinder<RolloutState> step,
        RolloutStateMachine machine
    ) =>
        step.If(
            context =>
                context.Saga is { AlarmsBefore: not null, Plan: { OnAlarm: AlarmPolicy.RollBack, Watch.Ticks: > 0 } },
            watched =>
                watched
                    .Then(context => context.Saga.WatchUntil = context.StoreTime() + context.Saga.Plan.Watch)
                    .Schedule(machine.WatchTimer, WatchDueFor, NextLookAtAlarms)
        );

    /// <summary>Whether an alarm makes the completed rollout one that is regretted.</summary>
    public static EventActivityBinder<RolloutState, T> JudgeWatch<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.If(
            context => context.Saga.WatchUntil is not null,
            watched =>
                watched
                    .ThenAsync(Work<JudgeAlarms>)
                    .If(IsToRollBack, alarmed => alarmed.Then(context => context.Saga.RegretFailure()))
                    .If(
                        context => context.Saga.HasNews,
                        // Until the read model has it, like every other word about its end.
                        news =>
                            machine
                                .WaitOn(news, context => context.Settings<DeployerOptions>().ReplyDeadline)
                                .PublishSnapshot()
                    )
        );

    /// <summary>Looks at the alarms again later, while it is watched.</summary>
    public static EventActivityBinder<RolloutState, WatchDue> GoOnWatching(
        this EventActivityBinder<RolloutState, WatchDue> step,
        RolloutStateMachine machine
    ) =>
        step.IfElse(
            context => context.Saga.WatchUntil > context.StoreTime(),
            more =>
                more.Schedule(
                    machine.WatchTimer,
                    context => WatchDueFor(context),
                    context => NextLookAtAlarms(context)
                ),
            over => over.Then(context => context.Saga.WatchUntil = null)
        );

    /// <summary>Counts what is recorded of the hosts of the step.</summary>
    public static EventActivityBinder<RolloutState, T> Judge<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.ThenAsync(Work<JudgeStep>);

    public static EventActivityBinder<RolloutState, T> JudgeCanaryStep<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.Judge()
            .OnVerdict(
                passed => passed.CloseStep().TransitionTo(to.Soaking),
                failed => failed.Explain().RollBack(to.RolledBack, to)
            );

    public static EventActivityBinder<RolloutState, T> JudgeWave<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.Judge()
            .OnVerdict(
                passed => passed.CloseStep().SoakWave(to),
                failed =>
                    failed
                        .Explain()
                        .IfElse(
                            context => context.Saga.Plan.OnWaveFailure == WaveFailurePolicy.Pause,
                            ask => ask.PauseForFailure().TransitionTo(to.Paused),
                            back => back.RollBack(to.RolledBack, to)
                        )
            );

    public static EventActivityBinder<RolloutState, T> JudgeRollback<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.Judge()
            .OnVerdict(
                passed => passed.CloseStep().End(to),
                failed => failed.Explain().CloseStep(StageState.Failed).TransitionTo(to.Failed)
            );

    /// <summary>Whether the canaries are still healthy.</summary>
    public static EventActivityBinder<RolloutState, T> JudgeHealth<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.ThenAsync(Work<JudgeCanaries>)
            .IfElse(
                context => context.Saga.Verdict == StepVerdict.Failed,
                unhealthy =>
                    unhealthy
                        // Between waves too it is the canaries that are spoken of.
                        .Then(context => context.Saga.Step = Steps.Canary)
                        .Explain()
                        .RollBack(to.RolledBack, to),
                healthy => healthy.JudgeAlarms(to)
            );

    /// <summary>Whether all canaries have passed the last round.</summary>
    public static EventActivityBinder<RolloutState, T> JudgeVerdict<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.ThenAsync(Work<JudgeCanaries>)
            .OnVerdict(
                healthy => healthy.UnlessAlarmed(to, quiet => quiet.CloseSoak().GoOnToProduction(to)),
                unhealthy => unhealthy.Explain().RollBack(to.RolledBack, to)
            );

    /// <summary>Any result is a sign of life: the deadline counts from the last one.</summary>
    public static EventActivityBinder<RolloutState, T> ReportProgress<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine machine
    )
        where T : class =>
        step.If(
            context => context.Saga is { Verdict: StepVerdict.Open, HasNews: true },
            news => machine.WaitOn(news, context => context.Settings<DeployerOptions>().HostDeadline).PublishSnapshot()
        );

    /// <summary>Hosts of the step that never answered have failed.</summary>
    public static EventActivityBinder<RolloutState, T> TimeOutHosts<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.ThenAsync(Work<TimeOutHosts>);

    public static EventActivityBinder<RolloutState, SteerHost> Steer(
        this EventActivityBinder<RolloutState, SteerHost> step
    ) => step.ThenAsync(context => context.Service<SteerHosts>().RunAsync(context));

    public static EventActivityBinder<RolloutState> BeginSoak(
        this EventActivityBinder<RolloutState> step,
        RolloutStateMachine machine
    ) =>
        step.Then(context =>
            {
                var (rollout, now) = (context.Saga, context.Now());
                rollout.Open(Steps.Soak, now, detail: $"until {now + rollout.Plan.Soak:HH:mm:ss} UTC");
                rollout.WaitingFor =
                    rollout.Plan.Soak > TimeSpan.Zero ? Excuses.Soak(rollout, now + rollout.Plan.Soak) : null;
            })
            .Schedule(
                machine.SoakTimer,
                context => new SoakOver { RolloutId = context.Saga.CorrelationId },
                context => (context.StoreTime() + context.Saga.Plan.Soak).UtcDateTime
            );

    public static EventActivityBinder<RolloutState, PromoteRollout> RecordPromotion(
        this EventActivityBinder<RolloutState, PromoteRollout> step
    ) =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            rollout.Approve(context.Message.By);
            if (rollout.CurrentState == RolloutStates.AwaitingPromotion)
            {
                rollout.WaitingFor = Excuses.Promotion(rollout);
            }
        });

    /// <summary>On, when everybody has approved who must.</summary>
    public static EventActivityBinder<RolloutState, PromoteRollout> WhenApproved(
        this EventActivityBinder<RolloutState, PromoteRollout> step,
        Func<EventActivityBinder<RolloutState, PromoteRollout>, EventActivityBinder<RolloutState, PromoteRollout>> go
    ) => step.IfElse(context => context.Saga.IsPromoted, go, wait => wait.PublishSnapshot());

    public static EventActivityBinder<RolloutState> AskPerson(this EventActivityBinder<RolloutState> step) =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            rollout.WaitingFor = Excuses.Promotion(rollout);
            rollout.Open(Steps.Promotion, context.Now(), StageState.Waiting, "by a person");
        });

    public static EventActivityBinder<RolloutState> ClosePromotion(this EventActivityBinder<RolloutState> step) =>
        step.Then(context =>
        {
            var (rollout, now) = (context.Saga, context.Now());
            rollout.WaitingFor = null;
            rollout.Open(Steps.Promotion, now);
            rollout.Close(Steps.Promotion, now, detail: rollout.PromotedBy is { } by ? $"by {by}" : "by policy");
        });

    public static EventActivityBinder<RolloutState, PauseRollout> RecordPause(
        this EventActivityBinder<RolloutState, PauseRollout> step
    ) =>
        step.Then(context =>
            context.Saga.Pause =
                $"paused by {context.Message.By}"
                + (string.IsNullOrWhiteSpace(context.Message.Reason) ? "" : $": {context.Message.Reason}")
        );

    public static EventActivityBinder<RolloutState, ResumeRollout> ForgetPause(
        this EventActivityBinder<RolloutState, ResumeRollout> step
    ) => step.Then(context => context.Saga.Pause = null);

    public static EventActivityBinder<RolloutState, T> PauseForFailure<T>(
        this EventActivityBinder<RolloutState, T> step
    )
        where T : class =>
        step.Then(context =>
        {
            context.Saga.Pause = $"{context.Saga.Step} failed";
            context.Saga.IsPausedByFailure = true;
        });

    public static EventActivityBinder<RolloutState> ShowPause(this EventActivityBinder<RolloutState> step) =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            rollout.WaitingFor = Excuses.Pause(rollout);
            rollout.Open(rollout.Step!, context.Now(), StageState.Waiting);
        });

    /// <summary>Goes on where the step stopped; hosts that failed it are accepted by who says so.</summary>
    public static EventActivityBinder<RolloutState, ResumeRollout> Resume(
        this EventActivityBinder<RolloutState, ResumeRollout> step,
        RolloutStateMachine to
    ) =>
        step.ThenAsync(Work<LookAtGates>)
            .IfElse(
                context => context.Saga.IsHeld,
                held =>
                    held.Then(context => context.Saga.WaitingFor = Excuses.HeldPause(context.Saga)).PublishSnapshot(),
                open => open.ResumeNow(to)
            );

    private static EventActivityBinder<RolloutState, ResumeRollout> ResumeNow(
        this EventActivityBinder<RolloutState, ResumeRollout> step,
        RolloutStateMachine to
    ) =>
        step.If(context => context.Saga.IsPausedByFailure, failed => failed.ThenAsync(Work<AcceptFailures>))
            .ThenAsync(Work<AcceptAlarms>)
            .Then(context =>
            {
                context.Saga.Pause = null;
                context.Saga.IsPausedByFailure = false;
                context.Saga.WaitingFor = null;
                context.Saga.Failure = null;
                context.Saga.Open(context.Saga.Step!, context.Now());
            })
            .IfElse(
                context => context.Saga.Step == Steps.Canary,
                canaries => canaries.JudgeCanaryStep(to).GoOnWith(to.DeployingCanary),
                wave =>
                    wave.IfElse(
                        IsPhased,
                        offer => offer.TransitionTo(to.OfferingWave),
                        hosts => hosts.JudgeWave(to).GoOnWith(to.DeployingWave)
                    )
            );

    /// <summary>Out of the suites first, so that no host takes the version again by itself; then off the hosts.</summary>
    public static EventActivityBinder<RolloutState, T> RollBack<T>(
        this EventActivityBinder<RolloutState, T> step,
        State outcome,
        RolloutStateMachine to
    )
        where T : class =>
        step.Then(context =>
            {
                var (rollout, now) = (context.Saga, context.Now());
                rollout.Outcome = outcome.Name;
                rollout.WaitingFor = null;
                rollout.Pause = null;
                rollout.CloseAll(now, StageState.Failed);
                rollout.Open(Steps.Rollback, now);
            })
            .ThenAsync(Work<PrepareRollback>)
            .TransitionTo(to.StartingRollback);

    /// <summary>From production first; a version that no suite lists has reached no host.</summary>
    public static EventActivityBinder<RolloutState> Withdraw(
        this EventActivityBinder<RolloutState> step,
        RolloutStateMachine to
    ) =>
        step.IfElse(
            context => context.Saga.IsProductionListed,
            production => production.TransitionTo(to.WithdrawingProduction),
            other =>
                other.IfElse(
                    context => context.Saga.IsCanaryListed,
                    canary => canary.TransitionTo(to.WithdrawingCanary),
                    none => none.TransitionTo(to.RolledBack)
                )
        );

    /// <summary>To the other suite that lists the version, then to the hosts that have it.</summary>
    public static EventActivityBinder<RolloutState, T> GoBack<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        step.IfElse(
            context => context.Saga.IsCanaryListed,
            canary => canary.TransitionTo(to.WithdrawingCanary),
            none => none.JudgeRollback(to).GoOnWith(to.RollingBack)
        );

    public static EventActivityBinder<RolloutState, VersionWithdrawn> NoteWithdrawal(
        this EventActivityBinder<RolloutState, VersionWithdrawn> step
    ) =>
        step.ThenAsync(async context =>
        {
            var channel = context.Saga.Unlist();
            await context
                .Service<WaysBack>()
                .CloseAsync(context.Saga, channel, context.Message.Restored, context.CancellationToken);
        });

    public static EventActivityBinder<RolloutState, T> RemarkListing<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<T, string> problem
    )
        where T : class =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            var suite = Suites.Of(rollout.Unlist());
            rollout.Outcome = RolloutStates.Failed;
            rollout.Failure = new Failure
            {
                Code = DeployerCodes.WithdrawalFailed,
                Message =
                    $"{rollout.Failure?.Message}\nThe suite {suite} still lists {rollout.Package.Name} "
                    + $"{rollout.Package.Version}: {problem(context.Message)}".TrimStart(),
                Remedy =
                    "Check the repository publisher, and release a correction: until then hosts that upgrade by "
                    + "themselves may take the version again.",
            };
        });

    public static EventActivityBinder<RolloutState, T> Fail<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<T, Failure> failure
    )
        where T : class => step.Then(context => context.Saga.Failure = failure(context.Message));

    /// <summary>Says who did not answer.</summary>
    public static EventActivityBinder<RolloutState, RolloutDeadline> TimeOut(
        this EventActivityBinder<RolloutState, RolloutDeadline> step,
        RolloutStateMachine machine
    ) =>
        step.Then(context =>
            context.Saga.Failure = new Failure
            {
                Code = DeployerCodes.NoAnswer,
                Message =
                    $"There was no answer from {machine.QuestionOf(context.Saga).Of}, though it was "
                    + $"asked {context.Saga.Attempts} times.",
                Remedy = "Check that the service runs and that its log shows no error, then release again.",
            }
        );

    public static EventActivityBinder<RolloutState, T> FailOffer<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<T, string> problem
    )
        where T : class =>
        step.Then(context =>
            context.Saga.Failure = new Failure
            {
                Code = DeployerCodes.OfferFailed,
                Message =
                    $"All waves run {context.Saga.Package.Name} {context.Saga.Package.Version}, but the production suite "
                    + $"does not offer it to stragglers yet: {problem(context.Message)}",
                Remedy =
                    "Check the repository publisher and release again; hosts that have the version are not touched.",
            }
        );

    public static EventActivityBinder<RolloutState, RollBackRollout> RecordRollBack(
        this EventActivityBinder<RolloutState, RollBackRollout> step
    ) =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            rollout.Failure = new Failure
            {
                Code = DeployerCodes.RolledBack,
                Message =
                    $"Rolled back by {context.Message.By}"
                    + (string.IsNullOrWhiteSpace(context.Message.Reason) ? "." : $": {context.Message.Reason}"),
                Remedy = "Push a correction, or release the commit again.",
            };
            if (rollout.CurrentState == nameof(RolloutStateMachine.RunningHook))
            {
                rollout.Warnings =
                [
                    .. rollout.Warnings,
                    $"{rollout.Plan.PreDeploy?.Path} may still run: it is not stopped half-way.",
                ];
            }
        });

    /// <summary>Ends what is at work, and leaves out what has not begun.</summary>
    public static EventActivityBinder<RolloutState> Close(
        this EventActivityBinder<RolloutState> step,
        StageState atWork
    ) =>
        step.Then(context =>
        {
            context.Saga.WaitingFor = null;
            context.Saga.DeadlineAt = null;
            context.Saga.CloseAll(context.Now(), atWork);
        });

    public static EventActivityBinder<RolloutState> OpenStage(
        this EventActivityBinder<RolloutState> step,
        string name
    ) => step.Then(context => context.Saga.Open(name, context.Now()));

    public static EventActivityBinder<RolloutState> PublishSnapshot(this EventActivityBinder<RolloutState> step) =>
        step.ThenAsync(context => context.Service<PublishSnapshot>().RunAsync(context));

    public static EventActivityBinder<RolloutState, T> PublishSnapshot<T>(
        this EventActivityBinder<RolloutState, T> step
    )
        where T : class => step.ThenAsync(Work<PublishSnapshot>);

    public static EventActivityBinder<RolloutState> LeaveLane(this EventActivityBinder<RolloutState> step) =>
        step.ThenAsync(context => context.Service<LeaveLane>().RunAsync(context));

    public static EventActivityBinder<RolloutState> ObserveFleet(this EventActivityBinder<RolloutState> step) =>
        step.ThenAsync(context =>
            context.SendCommand(
                new ObserveFleet { RolloutId = context.Saga.CorrelationId, Application = context.Saga.Application }
            )
        );

    private static EventActivityBinder<RolloutState, T> Explain<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.ThenAsync(Work<ExplainStep>);

    private static EventActivityBinder<RolloutState, T> CloseStep<T>(
        this EventActivityBinder<RolloutState, T> step,
        StageState state = StageState.Succeeded
    )
        where T : class => step.Then(context => context.Saga.Close(context.Saga.Step!, context.Now(), state));

    private static EventActivityBinder<RolloutState, T> CloseSoak<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class =>
        step.Then(context =>
        {
            var rollout = context.Saga;
            rollout.WaitingFor = null;
            if (rollout.Stages.Any(stage => stage is { Name: Steps.Soak, State: StageState.Running }))
            {
                rollout.Close(
                    Steps.Soak,
                    context.Now(),
                    detail: rollout.IsPromoted ? $"ended by {rollout.PromotedBy}" : "the canaries are healthy"
                );
            }
        });

    private static EventActivityBinder<RolloutState, T> OnVerdict<T>(
        this EventActivityBinder<RolloutState, T> step,
        Func<EventActivityBinder<RolloutState, T>, EventActivityBinder<RolloutState, T>> passed,
        Func<EventActivityBinder<RolloutState, T>, EventActivityBinder<RolloutState, T>> failed
    )
        where T : class =>
        step.If(
            context => context.Saga.Verdict != StepVerdict.Open,
            closed => closed.IfElse(context => context.Saga.Verdict == StepVerdict.Passed, passed, failed)
        );

    /// <summary>What is not decided yet is waited for there.</summary>
    private static EventActivityBinder<RolloutState, T> GoOnWith<T>(
        this EventActivityBinder<RolloutState, T> step,
        State state
    )
        where T : class =>
        step.If(context => context.Saga.Verdict == StepVerdict.Open, open => open.TransitionTo(state));

    /// <summary>Ends in the state that the rollback was begun for.</summary>
    private static EventActivityBinder<RolloutState, T> End<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to
    )
        where T : class =>
        ((State[])[to.RolledBack, to.Superseded, to.Failed]).Aggregate(
            step,
            (binder, end) => binder.If(context => context.Saga.Outcome == end.Name, it => it.TransitionTo(end))
        );

    private static EventActivityBinder<RolloutState, T> UnlessAlarmed<T>(
        this EventActivityBinder<RolloutState, T> step,
        RolloutStateMachine to,
        Func<EventActivityBinder<RolloutState, T>, EventActivityBinder<RolloutState, T>> quiet
    )
        where T : class =>
        step.ThenAsync(Work<JudgeAlarms>).IfElse(IsToRollBack, alarmed => alarmed.RollBack(to.RolledBack, to), quiet);

    private static bool IsToRollBack(BehaviorContext<RolloutState> context) =>
        context.Saga.AlarmVerdict == AlarmPolicy.RollBack;

    private static EventActivityBinder<RolloutState, T> TellNews<T>(this EventActivityBinder<RolloutState, T> step)
        where T : class => step.If(context => context.Saga.HasNews, news => news.PublishSnapshot());

    private static WatchDue WatchDueFor(BehaviorContext<RolloutState> context) =>
        new() { RolloutId = context.Saga.CorrelationId };

    private static DateTime NextLookAtAlarms(BehaviorContext<RolloutState> context) =>
        (context.StoreTime() + (context.Saga.Plan.Watch / LooksAtAlarms)).UtcDateTime;

    private static bool GoesOnByItself(BehaviorContext<RolloutState> context) =>
        context.Saga is { IsSilenceTrusted: true, Plan: { Promotion: PromotionPolicy.Automatic, Approvals: <= 1 } };

    private static bool IsPhased(BehaviorContext<RolloutState> context) => context.Saga.Plan.Phased;

    private static bool IsToPause(BehaviorContext<RolloutState> context) => context.Saga.Pause is not null;

    private static Task Work<TWork>(BehaviorContext<RolloutState> context)
        where TWork : class, IRolloutWork => context.Service<TWork>().RunAsync(context);
}
