using System.ComponentModel.DataAnnotations;

namespace Canary.Deployer.Traffic;

/// <summary>How requests are kept away from hosts while they are updated.</summary>
public sealed class TrafficOptions
{
    /// <summary>Who shares requests out among the hosts: <c>none</c> (nobody, or somebody who finds out by himself) or <c>haproxy</c>,
    /// which needs <c>deployer.traffic.haproxy.instances</c>. Default: <c>none</c>.</summary>
    public string Provider { get; set; } = TrafficProvider.None;

    /// <summary>HAProxy, through its runtime API.</summary>
    public HaProxyOptions Haproxy { get; set; } = new();

    internal IEnumerable<ValidationResult> Problems() =>
        string.Equals(Provider, TrafficProvider.HaProxy, StringComparison.OrdinalIgnoreCase) ? Haproxy.Problems() : [];
}

/// <summary>Who can share requests out.</summary>
internal static class TrafficProvider
{
    /// <summary>Nobody.</summary>
    public const string None = "none";

    /// <summary>HAProxy.</summary>
    public const string HaProxy = "haproxy";
}
