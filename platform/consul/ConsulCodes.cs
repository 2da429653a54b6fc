namespace Canary.Consul;

/// <summary>The failures of platform/consul: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class ConsulCodes
{
    /// <summary>Consul does not know the datacenter.</summary>
    /// <remarks>Correct <c>hosting.consul.datacenter</c>.</remarks>
    public const string ConsulDatacenterUnknown = "consul-datacenter-unknown";

    /// <summary>The token lacks a permission in Consul.</summary>
    /// <remarks>Give it the rules that the message names.</remarks>
    public const string ConsulDenied = "consul-denied";

    /// <summary>Consul answered with an error.</summary>
    /// <remarks>Look at the message and at the agent's log.</remarks>
    public const string ConsulError = "consul-error";

    /// <summary>Something needs Consul, and no agent is configured.</summary>
    /// <remarks>Set <c>hosting.consul.addresses</c>.</remarks>
    public const string ConsulNotConfigured = "consul-not-configured";

    /// <summary>Consul does not know the token.</summary>
    /// <remarks>Put a valid one into the token file.</remarks>
    public const string ConsulTokenUnknown = "consul-token-unknown";

    /// <summary>The file with the token for Consul cannot be read.</summary>
    /// <remarks>Check its path and permissions.</remarks>
    public const string ConsulTokenUnreadable = "consul-token-unreadable";

    /// <summary>No agent of Consul answers.</summary>
    /// <remarks>See that the agent runs and that <c>hosting.consul.addresses</c> is right.</remarks>
    public const string ConsulUnreachable = "consul-unreachable";

    /// <summary>The certificate of the agent is not trusted.</summary>
    /// <remarks>Name its authority in <c>hosting.consul.ca-file</c>.</remarks>
    public const string ConsulUntrusted = "consul-untrusted";
}
