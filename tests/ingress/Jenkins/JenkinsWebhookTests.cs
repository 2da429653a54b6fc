using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Canary.Contracts.Building;
using Canary.Ingress.Tests.Webhooks;
using Canary.Testing;
using Canary.Testing.Jenkins;

namespace Canary.Ingress.Tests.Jenkins;

/// <summary>The door for the Notification plugin: a notification is a reason to ask Jenkins, whatever it says.</summary>
public sealed class JenkinsWebhookTests : IAsyncLifetime
{
    private const string Path = "/webhooks/jenkins";

    private IngressHost _host = null!;

    private string OwnSecret => File.ReadAllText(_host.Data.Combine("ingress", "jenkins-secret")).Trim();

    public async ValueTask InitializeAsync() =>
        _host = await IngressHost.StartAsync("--ingress:webhookbodytimeout=00:00:01");

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("QUEUED", null)]
    [InlineData("STARTED", null)]
    [InlineData("COMPLETED", "SUCCESS")]
    [InlineData("FINALIZED", "FAILURE")]
    public async Task A_notification_with_the_password_is_passed_on_without_its_outcome(string phase, string? status)
    {
        (await SendAsync(JenkinsNotifications.Of(phase, 18, status), OwnSecret)).ShouldBe(HttpStatusCode.Accepted);

        (await _host.Sent.FirstAsync<JenkinsNotified>(_ => true)).ShouldBe(
            new JenkinsNotified
            {
                Job = "job/shop/",
                Number = 18,
                Phase = phase,
            }
        );
    }

    [Fact]
    public async Task One_that_comes_twice_is_passed_on_twice()
    {
        var notification = JenkinsNotifications.Of("COMPLETED", status: "SUCCESS");

        await SendAsync(notification, OwnSecret);
        await SendAsync(notification, OwnSecret);

        await Eventually.TrueAsync(() => _host.Sent.Of<JenkinsNotified>().Count == 2);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic amVua2luczo=")]
    [InlineData("Basic amVua2lucw==")]
    [InlineData("Basic amVua2luczpndWVzc2Vk")]
    [InlineData("Basic ***")]
    [InlineData("Bearer guessed")]
    public async Task Without_the_password_it_is_refused_before_its_body_is_read(string? authorization)
    {
        var header = authorization is null ? "" : $"Authorization: {authorization}\r\n";

        // A server that reads the body says first "100 Continue".
        using var body = await UnsignedBody.SendAsync(
            _host.Address,
            $"POST {Path} HTTP/1.1\r\nHost: canary\r\n{header}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
        );

        (await body.AnswerAsync()).ShouldStartWith("HTTP/1.1 401 Unauthorized");
    }

    [Fact]
    public async Task A_body_that_does_not_come_to_its_end_in_time_is_refused()
    {
        using var body = await UnsignedBody.SendAsync(
            _host.Address,
            $"POST {Path} HTTP/1.1\r\nHost: canary\r\nAuthorization: {Basic(OwnSecret)}\r\nContent-Length: 1000\r\n\r\n{{"
        );

        (await body.AnswerAsync()).ShouldStartWith("HTTP/1.1 408 Request Timeout");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "url": "job/shop/", "build": { "number": "18" } }""")]
    [InlineData("""{ "url": "job/shop/", "build": { "number": -1 } }""")]
    [InlineData("""{ "url": "job/shop/", "build": { "number": 18, "phase": "COMPL""")]
    public async Task What_is_not_a_notification_is_refused_and_leads_to_nothing(string body)
    {
        (await SendAsync(body, OwnSecret)).ShouldBe(HttpStatusCode.BadRequest);

        // What comes after it has arrived: so would have what came before.
        await SendAsync(JenkinsNotifications.Of("STARTED", 19), OwnSecret);
        await _host.Sent.FirstAsync<JenkinsNotified>(_ => true);
        _host.Sent.Of<JenkinsNotified>().ShouldHaveSingleItem().Number.ShouldBe(19);
    }

    [Fact]
    public async Task Names_that_would_deceive_readers_of_messages_do_not()
    {
        await SendAsync(
            """{ "url": "job/\u202eshop\n/", "build": { "number": 1, "phase": "\u001b[31mCOMPLETED" } }""",
            OwnSecret
        );

        var notified = await _host.Sent.FirstAsync<JenkinsNotified>(_ => true);
        $"{notified.Job}{notified.Phase}".ShouldAllBe(letter => !char.IsControl(letter) && letter != '\u202e');
    }

    [Fact]
    public void The_password_that_ingress_makes_is_for_its_user_alone() =>
        File.GetUnixFileMode(_host.Data.Combine("ingress", "jenkins-secret")).ShouldBe(FileModes.Private);

    [Fact]
    public async Task Passwords_can_be_replaced_while_jenkins_still_uses_the_old_one()
    {
        using var directory = new TempDirectory();
        var old = directory.WriteFile("old", "the old password\n");
        var next = directory.WriteFile("next", "the next password\n");
        await using var host = await IngressHost.StartAsync(
            $"--ingress:jenkinssecretfiles:0={old}",
            $"--ingress:jenkinssecretfiles:1={next}"
        );
        var notification = JenkinsNotifications.Of("STARTED");

        (await SendAsync(notification, "the old password", host)).ShouldBe(HttpStatusCode.Accepted);
        (await SendAsync(notification, "the next password", host)).ShouldBe(HttpStatusCode.Accepted);
        File.Delete(old);
        (await SendAsync(notification, "the old password", host)).ShouldBe(HttpStatusCode.Unauthorized);
        File.Exists(host.Data.Combine("ingress", "jenkins-secret")).ShouldBeFalse();
    }

    [Fact]
    public async Task Files_that_cannot_be_read_never_open_the_door()
    {
        await using var host = await IngressHost.StartAsync("--ingress:jenkinssecretfiles:0=/nonexistent");

        (await SendAsync(JenkinsNotifications.Of("STARTED"), "", host)).ShouldBe(HttpStatusCode.BadRequest);
    }

    private async Task<HttpStatusCode> SendAsync(string body, string password, IngressHost? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(Basic(password));
        using var answer = await (host ?? _host).Anonymous.SendAsync(request);
        return answer.StatusCode;
    }

    private static string Basic(string password) =>
        $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"jenkins:{password}"))}";
}
