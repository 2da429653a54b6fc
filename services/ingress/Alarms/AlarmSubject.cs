using Canary.Contracts.Alarms;

namespace Canary.Ingress.Alarms;

/// <summary>What an alarm is about, in the words of Canary.</summary>
/// <param name="Application"><c>null</c>: nobody knows; it acts on nothing.</param>
/// <param name="Host"><c>null</c>: no host in particular.</param>
/// <param name="Severity">How bad it is.</param>
internal readonly record struct AlarmSubject(string? Application, string? Host, AlarmSeverity Severity);
