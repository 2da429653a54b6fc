namespace Canary.Contracts.Alarms;

/// <summary>
/// Command, by ingress to the deployer: how an alarm stands, whole. Sent again until <see cref="AcknowledgeAlarm"/> says that it is known;
/// of two the higher revision counts.
/// </summary>
[Queue("deployer-report-alarm")]
public sealed record ReportAlarm
{
    /// <summary>The alarm; follows from its source and the key that it has there.</summary>
    public required Guid AlarmId { get; init; }

    /// <summary>Counts up with every change, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>The application that it is about.</summary>
    public required string Application { get; init; }

    /// <summary>The host that it is about, by its name in the inventory where it has one; <c>null</c>: none in particular.</summary>
    public string? Host { get; init; }

    /// <summary>How bad it is.</summary>
    public required AlarmSeverity Severity { get; init; }

    /// <summary>Whether it fires now.</summary>
    public required bool IsFiring { get; init; }

    /// <summary>How often it has begun to fire, from 1.</summary>
    public required int Firings { get; init; }

    /// <summary>What sent it, for example <c>alertmanager</c>.</summary>
    public required string Source { get; init; }

    /// <summary>What is wrong, in one line for people.</summary>
    public required string Summary { get; init; }
}

/// <summary>How bad an alarm is.</summary>
public enum AlarmSeverity
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>A person should look at it.</summary>
    Warning,

    /// <summary>Users suffer: what is being rolled out is rolled back, or as its plan says.</summary>
    Critical,
}

/// <summary>Command, by the deployer to ingress: an alarm is recorded.</summary>
[Queue("ingress-acknowledge-alarm")]
public sealed record AcknowledgeAlarm
{
    /// <summary>The alarm.</summary>
    public required Guid AlarmId { get; init; }

    /// <summary>The revision that is recorded.</summary>
    public required int Revision { get; init; }
}
