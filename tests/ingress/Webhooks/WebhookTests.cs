using System.Net;
using System.Text;
using Canary.Contracts.Releases;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;

namespace Canary.Ingress.Tests.Webhooks;

public class WebhookTests(WebhookTests.Fixture fixture) : IClassFixture<WebhookTests.Fixture>
{
    private const string Form = "application/x-www-form-urlencoded";

    private IngressHost Host => fixture.Host;

    [Fact]
    public async Task A_push_to_the_default_branch_is_accepted_and_published_whole()
    {
        var push = new Push { Message = "Sell hats\n\nand shoes", Pusher = "ada" };

        var id = await Host.AcceptAsync(push);

        var sent = await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        sent.Application.ShouldBe("shop");
        sent.Source.Repository.ShouldBe("acme/shop");
        sent.Source.CloneUrl.ShouldBe("https://github.com/acme/shop.git");
        sent.Source.Branch.ShouldBe("main");
        sent.Source.Commit.ShouldBe(push.After);
        sent.Before.ShouldBe(push.Before);
        sent.Deploys.ShouldBeTrue();
        sent.Pusher.ShouldBe("ada");
        sent.Title.ShouldBe("Sell hats");
        sent.CompareUrl.ShouldBe(push.Compare);
    }

    [Fact]
    public async Task Another_branch_is_built_and_not_deployed()
    {
        var id = await Host.AcceptAsync(new Push { Ref = "refs/heads/feature/hats" });

        var sent = await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        sent.Deploys.ShouldBeFalse();
        sent.Source.Branch.ShouldBe("feature/hats");
    }

