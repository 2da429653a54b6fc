using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Ingress.Releases;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Alarms;

/// <summary>Alarms come in by the words of their sources, with a token, and go on once for each change.</summary>
public sealed class AlarmWebhookTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await IngressHost.StartAsync(
            "--ingress:republishafter=00:00:00.100",
            "--ingress:alarms:rules:0:match:alertname=Quiet*",
            "--ingress:alarms:rules:0:ignore=true",
            "--ingress:alarms:rules:1:match:team=hats",
            "--ingress:alarms:rules:1:application=shop",
            "--ingress:alarms:rules:1:hostlabel=node",
            "--ingress:alarms:rules:1:severity=Warning"
        );
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.RollingOut) with { Number = 1 });
        await _host.PublishAsync(
            new FleetObserved
            {
                Revision = 1,
                ObservedAt = Snapshots.Noon,
                Hosts = [Host("web-1", "10.0.0.1"), Host("web-2", "web-2.example.org")],
            }
        );
        await Eventually.PassesAsync(async () =>
        {
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}")).Text("application").ShouldBe("shop");
            (await _host.GetAsync("/api/hosts")).GetArrayLength().ShouldBe(2);
        });
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Alertmanager_sends_groups_of_alerts()
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("alertname", "Errors"), ("application", "shop")));

        var report = await ReportedAsync("5 % of all requests fail");
        report.ShouldSatisfyAllConditions(
            x => x.Application.ShouldBe("shop"),
            x => x.Host.ShouldBeNull(),
            x => x.Severity.ShouldBe(AlarmSeverity.Critical),
            x => x.IsFiring.ShouldBeTrue(),
            x => x.Firings.ShouldBe(1),
            x => x.Source.ShouldBe("alertmanager")
        );
    }

    [Theory]
    [InlineData("instance", "10.0.0.1:9100", "web-1")]
    [InlineData("instance", "web-2.example.org:443", "web-2")]
    [InlineData("instance", "https://web-1.example.org/health", "web-1")]
    [InlineData("host", "WEB-2", "web-2")]
    [InlineData("hostname", "elsewhere", "elsewhere")]
    public async Task A_host_is_known_by_its_name_or_address(string label, string value, string host)
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("app", "shop"), (label, value)));

        (await ReportedAsync("5 % of all requests fail")).Host.ShouldBe(host);
    }

    [Theory]
    [InlineData("critical", AlarmSeverity.Critical)]
    [InlineData("page", AlarmSeverity.Critical)]
    [InlineData("warning", AlarmSeverity.Warning)]
    [InlineData("info", AlarmSeverity.Info)]
    public async Task A_severity_is_what_its_label_says(string label, AlarmSeverity severity)
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("service", "shop"), ("severity", label)));

        (await ReportedAsync("5 % of all requests fail")).Severity.ShouldBe(severity);
    }

    [Fact]
    public async Task Rules_come_before_the_usual_labels()
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("team", "hats"), ("app", "no"), ("node", "web-1")));
        (
            await SendAsync(
                "alertmanager",
                Alertmanager("firing", ("alertname", "QuietHours"), ("app", "shop"), ("n", "2"))
            )
        )
            .Text("status")
            .ShouldBe("ignored");

        var report = await ReportedAsync("5 % of all requests fail");
        (report.Application, report.Host, report.Severity).ShouldBe(("shop", "web-1", AlarmSeverity.Warning));
        (await AlarmsAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_alarm_of_nobody_is_shown_and_acts_on_nothing()
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("app", "unheard-of")));

        var alarm = (await AlarmsAsync()).ShouldHaveSingleItem();
        alarm.GetProperty("application").ValueKind.ShouldBe(JsonValueKind.Null);
        _host.Sent.Of<ReportAlarm>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_change_is_told_once_and_again_until_the_deployer_knows()
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("app", "shop")));
        await Eventually.TrueAsync(() => _host.Sent.Of<ReportAlarm>().Count >= 3);
        (await SendAsync("alertmanager", Alertmanager("firing", ("app", "shop")))).Text("status").ShouldBe("ignored");
        await AcceptAsync("alertmanager", Alertmanager("resolved", ("app", "shop")));
        var stopped = await _host.Sent.FirstAsync<ReportAlarm>(x => !x.IsFiring);

        var ingress = await _host
            .App.Services.GetRequiredService<IBus>()
            .GetSendEndpoint(new Uri("queue:ingress-acknowledge-alarm"));
        await ingress.Send(new AcknowledgeAlarm { AlarmId = stopped.AlarmId, Revision = stopped.Revision });
        await AcceptAsync("alertmanager", Alertmanager("firing", ("app", "shop")));
        var again = await _host.Sent.FirstAsync<ReportAlarm>(x => x.Revision == 3);

        (stopped.Revision, stopped.Firings).ShouldBe((2, 1));
        (again.IsFiring, again.Firings).ShouldBe((true, 2));
        again.AlarmId.ShouldBe(stopped.AlarmId);
    }

    [Fact]
    public async Task One_that_has_begun_anew_though_nobody_said_that_it_had_stopped_counts_again()
    {
        await AcceptAsync("alertmanager", Alertmanager("firing", ("app", "shop")));
        await AcceptAsync(
            "alertmanager",
            Alertmanager("firing", ("app", "shop")).Replace("T10:", "T11:", StringComparison.Ordinal)
        );

        (await _host.Sent.FirstAsync<ReportAlarm>(x => x.Revision == 2)).Firings.ShouldBe(2);
    }

    [Theory]
    // docs.newrelic.com, the default template of workflows.
    [InlineData(
        """{"id":"i-1","title":["Errors of shop"],"priority":"CRITICAL","impactedEntities":["web-1"],"state":"ACTIVATED","alertPolicyNames":["p"],"alertConditionNames":["Errors"],"workflowName":"w","application":"shop"}""",
        "Errors of shop",
        "web-1",
        true
    )]
    [InlineData(
        """{"id":"i-1","title":"Errors of shop","priority":"HIGH","impactedEntities":"web-2","state":"CREATED","application":"shop"}""",
        "Errors of shop",
        "web-2",
        true
    )]
    // The legacy channels.
    [InlineData(
        """{"incident_id":17,"current_state":"open","condition_name":"Errors","policy_name":"p","severity":"CRITICAL","details":"too many","application":"shop"}""",
        "too many",
        null,
        true
    )]
    public async Task New_Relic_sends_issues(string body, string summary, string? host, bool firing)
    {
        await AcceptAsync("newrelic", body);

        var report = await ReportedAsync(summary);
        (report.Host, report.IsFiring, report.Source).ShouldBe((host, firing, "newrelic"));
        report.Severity.ShouldBe(AlarmSeverity.Critical);
    }

    [Theory]
    [InlineData("ACKNOWLEDGEMENT")]
    [InlineData("FLAPPINGSTART")]
    [InlineData("DOWNTIMEEND")]
    [InlineData("CUSTOM")]
    public async Task What_people_do_about_a_problem_of_Nagios_is_no_alarm(string type)
    {
        (await SendAsync("nagios", Nagios(type, "CRITICAL"))).Text("status").ShouldBe("ignored");

        (await AlarmsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CRITICAL", AlarmSeverity.Critical)]
    [InlineData("WARNING", AlarmSeverity.Warning)]
    public async Task Nagios_sends_problems_and_recoveries(string state, AlarmSeverity severity)
    {
        await AcceptAsync("nagios", Nagios("PROBLEM", state));
        await AcceptAsync("nagios", Nagios("RECOVERY", "OK"));

        var report = await ReportedAsync($"HTTP is {state}: 503 Service & more");
        (report.Application, report.Host, report.Severity).ShouldBe(("shop", "web-1", severity));
        (await _host.Sent.FirstAsync<ReportAlarm>(x => !x.IsFiring)).AlarmId.ShouldBe(report.AlarmId);
    }

    [Fact]
    public async Task Anything_else_sends_Canarys_own_form()
    {
        await AcceptAsync(
            "generic",
            """{"key":"orders","firing":true,"application":"shop","host":"web-2","severity":"warning","summary":"no orders\u001b[2J"}"""
        );

        var report = await ReportedAsync("no orders\uFFFD[2J");
        (report.Host, report.Severity).ShouldBe(("web-2", AlarmSeverity.Warning));
    }

    [Theory]
    [InlineData("alertmanager", """{"version":"3","alerts":[]}""")]
    [InlineData("alertmanager", """{"version":"4","alerts":[{"status":"firing","labels":{}}]}""")]
    [InlineData("alertmanager", """{"version":"4","alerts":[{"status":"maybe","fingerprint":"f"}]}""")]
    [InlineData("alertmanager", """{"version":"4","alerts":[{"sta""")]
    [InlineData("newrelic", """{"id":"i-1"}""")]
    [InlineData("newrelic", "null")]
    [InlineData("nagios", "type=PROBLEM")]
    [InlineData("nagios", "%ff%fe")]
    [InlineData("generic", """{"firing":true}""")]
    [InlineData("generic", """{"key":"k"}""")]
    public async Task What_is_no_alarm_is_refused_with_the_reason(string source, string body)
    {
        using var answer = await PostAsync(source, body, $"Bearer {TokenOf(source)}");

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "payload-malformed");
        (await AlarmsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_source_has_a_token_of_its_own_and_it_may_be_the_password()
    {
        const string Body = """{"key":"k","firing":true,"application":"shop"}""";
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"canary:{TokenOf("generic")}"));
        using var right = await PostAsync("generic", Body, $"Basic {basic}");
        right.StatusCode.ShouldBe(HttpStatusCode.OK);

        foreach (
            var wrong in (string?[])
                [
                    null,
                    "Bearer",
                    "Bearer nonsense",
                    "Basic !",
                    $"Bearer {TokenOf("nagios")}",
                    $"Basic {Convert.ToBase64String("no colon"u8)}",
                    $"{_host.Operator.DefaultRequestHeaders.Authorization}",
                ]
        )
        {
            using var answer = await PostAsync("generic", Body, wrong);
            await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "alarm-token-invalid");
        }

        using var unknown = await PostAsync("grafana", Body, $"Bearer {TokenOf("generic")}");
        await unknown.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "alarm-token-invalid");
    }

    [Fact]
    public async Task A_test_alarm_is_recognized_wherever_it_stands_and_acts_on_nothing()
    {
        using var begun = await _host.Operator.PostAsJsonAsync(
            "/api/alarms/tests",
            new { application = "shop", source = "nagios" }
        );
        var test = await begun.ShouldBeAsync(HttpStatusCode.Created);
        var id = test.Text("id");
        test.Text("instruction").ShouldContain(id);

        await SendAsync("nagios", Nagios("PROBLEM", "CRITICAL").Replace("503", id, StringComparison.Ordinal));

        var arrived = await _host.GetAsync($"/api/alarms/tests/{id}");
        arrived.GetProperty("passed").GetBoolean().ShouldBeTrue();
        arrived.Text("found").ShouldBe("shop");
        (await AlarmsAsync()).ShouldBeEmpty();
        _host.Sent.Of<ReportAlarm>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_test_that_has_passed_is_told_until_the_deployer_knows_and_one_for_another_application_never()
    {
        var ids = new List<string>();
        foreach (var application in new[] { "shop", "blog" })
        {
            await _host.PublishAsync(
                Snapshots.Release(
                    Snapshots.Push(Guid.NewGuid()) with
                    {
                        Application = application,
                    },
                    1,
                    ReleaseStates.Building
                )
            );
            ids.Add(await BeginTestAsync(application));
        }

        foreach (var id in ids)
        {
            // Both are about the shop, by their labels.
            await SendAsync("nagios", Nagios("PROBLEM", "CRITICAL").Replace("503", id, StringComparison.Ordinal));
        }

        await Eventually.TrueAsync(() => _host.Sent.Of<ReportAlarmTest>().Count >= 3);
        _host.Sent.Of<ReportAlarmTest>().ShouldAllBe(it => it.TestId == ids[0] && it.Application == "shop");

        var ingress = await _host
            .App.Services.GetRequiredService<IBus>()
            .GetSendEndpoint(new Uri("queue:ingress-acknowledge-alarm-test"));
        await ingress.Send(new AcknowledgeAlarmTest { TestId = ids[0] });
        await Eventually.TrueAsync(async () =>
        {
            await using var scope = _host.App.Services.CreateAsyncScope();
            return await scope
                .ServiceProvider.GetRequiredService<IngressStore>()
                .AlarmDrills.AllAsync(drill => drill.ReportAt == null);
        });
    }

    private async Task<string> BeginTestAsync(string application)
    {
        string? id = null;
        await Eventually.TrueAsync(async () =>
        {
            using var begun = await _host.Operator.PostAsJsonAsync(
                "/api/alarms/tests",
                new { application, source = "nagios" }
            );
            if (begun.StatusCode == HttpStatusCode.Created)
            {
                id = (await begun.ShouldBeAsync(HttpStatusCode.Created)).Text("id");
            }

            return id is not null;
        });
        return id!;
    }

    [Fact]
    public async Task Alarms_that_stopped_longAgo_are_forgotten_and_those_that_fire_are_not()
    {
        await AcceptAsync("generic", """{"key":"over","firing":true,"application":"shop"}""");
        await AcceptAsync("generic", """{"key":"over","firing":false,"application":"shop"}""");
        await AcceptAsync("generic", """{"key":"fires","firing":true,"application":"shop"}""");
        await using (var scope = _host.App.Services.CreateAsyncScope())
        {
            var longAgo = TimeProvider.System.GetUtcNow().AddDays(-31);
            await scope
                .ServiceProvider.GetRequiredService<IngressStore>()
                .Alarms.ExecuteUpdateAsync(set => set.SetProperty(alarm => alarm.ChangedAt, longAgo));
        }

        await _host.App.Services.GetRequiredService<Forgetting>().ForgetAsync(CancellationToken.None);

        (await AlarmsAsync()).ShouldHaveSingleItem().Text("summary").ShouldBe("fires");
    }

    private static FleetHost Host(string name, string address) =>
        new()
        {
            Name = name,
            Address = address,
            Channel = Channel.Production,
            Role = "app",
            Applications = ["*"],
            Transport = "ssh",
        };

    /// <summary>As prometheus.io, "Alerting / Configuration", describes it.</summary>
    private static string Alertmanager(string status, params (string Name, string Value)[] labels) =>
        JsonSerializer.Serialize(
            new
            {
                version = "4",
                groupKey = "{}:{}",
                truncatedAlerts = 0,
                status,
                receiver = "canary",
                groupLabels = new { },
                commonLabels = new { },
                commonAnnotations = new { },
                externalURL = "http://alertmanager:9093",
                alerts = new[]
                {
                    new
                    {
                        status,
                        labels = labels.ToDictionary(it => it.Name, it => it.Value),
                        annotations = new { summary = "5 % of all requests fail" },
                        startsAt = "2026-05-04T10:00:00Z",
                        endsAt = "0001-01-01T00:00:00Z",
                        generatorURL = "http://prometheus/graph",
                        fingerprint = string.Join('-', labels.Select(it => it.Value.Length)),
                    },
                },
            }
        );

    /// <summary>As the command in docs/alarms.md sends it.</summary>
    private static string Nagios(string type, string state) =>
        $"type={type}&host=web-1&service=HTTP&state={state}&output=503+Service+%26+more&application=shop&comment=%24NOTIFICATIONCOMMENT%24";

    private string TokenOf(string source) =>
        File.ReadAllText(_host.Data.Combine("ingress", "alarm-tokens", source)).Trim();

    private async Task AcceptAsync(string source, string body) =>
        (await SendAsync(source, body)).Text("status").ShouldBe("accepted");

    private async Task<JsonElement> SendAsync(string source, string body)
    {
        using var answer = await PostAsync(source, body, $"Bearer {TokenOf(source)}");
        return await answer.ShouldBeAsync(HttpStatusCode.OK);
    }

    private async Task<HttpResponseMessage> PostAsync(string source, string body, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/alarms/{source}")
        {
            Content = new StringContent(
                body,
                MediaTypeHeaderValue.Parse(
                    source == "nagios" ? "application/x-www-form-urlencoded" : "application/json"
                )
            ),
        };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await _host.Anonymous.SendAsync(request);
    }

    private async Task<IReadOnlyList<JsonElement>> AlarmsAsync() =>
        [.. (await _host.GetAsync("/api/alarms")).EnumerateArray()];

    private Task<ReportAlarm> ReportedAsync(string summary) =>
        _host.Sent.FirstAsync<ReportAlarm>(report => report.Summary == summary);
}
