using Canary.Hosting.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Ingress.Status;

/// <summary>How the server is.</summary>
internal sealed record StatusView
{
    public required string Version { get; init; }

    /// <summary>Time since the start, as <c>[days.]hours:minutes:seconds</c>.</summary>
    public required string Uptime { get; init; }

    /// <summary>Address that the server listens on.</summary>
    public required string Listening { get; init; }

    public required IReadOnlyList<StatusCheck> Checks { get; init; }
}

/// <summary>One thing that was looked at.</summary>
internal sealed record StatusCheck
{
    public required string Name { get; init; }

    public required CheckStatus Status { get; init; }

    /// <summary>What was found.</summary>
    public required string Detail { get; init; }

    /// <summary>What a person can do about it; <c>null</c> if all is well.</summary>
    public string? Remedy { get; init; }

    /// <summary>What a host says of itself.</summary>
    public static StatusCheck Of(HostCheck check) =>
        new()
        {
            Name = check.Name,
            Status = check.Status switch
            {
                HealthStatus.Healthy => CheckStatus.Ok,
                HealthStatus.Degraded => CheckStatus.Warning,
                _ => CheckStatus.Failed,
            },
            Detail = check.Detail,
            Remedy = check.Remedy,
        };

    public static StatusCheck Ok(string name, string detail) =>
        new()
        {
            Name = name,
            Status = CheckStatus.Ok,
            Detail = detail,
        };

    public static StatusCheck Warning(string name, string detail, string remedy) =>
        new()
        {
            Name = name,
            Status = CheckStatus.Warning,
            Detail = detail,
            Remedy = remedy,
        };

    public static StatusCheck Failed(string name, string detail, string remedy) =>
        new()
        {
            Name = name,
            Status = CheckStatus.Failed,
            Detail = detail,
            Remedy = remedy,
        };
}

/// <summary>Result of a check.</summary>
internal enum CheckStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Releases can go on; something wants attention.</summary>
    Warning,

    /// <summary>Releases cannot go on.</summary>
    Failed,
}
