namespace Canary.Deployer;

/// <summary>Where the hosts are listed.</summary>
public sealed class InventoryOptions
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>Where: <c>file</c>, or <c>consul</c>, which needs <c>hosting.consul.addresses</c>. Default:
    /// <c>file</c>.</summary>
    public string Kind { get; set; } = InventoryKind.File;

    /// <summary>Path of the inventory file. Default: <c>hosts.yml</c> in the deployer's data directory. A file that
    /// does not exist is made at the first start, with simulated hosts on this machine.</summary>
    public string? Path { get; set; }

    /// <summary>Time between two looks at the file. Default: 2 seconds.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Pause before a rollout looks again at an inventory that does not answer, doubled each time, up to a
    /// minute. Default: 2 seconds.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a rollout waits for an inventory that does not answer, or for the key of the repository, before it fails.
    /// Default: 1 hour.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromHours(1);

    internal TimeSpan PauseAfter(int attempts)
    {
        var pause = RetryDelay * Math.Pow(2, Math.Clamp(attempts - 1, 0, 10));
        return pause < LongestDelay ? pause : LongestDelay;
    }
}

/// <summary>Where hosts can be listed.</summary>
internal static class InventoryKind
{
    /// <summary>In a file.</summary>
    public const string File = "file";

    /// <summary>In Consul, as the instances of the application's service.</summary>
    public const string Consul = "consul";
}
