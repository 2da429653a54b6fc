namespace Canary.Contracts.Deploying;

/// <summary>How a version goes out to the fleet. Comes from the commit's metadata; the deployer's configuration for the
/// application overrides it field by field, and <c>null</c> means the deployer's default.</summary>
public sealed record DeploymentPlan
{
    /// <summary>Role of the hosts that run the application, or several with commas between; <c>null</c>: <c>app</c>. Hosts of several
    /// roles get the version together: each wave takes its part of every role.</summary>
    public string? Role { get; init; }

    /// <summary>How to tell that a host is healthy after an update; <c>null</c>: only that dpkg has the version
    /// installed.</summary>
    public HealthCheck? Health { get; init; }

    /// <summary>How long the canaries run before the verdict.</summary>
    public TimeSpan? Soak { get; init; }

    /// <summary>Who lets a healthy canary go on to production.</summary>
    public PromotionPolicy? Promotion { get; init; }

    /// <summary>What each production wave goes up to: a number of hosts (<c>5</c>) or a share (<c>25%</c>), those of the waves before
    /// included, or all hosts with a tag (<c>zone=a</c>); the last one is <c>100%</c>.</summary>
    public IReadOnlyList<string>? Waves { get; init; }

    /// <summary>How long the version runs on the hosts of a wave before the next one begins.</summary>
    public TimeSpan? WaveSoak { get; init; }

    /// <summary>How many hosts of a role may be out of service at once, because they are updated or have failed: a number
    /// (<c>2</c>) or a share (<c>10%</c>); one always may. <c>null</c>: any number.</summary>
    public string? MaxUnavailable { get; init; }

    /// <summary>The tag by which hosts stand together, such as <c>zone</c>: waves are spread over its values, and never are all hosts
    /// of one out of service at once.</summary>
    public string? Spread { get; init; }

    /// <summary>Whether machines that upgrade by themselves are offered the version wave by wave as well, each time to the share of them
    /// that the wave goes up to; otherwise they are offered it after the last wave.</summary>
    public bool? Phased { get; init; }

    /// <summary>How many hosts of a wave may fail before it fails: a number (<c>1</c>) or a share (<c>10%</c>).</summary>
    public string? FailureBudget { get; init; }

    /// <summary>What happens when a wave fails.</summary>
    public WaveFailurePolicy? OnWaveFailure { get; init; }

    /// <summary>What happens when a critical alarm of the application fires.</summary>
    public AlarmPolicy? OnAlarm { get; init; }

    /// <summary>How long after the last wave an alarm still has the version rolled back.</summary>
    public TimeSpan? Watch { get; init; }

    /// <summary>What tries each canary once, when it is healthy and before it soaks; <c>null</c>: nothing.</summary>
    public SmokeCommand? Smoke { get; init; }

    /// <summary>Times of a week at which the rollout may begin and go on to its next wave, such as <c>mon-fri 09:00-16:00
    /// Europe/Berlin</c>; <c>null</c> or none: always.</summary>
    public IReadOnlyList<string>? Windows { get; init; }

    /// <summary>What the package brings to be run once, on one host, before the first host gets the version; <c>null</c>:
    /// nothing.</summary>
    public PreDeployScript? PreDeploy { get; init; }
}

/// <summary>A command that tries a canary once.</summary>
public sealed record SmokeCommand
{
    /// <summary>Program and arguments, run on the host in the application's directory without a shell; exit code 0 is well. A relative
    /// program is looked up in the application's directory.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Longest time that it may take; <c>null</c>: the deployer's default.</summary>
    public TimeSpan? TimeLimit { get; init; }
}

/// <summary>A script of the package that runs once for each release, before the first host gets the version.</summary>
public sealed record PreDeployScript
{
    /// <summary>Absolute path of the script as the package has it, for example <c>/opt/shop/script/pre-deploy</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Longest time that it may take; <c>null</c>: the deployer's default.</summary>
    public TimeSpan? TimeLimit { get; init; }
}

/// <summary>What happens when a critical alarm fires that did not fire before the first host got the version.</summary>
public enum AlarmPolicy
{
    /// <summary>The hosts that have the version are rolled back.</summary>
    RollBack,

    /// <summary>The rollout pauses, and a person decides.</summary>
    Pause,

    /// <summary>It is told, and nothing else happens.</summary>
    Tell,
}

/// <summary>What happens when more hosts of a wave fail than the budget allows.</summary>
public enum WaveFailurePolicy
{
    /// <summary>The hosts that have the version are rolled back.</summary>
    RollBack,

    /// <summary>The rollout pauses, and a person decides: retry or skip hosts and resume, or roll back.</summary>
    Pause,
}

/// <summary>Who lets a healthy canary go on to production.</summary>
public enum PromotionPolicy
{
    /// <summary>A person promotes the release.</summary>
    Manual,

    /// <summary>The release goes on by itself after the soak.</summary>
    Automatic,
}

/// <summary>How to tell that a host is healthy. One of <see cref="Command"/>, <see cref="Http"/> and <see cref="Units"/> is set.</summary>
public sealed record HealthCheck
{
    /// <summary>Program and arguments, run on the host in the application's directory without a shell; exit code 0 is
    /// healthy. A relative program is looked up in the application's directory.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Address to get; a 2xx answer is healthy. <c>${address}</c> and the inventory's variables for the host, such as
    /// <c>${port}</c>, are replaced.</summary>
    public string? Http { get; init; }

    /// <summary>Units of systemd that are active, and stay so: <c>shop.service</c>.</summary>
    public IReadOnlyList<string>? Units { get; init; }

    /// <summary>Whether the units are the package's own, and nobody asked for them: a host on which systemd does not run is healthy
    /// without them.</summary>
    public bool UnitsAreImplied { get; init; }

    /// <summary>Longest time for one try; <c>null</c>: 5 seconds.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Longest time from the end of the update until the first good answer; <c>null</c>: 30 seconds.</summary>
    public TimeSpan? Grace { get; init; }
}
