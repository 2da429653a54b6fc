using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Health;

/// <summary>One thing that a host depends on, and how it is, for people.</summary>
public sealed record HostCheck
{
    /// <summary>What was looked at, for example <c>consul</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How it is.</summary>
    public required HealthStatus Status { get; init; }

    /// <summary>What was found.</summary>
    public required string Detail { get; init; }

    /// <summary>What a person can do about it, if something is wrong.</summary>
    public string? Remedy { get; init; }
}
