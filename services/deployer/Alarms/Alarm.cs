using Canary.Contracts.Alarms;

namespace Canary.Deployer.Alarms;

/// <summary>An alarm as it was last reported.</summary>
internal sealed class Alarm
{
    public required Guid Id { get; init; }

    /// <summary>Revision of the last <see cref="ReportAlarm"/>.</summary>
    public int Revision { get; set; }

    public required string Application { get; set; }

    /// <summary><c>null</c>: it is about no host in particular.</summary>
    public string? Host { get; set; }

    public AlarmSeverity Severity { get; set; }

    public bool IsFiring { get; set; }

    /// <summary>How often it has begun to fire.</summary>
    public int Firings { get; set; }

    /// <summary>Place of its last beginning in the one order of all that fire: a rollout that has seen a higher one looks past
    /// it.</summary>
    public long Place { get; set; }

    public required string Source { get; set; }

    public required string Summary { get; set; }

    public string Words =>
        $"{(Host is null ? "" : $"{Host}: ")}{Summary} ({Severity.ToString().ToLowerInvariant()}, {Source})";

    /// <summary>Takes over a newer report.</summary>
    /// <returns>Whether it has begun to fire since the last one, even if it does no longer.</returns>
    public bool Apply(ReportAlarm report)
    {
        var hasFired = report.Firings > Firings;
        Revision = report.Revision;
        Application = report.Application;
        Host = report.Host;
        Severity = report.Severity;
        IsFiring = report.IsFiring;
        Firings = report.Firings;
        Source = report.Source;
        Summary = report.Summary;
        return hasFired;
    }
}
