using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Gates;
using Canary.Deployer.Inventory;

namespace Canary.Deployer.Rollouts;

/// <summary>How one rollout goes out: nothing in it is left open.</summary>
internal sealed record RolloutPlan
{
    private static readonly string[] DefaultWaves = ["25%", "50%", "100%"];

    public required string Role { get; init; }

    public HealthCheck? Health { get; init; }

    public required TimeSpan Soak { get; init; }

    public required PromotionPolicy Promotion { get; init; }

    public required IReadOnlyList<string> Waves { get; init; }

    public TimeSpan WaveSoak { get; init; }

    /// <summary><c>null</c>: any number.</summary>
    public string? MaxUnavailable { get; init; }

    /// <summary><c>null</c>: hosts stand nowhere in particular.</summary>
    public string? Spread { get; init; }

    public bool Phased { get; init; }

    /// <summary>Whether it may go out without any host in the inventory: the server says so, never a commit alone.</summary>
    public bool MayLackHosts { get; init; }

    public required string FailureBudget { get; init; }

    /// <summary>Whether hosts have to wait for each other.</summary>
    public bool IsThrottled => MaxUnavailable is not null || Spread is not null;

    public WaveFailurePolicy OnWaveFailure { get; init; }

    public AlarmPolicy OnAlarm { get; init; }

    public TimeSpan Watch { get; init; }

    /// <summary>How old the last passed test of the alarms may be for their silence to be believed; 0: it is in any case.</summary>
    public TimeSpan ProvenSilence { get; init; }

    /// <summary>How many people must let it go on to production; 0 as 1.</summary>
    public int Approvals { get; init; }

    /// <summary>Whether who pushed the commit, or asked for the release, is one of them.</summary>
    public bool AuthorMayApprove { get; init; } = true;

    public SmokeCommand? Smoke { get; init; }

    /// <summary>Windows that the commit asks for, beside those of the configuration.</summary>
    public IReadOnlyList<string>? Windows { get; init; }

    /// <summary>The script that runs once before the first host; <c>null</c>: none.</summary>
    public HookPlan? PreDeploy { get; init; }

    /// <summary>The application's configuration wins over what the commit says, field by field; the defaults fill the
    /// rest.</summary>
    public static RolloutPlan Resolve(string application, DeploymentPlan commit, DeployerOptions options)
    {
        var own = options.Applications.FirstOrDefault(x => x.Name == application) ?? new ApplicationOptions();
        return new RolloutPlan
        {
            Role = own.Role ?? commit.Role ?? Roles.Default,
            Health = own.Health?.ToContract() ?? commit.Health,
            Soak = own.Soak ?? commit.Soak ?? options.Soak,
            Promotion = own.Promotion ?? commit.Promotion ?? options.Promotion,
            Waves = FirstNotEmpty([.. own.Waves ?? []], commit.Waves, [.. options.Waves], DefaultWaves),
            WaveSoak = own.WaveSoak ?? commit.WaveSoak ?? options.WaveSoak,
            MaxUnavailable = own.MaxUnavailable ?? commit.MaxUnavailable ?? options.MaxUnavailable,
            Spread = own.Spread ?? commit.Spread ?? options.Spread,
            Phased = own.Phased ?? commit.Phased ?? options.Phased,
            MayLackHosts = own.Phased ?? options.Phased,
            FailureBudget = own.FailureBudget ?? commit.FailureBudget ?? options.FailureBudget,
            OnWaveFailure = own.OnWaveFailure ?? commit.OnWaveFailure ?? options.OnWaveFailure,
            OnAlarm = own.OnAlarm ?? commit.OnAlarm ?? options.OnAlarm,
            Watch = own.Watch ?? commit.Watch ?? options.Watch,
            ProvenSilence = options.ProvenSilenceOf(application),
            Approvals = own.Approvals ?? options.Approvals,
            AuthorMayApprove = own.AuthorMayApprove ?? options.AuthorMayApprove,
            Smoke = commit.Smoke,
            Windows = commit.Windows,
            PreDeploy =
                commit.PreDeploy is { } script && (own.PreDeploy ?? options.PreDeploy)
                    ? new HookPlan(
                        script.Path,
                        own.PreDeployTimeLimit ?? script.TimeLimit ?? options.PreDeployTimeLimit
                    )
                    : null,
        };
    }

