using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Canary.Contracts.Deploying;
using Canary.Durability.Storage;
using Canary.Ingress.Enrolment;
using Canary.Testing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Enrolment;

/// <summary>A host says who it is with a token that an operator asked for: once, in time, and for nobody else.</summary>
public sealed class EnrolmentTests : IAsyncLifetime
{
    private const string Key = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    private const string OtherKey = "SHA256:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs";

    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_deployer_is_told_the_keys_of_a_host_until_it_knows_them()
    {
        var token = await IssueAsync("web-1", "web-2");
        using var enrolled = await EnrolAsync(token, "web-1", OtherKey, Key);
        await enrolled.ShouldBeAsync(HttpStatusCode.OK);

        var told = await _host.Sent.FirstAsync<EnrolHost>(x => x.Host == "web-1");
        told.HostKeys.ShouldBe([Key, OtherKey]);

        using var second = await EnrolAsync(token, "web-2", Key);
        await second.ShouldBeAsync(HttpStatusCode.OK);
        (await _host.Sent.FirstAsync<EnrolHost>(x => x.Host == "web-2")).Number.ShouldBeGreaterThan(told.Number);
        await Eventually.TrueAsync(() => Task.FromResult(_host.Sent.Of<EnrolHost>().Count(x => x.Host == "web-1") > 1));

        await _host.App.Services.GetRequiredService<IBus>().SendAcknowledgementAsync(told.Number);
        await Eventually.TrueAsync(async () => (await RowAsync("web-1")).SendAt is null);
    }

