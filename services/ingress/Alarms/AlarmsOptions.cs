using System.ComponentModel.DataAnnotations;
using Canary.Contracts.Alarms;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Alarms;

/// <summary>Alarms of monitoring systems; section <c>ingress.alarms</c>.</summary>
public sealed class AlarmsOptions
{
    /// <summary>Which application, host and severity an alarm is about. The first rule that fits counts; after them the usual
    /// labels do: <c>application</c>, <c>app</c> or <c>service</c>; <c>host</c>, <c>hostname</c> or <c>instance</c>;
    /// <c>severity</c>. Default: none.</summary>
    public List<AlarmRuleOptions> Rules { get; set; } = [];

    /// <summary>Alarms of Prometheus' Alertmanager.</summary>
    public AlertmanagerOptions Alertmanager { get; set; } = new();

    /// <summary>Files with a token each that New Relic's workflows show; two during a rotation. Default: one that ingress makes and keeps
    /// as <c>alarm-tokens/newrelic</c> in its data directory.</summary>
    public List<string> NewRelicTokenFiles { get; set; } = [];

    /// <summary>Files with a token each that notifications of Nagios show. Default: <c>alarm-tokens/nagios</c> in ingress' data
    /// directory.</summary>
    public List<string> NagiosTokenFiles { get; set; } = [];

    /// <summary>Files with a token each that anything else shows. Default: <c>alarm-tokens/generic</c> in ingress' data
    /// directory.</summary>
    public List<string> GenericTokenFiles { get; set; } = [];

    /// <summary>How long an alarm that has stopped is shown. 1 day to 10 years; default 30 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    internal IEnumerable<ValidationResult> Problems()
    {
        foreach (var (rule, index) in Rules.Select((rule, index) => (rule, index)))
        {
            foreach (var problem in rule.Problems())
            {
                yield return new ValidationResult(problem, [$"Alarms.{nameof(Rules)}[{index}]"]);
            }
        }

        if (Retention < TimeSpan.FromDays(1) || Retention > TimeSpan.FromDays(3653))
        {
            yield return new ValidationResult(
                $"{Retention} is not between 1 day and 10 years.",
                [$"Alarms.{nameof(Retention)}"]
            );
        }

        foreach (var problem in Alertmanager.Problems())
        {
            yield return new ValidationResult(
                problem.ErrorMessage,
                problem.MemberNames.Select(name => $"Alarms.{nameof(Alertmanager)}.{name}")
            );
        }
    }
}

/// <summary>What alarms that fit are about.</summary>
public sealed class AlarmRuleOptions
{
    /// <summary>Labels and what they must be; <c>*</c> stands for any text. All must fit; without any, every alarm does.</summary>
    public Dictionary<string, string> Match { get; set; } = [];

    /// <summary>Whether alarms that fit are passed over. Default: <c>false</c>.</summary>
    public bool Ignore { get; set; }

    /// <summary>The application. Default: what <see cref="ApplicationLabel"/> says.</summary>
    public string? Application { get; set; }

    /// <summary>Label that names the application. Default: the usual ones.</summary>
    public string? ApplicationLabel { get; set; }

    /// <summary>Label that names the host, by its name or address in the inventory; a port behind it does not count. An empty text: the
    /// alarm is about no host in particular. Default: the usual ones.</summary>
    public string? HostLabel { get; set; }

    /// <summary>How bad it is. Default: what <see cref="SeverityLabel"/> says.</summary>
    public AlarmSeverity? Severity { get; set; }

    /// <summary>Label with the severity: <c>critical</c>, <c>error</c>, <c>high</c>, <c>page</c> or <c>emergency</c> are critical,
    /// <c>info</c>, <c>low</c> or <c>none</c> only good to know, anything else a warning. Default: <c>severity</c>; an alarm without it is
    /// critical.</summary>
    public string? SeverityLabel { get; set; }

    internal IEnumerable<string> Problems()
    {
        if (Application is { } application && !ApplicationName.IsValid(application))
        {
            yield return $"'{application}' is not the name of an application.";
        }

        if (Application is not null && ApplicationLabel is not null)
        {
            yield return "An application and a label that names it: one of them is enough.";
        }

        if (Severity is not null && SeverityLabel is not null)
        {
            yield return "A severity and a label with it: one of them is enough.";
        }
    }
}

/// <summary>Prometheus' Alertmanager, which sends its alarms and can be asked for them.</summary>
public sealed class AlertmanagerOptions
{
    /// <summary>Files with a token each that its webhooks show; two during a rotation. Default: one that ingress makes and keeps as
    /// <c>alarm-tokens/alertmanager</c> in its data directory.</summary>
    public List<string> TokenFiles { get; set; } = [];

    /// <summary>Its address, an http or https one, for example <c>http://alertmanager.example.org:9093</c>: what fires is asked for
    /// as well, so that a webhook that was lost or held back is found. Default: none, it is not asked.</summary>
    public string? Address { get; set; }

    /// <summary>File with a token to ask it with, sent as a bearer token. Default: none.</summary>
    public string? AccessTokenFile { get; set; }

    /// <summary>How often it is asked. 1 second to 1 hour; default 15 seconds.</summary>
    public TimeSpan AskEvery { get; set; } = TimeSpan.FromSeconds(15);

    internal IEnumerable<ValidationResult> Problems()
    {
        if (
            Address is { } address
            && (
                !Uri.TryCreate(address, UriKind.Absolute, out var uri)
                || uri.Scheme is not ("http" or "https")
                || uri.UserInfo.Length > 0
            )
        )
        {
            yield return new ValidationResult(
                $"'{PlainText.Address(address)}' is no http or https address, or holds a password.",
                [nameof(Address)]
            );
        }

        if (AskEvery < TimeSpan.FromSeconds(1) || AskEvery > TimeSpan.FromHours(1))
        {
            yield return new ValidationResult($"{AskEvery} is not between 1 second and 1 hour.", [nameof(AskEvery)]);
        }
    }
}