    /// <summary>The plan of a rollout: what the person said who asked for it wins over everything else.</summary>
    public static RolloutPlan Of(StartRollout command, DeployerOptions options)
    {
        var plan = Resolve(command.Application, command.Plan, options);
        return plan with
        {
            Soak = command.IsFast ? TimeSpan.Zero : plan.Soak,
            WaveSoak = command.IsFast ? TimeSpan.Zero : plan.WaveSoak,
            Promotion = command.Promotes ? PromotionPolicy.Automatic : plan.Promotion,
            // Who goes back to a version because of an alarm is not sent forward again by one.
            OnAlarm = command.Promotes ? AlarmPolicy.Tell : plan.OnAlarm,
            ProvenSilence = command.Promotes ? TimeSpan.Zero : plan.ProvenSilence,
            PreDeploy = command.SkipsPreDeploy ? null : plan.PreDeploy,
            Approvals = command.GoesBack ? 1 : plan.Approvals,
            AuthorMayApprove = command.GoesBack || plan.AuthorMayApprove,
        };
    }

    /// <summary>Why the plan cannot be carried out; <c>null</c>: it can.</summary>
    public Failure? ProblemFor(string application)
    {
        if (Rollouts.Waves.ProblemWith(Waves) is { } problem)
        {
            return Invalid("waves", problem);
        }

        if (!HostShare.TryParse(FailureBudget, out _))
        {
            return Invalid("failure budget", HostShare.ProblemWith(FailureBudget));
        }

        if (Windows?.Select(DeploymentWindow.ProblemWith).FirstOrDefault(it => it is not null) is { } noWindow)
        {
            return Invalid("windows", noWindow);
        }

        if (MaxUnavailable is { } most && !HostShare.TryParse(most, out _))
        {
            return Invalid("max-unavailable", HostShare.ProblemWith(most));
        }

        if (Spread is { } tag && !HostRules.TagName().IsMatch(tag))
        {
            return Invalid("spread", $"'{tag}' is not the name of a tag, such as zone.");
        }

        if (Roles.Of(Role).Count == 0)
        {
            return Invalid("role", "It names none.");
        }

        if (WaveSoak < TimeSpan.Zero)
        {
            return Invalid("wave soak", $"{WaveSoak} is negative.");
        }

        if (Soak < TimeSpan.Zero)
        {
            return Invalid("soak", $"{Soak} is negative.");
        }

        if (Watch < TimeSpan.Zero)
        {
            return Invalid("watch", $"{Watch} is negative.");
        }

        return
            Health is { } health
            && (health.Command is { Count: > 0 }, health.Http is not null, health.Units is { Count: > 0 })
                is not ((true, false, false) or (false, true, false) or (false, false, true))
            ? Invalid("health check", "It needs one of a command, an HTTP address and units.")
            : null;

        Failure Invalid(string field, string what) =>
            new()
            {
                Code = DeployerCodes.PlanInvalid,
                Message = $"The deployment plan of {application} is invalid in its {field}: {what}",
                Remedy =
                    $"Correct the {field} in the repository's metadata, or set it under deployer.applications for "
                    + $"{application}.",
            };
    }

    private static IReadOnlyList<string> FirstNotEmpty(params IReadOnlyList<string>?[] lists) =>
        lists.First(list => list is { Count: > 0 })!;
}

/// <summary>A script of the package that runs once.</summary>
/// <param name="Path">Absolute path as the package has it.</param>
/// <param name="TimeLimit">Longest time that it may take.</param>
internal sealed record HookPlan(string Path, TimeSpan TimeLimit);
