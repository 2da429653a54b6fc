using System.Security.Cryptography;
using System.Text;
using Canary.Contracts.Alarms;

namespace Canary.Ingress.Alarms;

/// <summary>An alarm as its source last told it.</summary>
internal sealed class AlarmRow
{
    public const int LongestSummary = 300;

    public required Guid Id { get; init; }

    public required string Source { get; init; }

    /// <summary>Counts up with every change.</summary>
    public int Revision { get; set; }

    /// <summary><c>null</c>: no rule and no label says which.</summary>
    public string? Application { get; set; }

    public string? Host { get; set; }

    public AlarmSeverity Severity { get; set; }

    public bool IsFiring { get; set; }

    /// <summary>How often it has begun to fire.</summary>
    public int Firings { get; set; }

    /// <summary>When it began, as its source wrote it.</summary>
    public string? Beginning { get; set; }

    public string Summary { get; set; } = "";

    /// <summary>When it last began or stopped, UTC.</summary>
    public DateTimeOffset ChangedAt { get; set; }

    /// <summary>When the deployer is told again; <c>null</c>: it knows.</summary>
    public DateTimeOffset? ReportAt { get; set; }

    /// <summary>How often it was told of this revision.</summary>
    public int Reports { get; set; }

    public static Guid IdOf(string source, string key) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{key}")).AsSpan(0, 16));

    /// <summary>Takes over what its source says.</summary>
    /// <returns>Whether anything is new.</returns>
    public bool Apply(ReceivedAlarm alarm, AlarmSubject subject, string summary, DateTimeOffset now)
    {
        var begins = alarm.IsFiring && (!IsFiring || Beginning != alarm.Beginning);
        var isNew =
            begins
            || alarm.IsFiring != IsFiring
            || (Application, Host, Severity) != (subject.Application, subject.Host, subject.Severity)
            || Summary != summary;
        if (!isNew)
        {
            return false;
        }

        if (begins || alarm.IsFiring != IsFiring)
        {
            ChangedAt = now;
        }

        Firings += begins ? 1 : 0;
        IsFiring = alarm.IsFiring;
        Beginning = alarm.Beginning;
        (Application, Host, Severity) = (subject.Application, subject.Host, subject.Severity);
        Summary = summary;
        Revision++;
        return true;
    }

    public ReportAlarm ToReport() =>
        new()
        {
            AlarmId = Id,
            Revision = Revision,
            Application = Application ?? throw new InvalidOperationException("It is about no application."),
            Host = Host,
            Severity = Severity,
            IsFiring = IsFiring,
            Firings = Firings,
            Source = Source,
            Summary = Summary,
        };
}
