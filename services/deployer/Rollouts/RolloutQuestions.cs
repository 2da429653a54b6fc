using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Deployer.Hooks;
using Canary.Durability.Messaging;
using Canary.Durability.Sagas;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>What the states of a rollout ask.</summary>
internal static class RolloutQuestions
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    private const string Publisher = "the repository publisher";

    private static readonly Type[] HostAnswers = [typeof(HostUpdated), typeof(HostUpdateFailed)];

    /// <summary>Whether the application's other rollout has ended. It is written in the lane, so nobody is asked.</summary>
    public static readonly Question<RolloutState> PlaceInLane = new()
    {
        Of = "the rollout before",
        Ask = _ => Task.CompletedTask,
        Every = context => Options(context).ReplyDeadline,
        Answers = [typeof(TakeTurn)],
    };

    /// <summary>Whether windows and freezes let it go on. It is looked at anew each time, by the wall clock.</summary>
    public static readonly Question<RolloutState> Opening = new()
    {
        Of = "windows and freezes",
        Ask = _ => Task.CompletedTask,
        Every = context => Options(context).GateInterval,
        Answers = [typeof(OverrideGates)],
    };

    /// <summary>The same before a wave, where there are canaries to look after meanwhile.</summary>
    public static readonly Question<RolloutState> OpeningForWave = Health(
        options => options.GateInterval,
        typeof(OverrideGates)
    );

    /// <summary>Which hosts there are, and what they have.</summary>
    public static readonly Question<RolloutState> Fleet = new()
    {
        Of = "the deployer's look at the hosts",
        Ask = context => context.SendCommand(FleetOf(context)),
        Every = context => context.Saga.WaitingFor is null ? Options(context).HostDeadline : PauseForFleet(context),
        AtMost = context =>
            context.Saga.WaitingFor is not null && MayBeDelayed(context) ? int.MaxValue : Times(context),
        Answers = [typeof(FleetChecked), typeof(FleetRejected), typeof(FleetDelayed)],
    };

    /// <summary>Whether the repository still has, and keeps, what the hosts may be rolled back to.</summary>
    public static readonly Question<RolloutState> WaysBackKept = new()
    {
        Of = Publisher,
        Ask = async context =>
        {
            var rollout = context.Saga;
            rollout.RequestId = RequestIds.Of(rollout.CorrelationId, "keep versions");
            await context.SendCommand(
                new KeepVersions
                {
                    RequestId = rollout.RequestId.Value,
                    RolloutId = rollout.CorrelationId,
                    Application = rollout.Application,
                    Number = rollout.Number,
                    Versions = await context.Service<WaysBack>().NeededAsync(rollout, context.CancellationToken),
                }
            );
        },
        Every = context => Options(context).ReplyDeadline,
        AtMost = Times,
        Answers = [typeof(VersionsKept)],
    };

    /// <summary>Listed for the host that runs the script of the package, and offered to nobody yet.</summary>
    public static readonly Question<RolloutState> SuiteForHook = Suite(Channel.Canary, _ => Task.FromResult(0));

    /// <summary>How the script stands that runs before the first host. A host that cannot be asked is asked soon again.</summary>
    public static readonly Question<RolloutState> Hook = new()
    {
        Of = "the host that runs the script before the first host",
        Ask = context => context.Service<AskHook>().RunAsync(context),
        Every = context =>
            context.Saga.WaitingFor is null
                ? Options(context).HostDeadline
                : Max(Options(context).HostRetryDelay, LeastPause),
        AtMost = context => context.Saga.WaitingFor is null ? Times(context) : int.MaxValue,
        Answers = [typeof(HookReported)],
    };

    public static readonly Question<RolloutState> CanarySuite = Suite(Channel.Canary, _ => Task.FromResult(100));

    /// <summary>Listed and offered to nobody: the waves install it explicitly.</summary>
    public static readonly Question<RolloutState> ProductionSuite = Suite(Channel.Production, _ => Task.FromResult(0));

    /// <summary>Offered to as many of the machines that upgrade by themselves as the wave goes up to.</summary>
    public static readonly Question<RolloutState> OfferOfWave = Suite(
        Channel.Production,
        context => context.Service<OfferWave>().RunAsync(context)
    );

    public static readonly Question<RolloutState> Offer = Suite(Channel.Production, _ => Task.FromResult(100));

    public static readonly Question<RolloutState> ProductionWithdrawal = Withdrawal(Channel.Production);

    public static readonly Question<RolloutState> CanaryWithdrawal = Withdrawal(Channel.Canary);

    /// <summary>Of every host of the step that has not reported yet.</summary>
    public static readonly Question<RolloutState> HostsOfStep = new()
    {
        Of = "the hosts",
        Ask = context => context.Service<DispatchStep>().RunAsync(context),
        Every = context => Options(context).HostDeadline,
        AtMost = Times,
        Answers = HostAnswers,
    };

    /// <summary>Never answered for good: at each deadline a new round begins. The canaries have just been checked when the state is
    /// entered.</summary>
    public static readonly Question<RolloutState> HealthWhileSoaking = Health(options => options.SoakCheckInterval);

    public static readonly Question<RolloutState> HealthWhileWaiting = Health(options => options.WaitingCheckInterval);

    /// <summary>One last round, which every canary must answer.</summary>
    public static readonly Question<RolloutState> Verdict = new()
    {
        Of = "the last health check of the canaries",
        Ask = context => CheckAsync(context, isNewRound: context.Saga.Attempts == 1),
        Every = context => Options(context).HostDeadline,
        AtMost = Times,
        Answers = [typeof(HostChecked)],
    };

    /// <summary>Whether people can see how it ended: the last message may have been lost like any other.</summary>
    public static readonly Question<RolloutState> Acknowledgement = new()
    {
        Of = "the read model",
        Ask = context => context.Service<PublishSnapshot>().RunAsync(context),
        Every = context => BackOff.Of(context.Saga, Options(context).ReplyDeadline),
        Answers = [typeof(AcknowledgeRollout)],
    };

    public static bool MayBeDelayed(BehaviorContext<RolloutState> context) =>
        context.Now() - context.Saga.StartOf(Steps.Preflight) < Options(context).Inventory.Patience;

    public static TimeSpan PauseForFleet(BehaviorContext<RolloutState> context) =>
        Options(context).Inventory.PauseAfter(context.Saga.Attempts);

    private static DeployerOptions Options(BehaviorContext<RolloutState> context) =>
        context.Settings<DeployerOptions>();

    private static int Times(BehaviorContext<RolloutState> context) => 1 + Options(context).Resends;

    private static Question<RolloutState> Suite(
        Channel channel,
        Func<BehaviorContext<RolloutState>, Task<int>> phaseOf
    ) =>
        new()
        {
            Of = Publisher,
            Ask = async context =>
            {
                var rollout = context.Saga;
                var phase = await phaseOf(context);
                rollout.RequestId = RequestIds.Of(rollout.CorrelationId, $"advertise {channel} {phase}");
                rollout.IsCanaryListed |= channel == Channel.Canary;
                rollout.IsProductionListed |= channel == Channel.Production;
                await context.SendCommand(
                    new AdvertiseVersion
                    {
                        RequestId = rollout.RequestId.Value,
                        RolloutId = rollout.CorrelationId,
                        Application = rollout.Application,
                        Suite = Suites.Of(channel),
                        Package = rollout.Package.Name,
                        Version = rollout.Package.Version,
                        PhasedPercentage = phase,
                    }
                );
            },
            Every = context => Options(context).ReplyDeadline,
            AtMost = Times,
            Answers = [typeof(VersionAdvertised), typeof(AdvertisingFailed)],
        };

    private static Question<RolloutState> Withdrawal(Channel channel) =>
        new()
        {
            Of = Publisher,
            Ask = async context =>
            {
                var rollout = context.Saga;
                rollout.RequestId = RequestIds.Of(rollout.CorrelationId, $"withdraw {channel}");
                await context.SendCommand(
                    new WithdrawVersion
                    {
                        RequestId = rollout.RequestId.Value,
                        RolloutId = rollout.CorrelationId,
                        Application = rollout.Application,
                        Suite = Suites.Of(channel),
                        Package = rollout.Package.Name,
                        Version = rollout.Package.Version,
                        Restores = await context
                            .Service<WaysBack>()
                            .OfAsync(rollout, channel, context.CancellationToken),
                    }
                );
            },
            Every = context => Options(context).ReplyDeadline,
            AtMost = Times,
            Answers = [typeof(VersionWithdrawn), typeof(AdvertisingFailed)],
        };

    private static Question<RolloutState> Health(
        Func<DeployerOptions, TimeSpan> interval,
        params Type[] otherAnswers
    ) =>
        new()
        {
            Of = "the canaries",
            Ask = context => context.Saga.Attempts == 1 ? Task.CompletedTask : CheckAsync(context, isNewRound: true),
            // Checks do not come faster than one try may take, so that those of a healthy canary never pile up.
            Every = context =>
                Max(interval(Options(context)), context.Saga.Plan.Health?.Timeout ?? Options(context).HealthTimeout),
            Answers = [typeof(HostChecked), .. otherAnswers],
        };

    private static Task CheckAsync(BehaviorContext<RolloutState> context, bool isNewRound)
    {
        if (isNewRound)
        {
            context.Saga.CheckRound++;
        }

        return context.Service<CheckCanaries>().RunAsync(context);
    }

    private static CheckFleet FleetOf(BehaviorContext<RolloutState> context) =>
        new()
        {
            RolloutId = context.Saga.CorrelationId,
            Application = context.Saga.Application,
            Package = context.Saga.Package.Name,
            Role = context.Saga.Plan.Role,
            Waves = context.Saga.Plan.Waves,
            Spread = context.Saga.Plan.Spread,
            Phased = context.Saga.Plan.Phased,
            MayLackHosts = context.Saga.Plan is { MayLackHosts: true, PreDeploy: null },
            FailureBudget = context.Saga.Plan.FailureBudget,
        };

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
