using System.IO.Enumeration;
using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Ingress.Fleet;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>Says what alarms are about, by the rules of the configuration and, after them, by the usual labels.</summary>
internal sealed class AlarmRules(IngressStore store, IOptionsMonitor<IngressOptions> options)
{
    private const int LongestHost = 200;

    private static readonly string[] ApplicationLabels = ["application", "app", "service"];

    private static readonly string[] HostLabels = ["host", "hostname", "instance"];

    private static readonly AlarmRuleOptions UsualLabels = new();

    private IReadOnlyList<FleetHost>? _hosts;

    /// <returns><c>null</c>: a rule says that it is passed over.</returns>
    public async Task<AlarmSubject?> SubjectOfAsync(ReceivedAlarm alarm, CancellationToken cancellationToken)
    {
        var rule = options.CurrentValue.Alarms.Rules.Find(rule => Fits(rule, alarm)) ?? UsualLabels;
        return rule.Ignore
            ? null
            : new AlarmSubject(
                await ApplicationOfAsync(rule, alarm, cancellationToken),
                await HostOfAsync(rule, alarm, cancellationToken),
                rule.Severity ?? SeverityOf(alarm.Labels.GetValueOrDefault(rule.SeverityLabel ?? "severity"))
            );
    }

    private static bool Fits(AlarmRuleOptions rule, ReceivedAlarm alarm) =>
        rule.Match.All(it =>
            FileSystemName.MatchesSimpleExpression(it.Value, alarm.Labels.GetValueOrDefault(it.Key) ?? "")
        );

    /// <summary>What is released is an application; a label with another text says nothing.</summary>
    private async Task<string?> ApplicationOfAsync(
        AlarmRuleOptions rule,
        ReceivedAlarm alarm,
        CancellationToken cancellationToken
    )
    {
        if (rule.Application is { } named)
        {
            return named;
        }

        foreach (var label in rule.ApplicationLabel is { } own ? [own] : ApplicationLabels)
        {
            if (
                alarm.Labels.GetValueOrDefault(label) is { } name
                && ApplicationName.IsValid(name)
                && await store.Releases.AnyAsync(release => release.Application == name, cancellationToken)
            )
            {
                return name;
            }
        }

        return null;
    }

    private async Task<string?> HostOfAsync(
        AlarmRuleOptions rule,
        ReceivedAlarm alarm,
        CancellationToken cancellationToken
    )
    {
        var labels = rule.HostLabel is { } own ? [own] : HostLabels;
        if (
            labels.Select(label => alarm.Labels.GetValueOrDefault(label)).FirstOrDefault(it => it is not null)
            is not { } given
        )
        {
            return null;
        }

        _hosts ??= (await store.Fleet.FindAsync([FleetRow.OnlyId], cancellationToken))?.Hosts ?? [];
        var name = WithoutPort(given);
        return (
                _hosts.FirstOrDefault(host => Is(host, name)) ?? _hosts.FirstOrDefault(host => IsShort(host, name))
            )?.Name
            ?? PlainText.Line(name, LongestHost);
    }

    private static bool Is(FleetHost host, string name) =>
        host.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
        || host.Address.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether one of the two is the other with its domain.</summary>
    private static bool IsShort(FleetHost host, string name) =>
        name.StartsWith(host.Name + ".", StringComparison.OrdinalIgnoreCase)
        || host.Name.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase);

    /// <summary>Prometheus' <c>instance</c> has a port, and that of a probe is a whole address.</summary>
    private static string WithoutPort(string instance) =>
        Uri.TryCreate(
            instance.Contains("://", StringComparison.Ordinal) ? instance : $"any://{instance}",
            UriKind.Absolute,
            out var uri
        )
        && uri.Host.Length > 0
            ? uri.Host.Trim('[', ']')
            : instance;

    private static AlarmSeverity SeverityOf(string? text) =>
        text?.ToLowerInvariant() switch
        {
            null or "critical" or "error" or "high" or "page" or "emergency" => AlarmSeverity.Critical,
            "info" or "low" or "none" => AlarmSeverity.Info,
            _ => AlarmSeverity.Warning,
        };
}
