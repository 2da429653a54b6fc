using System.ComponentModel.DataAnnotations;
using Canary.Contracts.Deploying;
using Canary.Deployer.Convergence;
using Canary.Deployer.Gates;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Traffic;
using Canary.Machines.Ssh;

namespace Canary.Deployer;

/// <summary>How versions go out to the fleet, unless an application or its commit says otherwise.</summary>
public sealed class DeployerOptions : IValidatableObject
{
    private static readonly TimeSpan LongestPreDeploy = TimeSpan.FromDays(1);

    /// <summary>How long canaries run before the verdict. Default: 6 minutes, because Alertmanager may hold back a new
    /// alert of a known group for 5. 0 or longer.</summary>
    public TimeSpan Soak { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>Who lets healthy canaries go on to production. Default: a person.</summary>
    public PromotionPolicy Promotion { get; set; } = PromotionPolicy.Manual;

    /// <summary>What each production wave goes up to: a number of hosts or a share, those of the waves before included, or all with a
    /// tag (<c>zone=a</c>). A last wave of <c>100%</c> is added if it is missing. Default (when empty): 25%, 50%, 100%.</summary>
    public IList<string> Waves { get; set; } = [];

    /// <summary>How long a version runs on the hosts of a wave before the next one begins; alarms that fire meanwhile act. Default: 0, not
    /// at all. 0 or longer.</summary>
    public TimeSpan WaveSoak { get; set; }

    /// <summary>How many hosts of a role may be out of service at once, because they are updated, rolled back or have failed: a number
    /// or a share; one always may. Default: none, any number.</summary>
    public string? MaxUnavailable { get; set; }

    /// <summary>The tag of the inventory by which hosts stand together, such as <c>zone</c>: each wave is spread over its values, and
    /// never are all hosts of one out of service at once. Default: none.</summary>
    public string? Spread { get; set; }

    /// <summary>Whether machines that upgrade by themselves are offered a version wave by wave, each time to the share of them that the
    /// wave goes up to. An application without hosts in the inventory goes out that way alone. Default: <c>false</c>, they are
    /// offered it after the last wave.</summary>
    public bool Phased { get; set; }

    /// <summary>How many hosts of a wave may fail before it fails: a number or a share. Default: 0. A canary that is
    /// unhealthy with the version always fails the rollout; the budget covers canaries that cannot be reached.</summary>
    public string FailureBudget { get; set; } = "0";

    /// <summary>What happens when more hosts of a wave fail than the budget allows: the hosts that have the version are rolled
    /// back, or the rollout pauses until a person retries or skips hosts and resumes it, or rolls it back. Default:
    /// <c>RollBack</c>.</summary>
    public WaveFailurePolicy OnWaveFailure { get; set; } = WaveFailurePolicy.RollBack;

    /// <summary>What happens when a critical alarm of an application fires that did not fire before the first host got the version:
    /// <c>RollBack</c>; <c>Pause</c>, a person decides; or <c>Tell</c>, it is shown. Alarms of lower severity are always only shown, and so are all while
    /// a person undoes a release. Default: <c>RollBack</c>.</summary>
    public AlarmPolicy OnAlarm { get; set; } = AlarmPolicy.RollBack;

    /// <summary>How long after a rollout has completed a critical alarm still has the version before deployed again, where
    /// <see cref="OnAlarm"/> is <c>RollBack</c>. Default: 15 minutes. 0, not at all, or longer.</summary>
    public TimeSpan Watch { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether <c>script/pre-deploy</c> of a package runs, once for each release, before the first host gets the version. Default:
    /// <c>true</c>.</summary>
    public bool PreDeploy { get; set; } = true;

    /// <summary>Longest time for <c>script/pre-deploy</c>, where the commit does not say. It is ended after that, and the release
    /// fails. Default: 15 minutes. 1 second to 24 hours.</summary>
    public TimeSpan PreDeployTimeLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a host is waited for that runs <c>script/pre-deploy</c> and cannot be asked about it. No other host is
    /// taken: it may have run. Default: 10 minutes. 0 or longer.</summary>
    public TimeSpan PreDeployPatience { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest time for a commit's smoke test, where it does not say. Default: 5 minutes.</summary>
    public TimeSpan SmokeTimeLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Times of a week at which rollouts may begin, and go on to their next wave: <c>mon-fri 09:00-16:00 Europe/Berlin</c>;
    /// <c>daily</c>, <c>sat,sun</c>; without a zone by UTC. An application's own take their place. Default (when empty): always. What a
    /// person rolls back is not held.</summary>
    public IList<string> Windows { get; set; } = [];

    /// <summary>Times at which no rollout begins, and none goes on to its next wave. People set others while the server runs: <c>canary
    /// freeze add</c>. Default: none.</summary>
    public IList<FreezeOptions> Freezes { get; set; } = [];

    /// <summary>Time between two looks at windows and freezes by a rollout that they hold. Default: 15 seconds.</summary>
    public TimeSpan GateInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How many different people must promote a release. With more than one, none is promoted by itself, whatever
    /// <see cref="Promotion"/> says. Default: 1. 1 to 10.</summary>
    [Range(1, 10)]
    public int Approvals { get; set; } = 1;

    /// <summary>Whether who pushed the commit, or asked for the release, may promote it. Default: <c>true</c>.</summary>
    public bool AuthorMayApprove { get; set; } = true;

    /// <summary>How long a passed test of an application's alarms (<c>canary alarms test</c>) makes their silence trusted: without one that is
    /// younger, no rollout of it goes on to production by itself, but waits for a person, or for the test. Default: 0, silence is trusted
    /// in any case. 0, or 1 minute to 365 days.</summary>
    public TimeSpan ProvenSilence { get; set; }

    /// <summary>Whether a fleet without any canary host for the application goes straight to production. Default:
    /// <c>false</c>, the rollout fails and says so.</summary>
    public bool AllowNoCanary { get; set; }

    /// <summary>How many hosts are worked on at a time. Default: 50. 1 to 1000.</summary>
    [Range(1, 1000)]
    public int HostConcurrency { get; set; } = 50;

    /// <summary>How often an update, or the check of a canary, is tried on a host before it counts as failed.
    /// Default: 2. 1 to 20.</summary>
    [Range(1, 20)]
    public int HostTries { get; set; } = 2;

    /// <summary>Pause between two tries on a host. Default: 2 seconds.</summary>
    public TimeSpan HostRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a host that finds no repository tries again, before that counts as a try. Default: 2 minutes. 0 or
    /// longer.</summary>
    public TimeSpan RepositoryPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Time between two health checks of the canaries while they soak; never less than one try may take.
    /// Default: 5 seconds.</summary>
    public TimeSpan SoakCheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between two health checks of the canaries while a person is awaited. Default: 1 minute.</summary>
    public TimeSpan WaitingCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest time for one try of a health check, if the check does not say. Default: 5 seconds.</summary>
    public TimeSpan HealthTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time from the end of an update to the first good answer, if the check does not say. Default:
    /// 30 seconds.</summary>
    public TimeSpan HealthGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the rollout waits for an answer of another service before it asks again. Default:
    /// 30 seconds.</summary>
    public TimeSpan ReplyDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the rollout waits without hearing of any host before it asks the outstanding ones again.
    /// Default: 15 minutes.</summary>
    public TimeSpan HostDeadline { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often the rollout asks again before it gives up. Default: 3. 0 to 100.</summary>
    [Range(0, 100)]
    public int Resends { get; set; } = 3;

    /// <summary>How many rollouts of an application are remembered with what happened on each host. What a suite lists is remembered in
    /// any case. Default: 200. 10 to 100,000.</summary>
    [Range(10, 100_000)]
    public int RetainedRollouts { get; set; } = 200;

    /// <summary>Where the hosts are listed.</summary>
    public InventoryOptions Inventory { get; set; } = new();

    /// <summary>How hosts are kept at what their channel advertises outside of rollouts.</summary>
    public ConvergenceOptions Convergence { get; set; } = new();

    /// <summary>What Consul knows of applications.</summary>
    public DeployerConsulOptions Consul { get; set; } = new();

    /// <summary>Hosts that are private package roots on this machine.</summary>
    public LocalTransportOptions Local { get; set; } = new();

    /// <summary>Hosts that are reached over SSH.</summary>
    public SshTransportOptions Ssh { get; set; } = new();

    /// <summary>How requests are kept away from hosts while they are updated.</summary>
    public TrafficOptions Traffic { get; set; } = new();

    /// <summary>What differs for single applications; wins over what the commit says.</summary>
    public IList<ApplicationOptions> Applications { get; set; } = [];

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var problem in Durations().Where(x => x.Value < TimeSpan.Zero))
        {
            yield return new ValidationResult($"{problem.Value} is negative.", [problem.Name]);
        }

        foreach (
            var (name, value) in Durations()
                .Where(x =>
                    x.Value == TimeSpan.Zero
                    && x.Name is not nameof(Soak) and not nameof(Watch) and not nameof(WaveSoak)
                )
        )
        {
            if (
                name
                is not nameof(HostRetryDelay)
                    and not nameof(PreDeployPatience)
                    and not nameof(RepositoryPatience)
                    and not nameof(HealthGrace)
                    and not "Ssh.KeepConnection"
                    and not "Consul.LongestAge"
                    and not "Inventory.Patience"
                    and not "Traffic.Haproxy.DrainTimeout"
                    and not "Traffic.Haproxy.ReadyTimeout"
                    and not "Traffic.Haproxy.TurnTimeout"
                    and not "Traffic.Haproxy.RampInterval"
            )
            {
                yield return new ValidationResult($"{value} is no time at all.", [name]);
            }
        }

        if (PreDeployTimeLimit > LongestPreDeploy)
        {
            yield return new ValidationResult(
                $"{PreDeployTimeLimit} is longer than {LongestPreDeploy}.",
                [nameof(PreDeployTimeLimit)]
            );
        }

        if (ProblemWithProof(ProvenSilence) is { } proof)
        {
            yield return new ValidationResult(proof, [nameof(ProvenSilence)]);
        }

        foreach (var result in GateProblems(Windows, Freezes))
        {
            yield return result;
        }

        foreach (
            var result in PlanProblems(Waves, FailureBudget, MaxUnavailable, Spread)
                .Concat(Consul.Problems())
                .Concat(Traffic.Problems())
        )
        {
            yield return result;
        }

        foreach (var (application, index) in Applications.Select((application, index) => (application, index)))
        {
            foreach (var result in ApplicationProblems(application))
            {
                yield return new ValidationResult(
                    result.ErrorMessage,
                    result.MemberNames.Select(member => $"{nameof(Applications)}[{index}].{member}")
                );
            }
        }

        foreach (var (name, problem) in Ssh.Problems())
        {
            yield return new ValidationResult(problem, [$"{nameof(Ssh)}.{name}"]);
        }

        var repeated = Applications.GroupBy(x => x.Name, StringComparer.Ordinal).Where(x => x.Count() > 1);
        foreach (var group in repeated)
        {
            yield return new ValidationResult(
                $"'{group.Key}' is listed {group.Count()} times.",
                [nameof(Applications)]
            );
        }
    }

    internal SshLogin ToSshLogin() => Ssh.ToLogin() with { Concurrency = HostConcurrency };

    internal TimeSpan ProvenSilenceOf(string application) =>
        Applications.FirstOrDefault(it => it.Name == application)?.ProvenSilence ?? ProvenSilence;

    private IEnumerable<(string Name, TimeSpan Value)> Durations() =>
        [
            (nameof(Soak), Soak),
            (nameof(Watch), Watch),
            (nameof(SmokeTimeLimit), SmokeTimeLimit),
            (nameof(GateInterval), GateInterval),
            (nameof(PreDeployTimeLimit), PreDeployTimeLimit),
            (nameof(PreDeployPatience), PreDeployPatience),
            (nameof(WaveSoak), WaveSoak),
            (nameof(HostRetryDelay), HostRetryDelay),
            (nameof(RepositoryPatience), RepositoryPatience),
            (nameof(SoakCheckInterval), SoakCheckInterval),
            (nameof(WaitingCheckInterval), WaitingCheckInterval),
            (nameof(HealthTimeout), HealthTimeout),
            (nameof(HealthGrace), HealthGrace),
            (nameof(ReplyDeadline), ReplyDeadline),
            (nameof(HostDeadline), HostDeadline),
            ($"{nameof(Inventory)}.{nameof(InventoryOptions.PollInterval)}", Inventory.PollInterval),
            ($"{nameof(Inventory)}.{nameof(InventoryOptions.RetryDelay)}", Inventory.RetryDelay),
            ($"{nameof(Inventory)}.{nameof(InventoryOptions.Patience)}", Inventory.Patience),
            ($"{nameof(Convergence)}.{nameof(ConvergenceOptions.Interval)}", Convergence.Interval),
            ($"{nameof(Convergence)}.{nameof(ConvergenceOptions.RetryDelay)}", Convergence.RetryDelay),
            ($"{nameof(Convergence)}.{nameof(ConvergenceOptions.LongestRetryDelay)}", Convergence.LongestRetryDelay),
            ($"{nameof(Consul)}.{nameof(DeployerConsulOptions.LongestAge)}", Consul.LongestAge),
            .. Traffic
                .Haproxy.Durations()
                .Select(it => ($"{nameof(Traffic)}.{nameof(Traffic.Haproxy)}.{it.Name}", it.Value)),
            ($"{nameof(Local)}.{nameof(LocalTransportOptions.TimeLimit)}", Local.TimeLimit),
            ($"{nameof(Local)}.{nameof(LocalTransportOptions.LockTimeout)}", Local.LockTimeout),
            ($"{nameof(Ssh)}.{nameof(SshTransportOptions.ConnectTimeout)}", Ssh.ConnectTimeout),
            ($"{nameof(Ssh)}.{nameof(SshTransportOptions.TimeLimit)}", Ssh.TimeLimit),
            ($"{nameof(Ssh)}.{nameof(SshTransportOptions.KeepConnection)}", Ssh.KeepConnection),
        ];

    private static IEnumerable<ValidationResult> ApplicationProblems(ApplicationOptions application)
    {
        if (string.IsNullOrWhiteSpace(application.Name))
        {
            yield return new ValidationResult("An application needs a name.", [nameof(ApplicationOptions.Name)]);
        }

        if (application.Soak < TimeSpan.Zero)
        {
            yield return new ValidationResult($"{application.Soak} is negative.", [nameof(ApplicationOptions.Soak)]);
        }

        if (application.Approvals is < 1 or > 10)
        {
            yield return new ValidationResult(
                $"{application.Approvals} is not between 1 and 10.",
                [nameof(ApplicationOptions.Approvals)]
            );
        }

        if (application.PreDeployTimeLimit is { } limit && (limit <= TimeSpan.Zero || limit > LongestPreDeploy))
        {
            yield return new ValidationResult(
                $"{limit} is not between 1 second and {LongestPreDeploy}.",
                [nameof(ApplicationOptions.PreDeployTimeLimit)]
            );
        }

        if (ProblemWithProof(application.ProvenSilence) is { } proof)
        {
            yield return new ValidationResult(proof, [nameof(ApplicationOptions.ProvenSilence)]);
        }

        if (application.WaveSoak < TimeSpan.Zero)
        {
            yield return new ValidationResult(
                $"{application.WaveSoak} is negative.",
                [nameof(ApplicationOptions.WaveSoak)]
            );
        }

        if (application.Role is { } role && Rollouts.Roles.Of(role).Count == 0)
        {
            yield return new ValidationResult("It names no role.", [nameof(ApplicationOptions.Role)]);
        }

        if (application.Watch < TimeSpan.Zero)
        {
            yield return new ValidationResult($"{application.Watch} is negative.", [nameof(ApplicationOptions.Watch)]);
        }

        foreach (
            var result in PlanProblems(
                    application.Waves,
                    application.FailureBudget,
                    application.MaxUnavailable,
                    application.Spread
                )
                .Concat(GateProblems(application.Windows, application.Freezes))
                .Concat(application.Consul?.Problems() ?? [])
        )
        {
            yield return result;
        }
    }

    private static IEnumerable<ValidationResult> GateProblems(
        IEnumerable<string>? windows,
        IEnumerable<FreezeOptions>? freezes
    )
    {
        foreach (var problem in (windows ?? []).Select(DeploymentWindow.ProblemWith).OfType<string>())
        {
            yield return new ValidationResult(problem, [nameof(Windows)]);
        }

        foreach (var freeze in freezes ?? [])
        {
            if (freeze.Until <= freeze.From)
            {
                yield return new ValidationResult(
                    $"A freeze ends at {freeze.Until:u}, which is not after its beginning.",
                    [nameof(Freezes)]
                );
            }

            if (string.IsNullOrWhiteSpace(freeze.Reason))
            {
                yield return new ValidationResult(
                    "A freeze needs a reason: whoever waits reads it.",
                    [nameof(Freezes)]
                );
            }
        }
    }

    private static string? ProblemWithProof(TimeSpan? longest) =>
        longest is { } it && it != TimeSpan.Zero && (it < TimeSpan.FromMinutes(1) || it > TimeSpan.FromDays(365))
            ? $"{it} is neither 0 nor between 1 minute and 365 days."
            : null;

    private static IEnumerable<ValidationResult> PlanProblems(
        IEnumerable<string>? waves,
        string? budget,
        string? unavailable,
        string? spread
    )
    {
        if (waves is not null && Rollouts.Waves.ProblemWith([.. waves]) is { } waveProblem)
        {
            yield return new ValidationResult(waveProblem, [nameof(Waves)]);
        }

        if (budget is not null && !HostShare.TryParse(budget, out _))
        {
            yield return new ValidationResult(HostShare.ProblemWith(budget), [nameof(FailureBudget)]);
        }

        if (unavailable is not null && !HostShare.TryParse(unavailable, out _))
        {
            yield return new ValidationResult(HostShare.ProblemWith(unavailable), [nameof(MaxUnavailable)]);
        }

        if (spread is not null && !HostRules.TagName().IsMatch(spread))
        {
            yield return new ValidationResult($"'{spread}' is not the name of a tag, such as zone.", [nameof(Spread)]);
        }
    }
}

/// <summary>How one application goes out. A value that is not set leaves the word to the commit, then to the
/// defaults.</summary>
public sealed class ApplicationOptions
{
    /// <summary>Name of the application.</summary>
    public string Name { get; set; } = "";

    /// <summary>Role of the hosts that run it, or several with commas between.</summary>
    public string? Role { get; set; }

    /// <summary>How long canaries run before the verdict.</summary>
    public TimeSpan? Soak { get; set; }

    /// <summary>Who lets healthy canaries go on to production.</summary>
    public PromotionPolicy? Promotion { get; set; }

    /// <summary>What each production wave goes up to.</summary>
    public IList<string>? Waves { get; set; }

    /// <summary>How long a version runs on the hosts of a wave before the next one begins.</summary>
    public TimeSpan? WaveSoak { get; set; }

    /// <summary>How many hosts of a role may be out of service at once.</summary>
    public string? MaxUnavailable { get; set; }

    /// <summary>The tag by which hosts stand together.</summary>
    public string? Spread { get; set; }

    /// <summary>Whether machines that upgrade by themselves are offered a version wave by wave.</summary>
    public bool? Phased { get; set; }

    /// <summary>How many hosts of a wave may fail before it fails.</summary>
    public string? FailureBudget { get; set; }

    /// <summary>What happens when more hosts of a wave fail than the budget allows.</summary>
    public WaveFailurePolicy? OnWaveFailure { get; set; }

    /// <summary>What happens when a critical alarm fires.</summary>
    public AlarmPolicy? OnAlarm { get; set; }

    /// <summary>How long after a rollout has completed an alarm still has the version before deployed again.</summary>
    public TimeSpan? Watch { get; set; }

    /// <summary>Times of a week at which rollouts may begin and go on to their next wave; in place of those for all
    /// applications.</summary>
    public IList<string>? Windows { get; set; }

    /// <summary>Times at which nothing goes on, beside those for all applications.</summary>
    public IList<FreezeOptions>? Freezes { get; set; }

    /// <summary>How many different people must promote a release.</summary>
    public int? Approvals { get; set; }

    /// <summary>Whether who pushed the commit, or asked for the release, may promote it.</summary>
    public bool? AuthorMayApprove { get; set; }

    /// <summary>Whether <c>script/pre-deploy</c> of its package runs.</summary>
    public bool? PreDeploy { get; set; }

    /// <summary>Longest time for it; wins over what the commit says.</summary>
    public TimeSpan? PreDeployTimeLimit { get; set; }

    /// <summary>How long a passed test of its alarms makes their silence trusted.</summary>
    public TimeSpan? ProvenSilence { get; set; }

    /// <summary>How to tell that a host is healthy.</summary>
    public HealthOptions? Health { get; set; }

    /// <summary>Names in Consul that differ from the conventions.</summary>
    public ApplicationConsulOptions? Consul { get; set; }
}

/// <summary>How to tell that a host is healthy; one of <see cref="Command"/>, <see cref="Http"/> and
/// <see cref="Units"/>.</summary>
public sealed class HealthOptions
{
    /// <summary>Program and arguments, run in the application's directory.</summary>
    public IList<string>? Command { get; set; }

    /// <summary>Address to get.</summary>
    public string? Http { get; set; }

    /// <summary>Units of systemd that are active, and stay so, such as <c>shop.service</c>.</summary>
    public IList<string>? Units { get; set; }

    /// <summary>Longest time for one try.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Longest time from the end of the update to the first good answer.</summary>
    public TimeSpan? Grace { get; set; }

    internal HealthCheck ToContract() =>
        new()
        {
            Command = Command is { Count: > 0 } command ? [.. command] : null,
            Http = Http,
            Units = Units is { Count: > 0 } units ? [.. units] : null,
            Timeout = Timeout,
            Grace = Grace,
        };
}

/// <summary>Simulated hosts: private package roots on this machine.</summary>
public sealed class LocalTransportOptions
{
    /// <summary>Directory of the roots. Default: <c>hosts</c> in the deployer's data directory.</summary>
    public string? Directory { get; set; }

    /// <summary>Longest run time of one apt or dpkg command, maintainer scripts included; at least 10 seconds. dpkg itself is
    /// never ended, only the scripts that it runs. Default: 10 minutes.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait for a package lock that another process holds. Default: 1 minute.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether packages of this machine satisfy dependencies in the roots (they are shared read-only: a root
    /// holds no copy). Default: <c>true</c>.</summary>
    public bool MachinePackages { get; set; } = true;

    /// <summary>Whether scripts and health checks of packages run on this machine itself, with the rights of the deployer, where
    /// they change its users, files and services: for machines that do not allow simulated hosts to be kept apart, and only with
    /// packages that you would install here. Default: <c>false</c>, they run inside their host.</summary>
    public bool UnsafeScriptsOnThisMachine { get; set; }
}