    [Fact]
    public async Task Only_a_digest_of_the_token_is_kept_and_the_audit_names_it_not()
    {
        var token = await IssueAsync("web-1");
        using var enrolled = await EnrolAsync(token, "web-1", Key);
        await enrolled.ShouldBeAsync(HttpStatusCode.OK);

        using var audit = await _host.Operator.GetAsync("/api/audit");
        var text = await audit.Content.ReadAsStringAsync();
        text.ShouldContain("hosts.enrolment");
        text.ShouldContain("web-1, with a token of ada");
        text.Replace("\\u002B", "+", StringComparison.Ordinal).ShouldContain(Key);
        text.ShouldNotContain(token);
        await using var scope = _host.App.Services.CreateAsyncScope();
        var row = await scope.ServiceProvider.GetRequiredService<IngressStore>().EnrolmentTokens.SingleAsync();
        row.Digest.ShouldBe(
            Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token))),
            "It is what a guess is compared with."
        );
    }

    [Fact]
    public async Task A_token_is_good_once_but_a_lost_answer_can_be_asked_for_again()
    {
        var token = await IssueAsync("web-1");
        using var first = await EnrolAsync(token, "web-1", Key);
        using var again = await EnrolAsync(token, "web-1", Key);
        using var other = await EnrolAsync(token, "web-1", OtherKey);

        await first.ShouldBeAsync(HttpStatusCode.OK);
        await again.ShouldBeAsync(HttpStatusCode.OK);
        await other.ShouldBeProblemAsync(HttpStatusCode.Conflict, "enrolment-token-used");
        (await RowAsync("web-1")).HostKeys.ShouldBe([Key]);
    }

    [Fact]
    public async Task Of_many_who_come_at_once_with_one_token_one_is_taken()
    {
        var token = await IssueAsync("web-1");
        var keys = Enumerable
            .Range(0, 8)
            .Select(number => "SHA256:" + Convert.ToBase64String(SHA256.HashData([(byte)number])).TrimEnd('='))
            .ToList();

        var answers = await Task.WhenAll(keys.Select(key => EnrolAsync(token, "web-1", key)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).ShouldBe(7);
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_token_of_many_takes_nobodys_place()
    {
        using var first = await EnrolAsync(await IssueAsync("web-1"), "web-1", Key);
        await first.ShouldBeAsync(HttpStatusCode.OK);
        var shared = await IssueAsync("web-1", "web-2");

        using var thief = await EnrolAsync(shared, "web-1", OtherKey);
        using var itself = await EnrolAsync(shared, "web-1", Key);
        using var another = await EnrolAsync(shared, "web-2", OtherKey);
        using var reinstalled = await EnrolAsync(await IssueAsync("web-1"), "web-1", OtherKey);

        await thief.ShouldBeProblemAsync(HttpStatusCode.Conflict, "enrolment-host-known");
        await itself.ShouldBeAsync(HttpStatusCode.OK);
        await another.ShouldBeAsync(HttpStatusCode.OK);
        await reinstalled.ShouldBeAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_wrong_token_another_host_and_what_is_no_key_are_refused_each_in_its_words()
    {
        var token = await IssueAsync("web-1");
        using var none = await _host.Anonymous.PostAsJsonAsync("/hosts/enrolment", new { host = "web-1" });
        using var wrong = await EnrolAsync(new string('0', 64), "web-1", Key);
        using var other = await EnrolAsync(token, "web-2", Key);
        using var noKey = await EnrolAsync(token, "web-1", "MD5:00");
        using var noKeys = await EnrolAsync(token, "web-1");
        using var operatorsToken = await _host.Operator.PostAsJsonAsync(
            "/hosts/enrolment",
            new { host = "web-1", hostKeys = new[] { Key } }
        );

        await none.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "enrolment-token-invalid");
        await wrong.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "enrolment-token-invalid");
        await other.ShouldBeProblemAsync(HttpStatusCode.Forbidden, "enrolment-host-unexpected");
        await noKey.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "enrolment-invalid");
        await noKeys.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "enrolment-invalid");
        await operatorsToken.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "enrolment-token-invalid");
        _host.Sent.Of<EnrolHost>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_whose_time_is_over_is_refused_unless_it_changes_nothing()
    {
        using var before = await EnrolAsync(await IssueAsync("web-1"), "web-1", Key);
        await before.ShouldBeAsync(HttpStatusCode.OK);
        var token = await IssueAsync("web-1");
        await using (var scope = _host.App.Services.CreateAsyncScope())
        {
            var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
            var past = scope.ServiceProvider.GetRequiredService<StoreClock>().Now - TimeSpan.FromSeconds(1);
            await store.EnrolmentTokens.ExecuteUpdateAsync(set => set.SetProperty(x => x.ExpiresAt, past));
        }

        using var late = await EnrolAsync(token, "web-1", OtherKey);
        using var unchanged = await EnrolAsync(token, "web-1", Key);

        await unchanged.ShouldBeAsync(HttpStatusCode.OK);
        await late.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "enrolment-token-expired");
    }

    [Fact]
    public async Task Only_operators_are_given_tokens_and_for_names_of_hosts_alone()
    {
        using var reader = await _host.Reader.PostAsJsonAsync(
            "/api/hosts/enrolments",
            new { hosts = new[] { "web-1" } }
        );
        using var nobody = await _host.Operator.PostAsJsonAsync(
            "/api/hosts/enrolments",
            new { hosts = Array.Empty<string>() }
        );
        using var name = await _host.Operator.PostAsJsonAsync(
            "/api/hosts/enrolments",
            new { hosts = new[] { null, "web 1" } }
        );
        using var years = await _host.Operator.PostAsJsonAsync(
            "/api/hosts/enrolments",
            new { hosts = new[] { "web-1" }, validFor = "400.00:00:00" }
        );

        reader.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await nobody.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "enrolment-invalid");
        await name.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "enrolment-invalid");
        await years.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "enrolment-invalid");
    }

    [Fact]
    public async Task A_server_that_hosts_cannot_reach_gives_no_setup()
    {
        using var setup = await _host.Anonymous.GetAsync("/hosts/setup.sh");

        await setup.ShouldBeProblemAsync(HttpStatusCode.Conflict, "public-address-missing");
    }

    private async Task<string> IssueAsync(params string[] hosts)
    {
        using var issued = await _host.Operator.PostAsJsonAsync("/api/hosts/enrolments", new { hosts, by = "ada" });
        return (await issued.ShouldBeAsync(HttpStatusCode.Created)).GetProperty("token").GetString()!;
    }

    private async Task<HttpResponseMessage> EnrolAsync(string token, string host, params string[] hostKeys)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hosts/enrolment");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = JsonContent.Create(new { host, hostKeys });
        return await _host.Anonymous.SendAsync(request);
    }

    private async Task<EnrolmentRow> RowAsync(string host)
    {
        await using var scope = _host.App.Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<IngressStore>()
            .Enrolments.AsNoTracking()
            .SingleAsync(row => row.Host == host);
    }
}

file static class Acknowledgements
{
    public static async Task SendAcknowledgementAsync(this IBus bus, long number)
    {
        var ingress = await bus.GetSendEndpoint(new Uri("queue:ingress-acknowledge-enrolment"));
        await ingress.Send(new AcknowledgeEnrolment { Number = number });
    }
}