    [Fact]
    public async Task A_commit_that_was_built_on_a_branch_deploys_when_the_default_branch_gets_it()
    {
        var push = new Push { Ref = "refs/heads/feature" };
        var built = await Host.AcceptAsync(push);
        var deployed = await Host.AcceptAsync(push with { Ref = "refs/heads/main" });

        deployed.ShouldNotBe(built);
        (await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == deployed)).Deploys.ShouldBeTrue();
        (await Host.GetAsync($"/api/releases/shop@{push.After}")).GetProperty("id").GetGuid().ShouldBe(deployed);
    }

    [Fact]
    public async Task The_first_push_of_a_branch_has_no_commit_before_it()
    {
        var id = await Host.AcceptAsync(new Push { Before = new string('0', 40) });

        (await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id)).Before.ShouldBeNull();
    }

    [Fact]
    public async Task A_form_is_read_like_JSON()
    {
        var push = new Push();
        using var answer = await Host.DeliverAsync(
            $"payload={WebUtility.UrlEncode(push.ToJson())}",
            contentType: $"{Form}; charset=utf-8"
        );

        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
    }

    [Theory]
    [InlineData("nothing=1")]
    [InlineData("payload=%zz")]
    [InlineData("payload=%7B")]
    public async Task A_broken_form_is_refused(string form)
    {
        using var answer = await Host.DeliverAsync(form, contentType: Form);

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "payload-malformed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"push\"")]
    [InlineData("{\"ref\": 5}")]
    [InlineData("{\"ref\": \"\\ud800\"}")]
    [InlineData("{\"commits\": {}}")]
    [InlineData("{\"repository\": []}")]
    [InlineData("{\"deleted\": \"yes\"}")]
    public async Task Malformed_JSON_is_refused_with_the_cause(string payload)
    {
        using var answer = await Host.DeliverAsync(payload);

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "payload-malformed");
    }

    [Fact]
    public async Task JSON_nested_without_end_is_refused()
    {
        using var answer = await Host.DeliverAsync($"{{\"a\":{new string('[', 100_000)}");

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "payload-malformed");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_content_type_is_refused(string contentType)
    {
        using var answer = await Host.DeliverAsync(new Push().ToJson(), contentType: contentType);

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnsupportedMediaType, "content-type-unsupported");
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256=00")]
    [InlineData("sha256=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha1=0000000000000000000000000000000000000000")]
    public async Task A_wrong_signature_is_refused_and_tells_nothing(string signature)
    {
        using var answer = await Host.DeliverAsync(
            new Push { Repository = "stranger/unknown" }.ToJson(),
            signature: signature
        );

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid");
        problem.ToString().ShouldNotContain("stranger");
        problem.ToString().ShouldNotContain(IngressHost.Secret);
    }

    [Fact]
    public async Task A_missing_signature_is_refused()
    {
        using var content = new StringContent(new Push().ToJson(), Encoding.UTF8, "application/json");
        using var answer = await Host.Anonymous.PostAsync("/webhooks/github", content);

        await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid");
    }

    [Fact]
    public async Task A_truncated_signature_is_refused()
    {
        var payload = new Push().ToJson();
        var signature = GitHubSignature.Of(Encoding.UTF8.GetBytes(payload), IngressHost.Secret);

        using var answer = await Host.DeliverAsync(payload, signature: signature[..^2]);

        await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid");
    }

    [Fact]
    public async Task A_body_changed_by_one_byte_is_refused()
    {
        var payload = new Push().ToJson();
        var signature = GitHubSignature.Of(Encoding.UTF8.GetBytes(payload), IngressHost.Secret);

        using var answer = await Host.DeliverAsync(payload + " ", signature: signature);

        await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid");
    }

    [Fact]
    public async Task A_body_over_25_MB_is_refused_before_its_signature_is_looked_at()
    {
        using var answer = await Host.DeliverAsync(
            new string(' ', RequestBody.Limit + 1),
            signature: UnsignedBody.Forged
        );

        await answer.ShouldBeProblemAsync(HttpStatusCode.RequestEntityTooLarge, "payload-too-large");
    }

    [Fact]
    public async Task A_body_over_25_MB_of_unknown_length_is_refused()
    {
        using var body = await UnsignedBody.BeginAsync(Host.Address, "Transfer-Encoding: chunked");
        var chunk = Encoding.ASCII.GetBytes($"100000\r\n{new string(' ', 0x100000)}\r\n");
        for (var sent = 0; sent <= RequestBody.Limit / 0x100000; sent++)
        {
            await body.SendAsync(chunk);
        }

        (await body.AnswerAsync()).ShouldStartWith("HTTP/1.1 413 Payload Too Large");
    }

    [Fact]
    public async Task A_body_of_25_MB_is_taken()
    {
        var push = new Push();
        var payload = push.ToJson();
        payload = payload[..^1] + new string(' ', RequestBody.Limit - payload.Length) + "}";
        Encoding.UTF8.GetByteCount(payload).ShouldBe(RequestBody.Limit);

        using var answer = await Host.DeliverAsync(payload);

        await answer.ShouldBeAsync(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_ping_is_answered()
    {
        using var answer = await Host.DeliverAsync("""{"zen":"Keep it logically awesome.","hook_id":1}""", "ping");

        (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("status").ShouldBe("pong");
    }

    [Fact]
    public async Task An_unknown_event_is_ignored_with_the_reason()
    {
        using var answer = await Host.DeliverAsync("{}", "watch");

        var body = await answer.ShouldBeAsync(HttpStatusCode.OK);
        body.Text("status").ShouldBe("ignored");
        body.Text("reason").ShouldContain("watch");
    }

    [Fact]
    public async Task A_delivery_without_its_event_is_refused()
    {
        using var answer = await Host.DeliverAsync("{}", "");

        await answer.ShouldBeProblemAsync(HttpStatusCode.BadRequest, "event-missing");
    }

    [Theory]
    [InlineData("refs/tags/v1", false, 1, "not-a-branch")]
    [InlineData("refs/notes/commits", false, 1, "not-a-branch")]
    [InlineData("refs/heads/old", true, 0, "branch-deleted")]
    [InlineData("refs/heads/feature", false, 0, "no-commits")]
    public async Task A_push_with_nothing_to_release_is_ignored_with_the_reason(
        string reference,
        bool deleted,
        int commits,
        string code
    )
    {
        var push = new Push
        {
            Ref = reference,
            Deleted = deleted,
            Commits = commits,
            After = deleted ? new string('0', 40) : Push.NewCommit(),
        };
        using var answer = await Host.DeliverAsync(push.ToJson());

        var body = await answer.ShouldBeAsync(HttpStatusCode.OK);
        body.Text("status").ShouldBe("ignored");
        body.Text("code").ShouldBe(code);
        body.Text("reason").ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task A_deploying_branch_that_was_set_back_brings_no_commit_and_is_accepted()
    {
        var id = await Host.AcceptAsync(new Push { Commits = 0 });

        (await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id)).Deploys.ShouldBeTrue();
    }

    [Fact]
    public async Task An_unknown_repository_is_refused_and_told_what_to_configure()
    {
        using var answer = await Host.DeliverAsync(new Push { Repository = "stranger/thing" }.ToJson());

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "repository-unknown");
        problem.Text("remedy").ShouldContain("- name: stranger/thing");
        problem.Text("remedy").ShouldContain("ingress.repositories");
    }

    [Theory]
    [InlineData("https://evil.example/acme/shop.git")]
    [InlineData("https://github.com/evil/shop.git")]
    [InlineData("file:///etc")]
    [InlineData("ext::sh -c id")]
    [InlineData("--upload-pack=id")]
    public async Task A_clone_address_that_is_not_allowed_is_refused(string address)
    {
        using var answer = await Host.DeliverAsync(new Push { CloneUrl = address }.ToJson());

        await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "clone-url-refused");
    }

    [Fact]
    public async Task The_same_delivery_five_times_makes_one_release()
    {
        var payload = new Push().ToJson();
        var delivery = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => Host.DeliverAsync(payload, delivery: delivery))
        );

        answers.Count(x => x.StatusCode == HttpStatusCode.Accepted).ShouldBe(1);
        answers.Count(x => x.StatusCode == HttpStatusCode.OK).ShouldBe(4);
        var ids = await Task.WhenAll(
            answers.Select(async x => (await x.ShouldBeAsync(x.StatusCode)).Text("releaseId"))
        );
        ids.Distinct().Count().ShouldBe(1);
        var id = Guid.Parse(ids[0]);
        await Host.Sent.FirstAsync<PushReceived>(x => x.ReleaseId == id);
        Host.Sent.Of<PushReceived>().Count(x => x.ReleaseId == id).ShouldBe(1);
    }

    [Fact]
    public async Task The_id_of_a_delivery_of_another_repository_keeps_no_push_out()
    {
        var delivery = Guid.NewGuid().ToString();

        using var blog = await Host.DeliverAsync(new Push { Repository = "acme/blog" }.ToJson(), delivery: delivery);
        using var shop = await Host.DeliverAsync(new Push().ToJson(), delivery: delivery);

        blog.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        shop.StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task The_same_commit_in_another_delivery_makes_no_second_release()
    {
        var push = new Push();
        var id = await Host.AcceptAsync(push);

        using var again = await Host.DeliverAsync(push.ToJson());

        var body = await again.ShouldBeAsync(HttpStatusCode.OK);
        body.Text("status").ShouldBe("duplicate");
        body.GetProperty("releaseId").GetGuid().ShouldBe(id);
    }

    [Fact]
    public async Task A_burst_of_pushes_makes_one_release_each()
    {
        var pushes = Enumerable.Range(0, 20).Select(_ => new Push { Repository = "acme/burst" }).ToList();

        var ids = await Task.WhenAll(pushes.Select(Host.AcceptAsync));

        ids.ShouldBeUnique();
        var list = await Host.GetAsync("/api/releases?application=burst");
        list.GetProperty("releases").GetArrayLength().ShouldBe(20);
    }

    [Fact]
    public async Task A_second_repository_of_one_name_is_refused()
    {
        await Host.AcceptAsync(new Push { Repository = "acme/rival" });

        using var answer = await Host.DeliverAsync(new Push { Repository = "Codertocat/rival" }.ToJson());

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.UnprocessableEntity, "application-taken");
        problem.Text("detail").ShouldContain("acme/rival");
    }

    [Fact]
    public async Task What_people_wrote_cannot_deceive_a_terminal_nor_become_a_script()
    {
        var id = await Host.AcceptAsync(
            new Push
            {
                Message = "\u001b[2J\u202Efake",
                Pusher = "eve\u0007\n" + new string('x', 500),
                Compare = "javascript:alert(1)",
            }
        );

        var release = await Host.GetAsync($"/api/releases/{id}");
        release.Text("title").Any(char.IsControl).ShouldBeFalse();
        release.Text("title").ShouldNotContain('\u202E');
        release.Text("pusher").ShouldBe("eve\uFFFD");
        release.GetProperty("compareUrl").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task Only_POST_is_taken()
    {
        using var answer = await Host.Anonymous.GetAsync("/webhooks/github");

        await answer.ShouldBeProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public IngressHost Host { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Host = await IngressHost.StartAsync();

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
