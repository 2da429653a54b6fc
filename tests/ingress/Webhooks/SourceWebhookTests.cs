using System.Net;
using System.Text.Json;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Webhooks;

/// <summary>Webhooks of Gitea, Forgejo and GitLab: what holds for GitHub's holds for them.</summary>
public sealed class SourceWebhookTests : IAsyncLifetime
{
    private const string OfGitea = "the secret of Gitea";

    private const string OfGitLab = "the secret of GitLab";

    private const string SigningToken = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=";

    private readonly TempDirectory _directory = new();

    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=gitea/webhooks",
            "--ingress:repositories:2:source=gitea",
            "--ingress:repositories:3:name=mike/social/*",
            "--ingress:repositories:3:source=gitlab",
            "--ingress:clonehosts:0=git.example.org",
            $"--ingress:giteasecretfiles:0={_directory.WriteFile("gitea", OfGitea + "\n")}",
            $"--ingress:gitlabsecretfiles:0={_directory.WriteFile("gitlab", OfGitLab + "\n")}",
            $"--ingress:gitlabsecretfiles:1={_directory.WriteFile("gitlab-signing", SigningToken + "\n")}"
        );

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_push_at_Gitea_is_accepted_and_published_whole()
    {
        var push = await AcceptedAsync(SourceWebhook.Gitea(SourceWebhook.GiteaPush(), OfGitea));

        push.Application.ShouldBe("webhooks");
        push.Source.Repository.ShouldBe("gitea/webhooks");
        push.Source.CloneUrl.ShouldBe("https://git.example.org/gitea/webhooks.git");
        push.Source.Branch.ShouldBe("main");
        push.Source.Commit.ShouldBe(SourceWebhook.Commit);
        push.Before.ShouldBe("28e1879d029cb852e4844d9c718537df08844e03");
        push.Deploys.ShouldBeTrue();
        push.Pusher.ShouldBe("gitea");
        push.Title.ShouldBe("Webhooks Yay!");
        push.CompareUrl.ShouldBe(
            $"https://git.example.org/gitea/webhooks/compare/28e1879d029cb852e4844d9c718537df08844e03...{SourceWebhook.Commit}"
        );
    }

    [Fact]
    public async Task A_push_at_Forgejo_is_accepted() =>
        (await AcceptedAsync(SourceWebhook.Forgejo(SourceWebhook.GiteaPush(), OfGitea))).Title.ShouldBe(
            "Webhooks Yay!"
        );

    [Fact]
    public async Task A_push_at_GitLab_is_accepted_and_published_whole()
    {
        var push = await AcceptedAsync(SourceWebhook.GitLab(SourceWebhook.GitLabPush(), OfGitLab));

        push.Application.ShouldBe("diaspora");
        push.Source.Repository.ShouldBe("mike/social/diaspora");
        push.Source.CloneUrl.ShouldBe("https://git.example.org/mike/social/diaspora.git");
        push.Source.Branch.ShouldBe("master");
        push.Source.Commit.ShouldBe(SourceWebhook.Commit);
        push.Deploys.ShouldBeTrue();
        push.Pusher.ShouldBe("jsmith");
        push.Title.ShouldBe("fixed readme");
        push.CompareUrl.ShouldBe(
            $"https://git.example.org/mike/social/diaspora/-/compare/95790bf891e76fee5e1747ab589903a6a1f80f22...{SourceWebhook.Commit}"
        );
    }

    [Fact]
    public async Task A_push_that_GitLab_signed_is_accepted() =>
        (
            await AcceptedAsync(SourceWebhook.SignedGitLab(SourceWebhook.GitLabPush(), SigningToken))
        ).Source.Commit.ShouldBe(SourceWebhook.Commit);

    [Theory]
    [MemberData(nameof(Deliveries))]
    public async Task Each_delivery_has_the_right_outcome(string what, HttpStatusCode status, string code)
    {
        using var answer = await Delivery(what).SendAsync(_host);

        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, text);
        JsonDocument.Parse(text).RootElement.Text("code").ShouldBe(code);
        (await _host.GetAsync("/api/releases")).GetProperty("releases").GetArrayLength().ShouldBe(0);
    }

    public static TheoryData<string, HttpStatusCode, string> Deliveries() =>
        new()
        {
            { "gitea: forged", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitea: unsigned", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitea: signed by GitHub's secret", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitea: signed by GitLab's secret", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitea: a repository of GitHub", HttpStatusCode.UnprocessableEntity, "repository-unknown" },
            { "gitea: changed on its way", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitea: truncated", HttpStatusCode.BadRequest, "payload-malformed" },
            { "gitea: no event", HttpStatusCode.BadRequest, "event-missing" },
            { "gitea: no delivery", HttpStatusCode.BadRequest, "delivery-missing" },
            { "gitea: another event", HttpStatusCode.OK, "event-unknown" },
            { "gitea: a tag", HttpStatusCode.OK, "not-a-branch" },
            { "gitea: a branch deleted", HttpStatusCode.OK, "branch-deleted" },
            { "gitea: another clone address", HttpStatusCode.UnprocessableEntity, "clone-url-refused" },
            { "gitlab: forged", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitlab: unsigned", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitlab: the token of Gitea", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitlab: the signing token as it is", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitlab: changed on its way", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitlab: a wrong signature beside the right token", HttpStatusCode.Unauthorized, "signature-invalid" },
            { "gitlab: truncated", HttpStatusCode.BadRequest, "payload-malformed" },
            { "gitlab: no event", HttpStatusCode.BadRequest, "event-missing" },
            { "gitlab: another event", HttpStatusCode.OK, "event-unknown" },
            { "gitlab: a tag", HttpStatusCode.OK, "not-a-branch" },
            { "gitlab: a branch deleted", HttpStatusCode.OK, "branch-deleted" },
            { "gitlab: an unknown project", HttpStatusCode.UnprocessableEntity, "repository-unknown" },
        };

    [Fact]
    public async Task A_delivery_five_times_makes_one_release_and_the_same_commit_no_other()
    {
        foreach (
            var webhook in new[]
            {
                SourceWebhook.Gitea(SourceWebhook.GiteaPush(), OfGitea),
                SourceWebhook.GitLab(SourceWebhook.GitLabPush(), OfGitLab),
            }
        )
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => webhook.SendAsync(_host)));

            answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted).ShouldBe(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(4);
        }

        using var again = await SourceWebhook.SignedGitLab(SourceWebhook.GitLabPush(), SigningToken).SendAsync(_host);
        (await again.ShouldBeAsync(HttpStatusCode.OK)).Text("status").ShouldBe("duplicate");
    }

    [Fact]
    public async Task A_test_delivery_of_Gitea_says_that_it_arrives_and_releases_nothing()
    {
        var payload = SourceWebhook.GiteaPush(before: SourceWebhook.Commit);

        using var answer = await SourceWebhook.Gitea(payload, OfGitea).SendAsync(_host);

        (await answer.ShouldBeAsync(HttpStatusCode.OK)).Text("status").ShouldBe("pong");
        (await _host.GetAsync("/api/releases")).GetProperty("releases").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_form_of_Gitea_is_refused_with_what_to_choose()
    {
        var payload = SourceWebhook.GiteaPush();
        var webhook = SourceWebhook.Gitea(payload, OfGitea) with
        {
            Payload = $"payload={WebUtility.UrlEncode(payload)}",
        };

        using var answer = await webhook.SendAsync(_host, "application/x-www-form-urlencoded");

        (await answer.ShouldBeProblemAsync(HttpStatusCode.Unauthorized, "signature-invalid"))
            .Text("remedy")
            .ShouldContain("application/json");
    }

    [Fact]
    public async Task A_repository_with_a_secret_of_its_own_takes_this_alone()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=gitea/webhooks",
            "--ingress:repositories:2:source=gitea",
            "--ingress:repositories:2:webhooksecrets:0=its own secret",
            "--ingress:clonehosts:0=git.example.org",
            $"--ingress:giteasecretfiles:0={_directory.Combine("gitea")}"
        );
        var payload = SourceWebhook.GiteaPush();

        using var general = await SourceWebhook.Gitea(payload, OfGitea).SendAsync(host);
        using var own = await SourceWebhook.Gitea(payload, "its own secret").SendAsync(host);

        general.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        own.StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task The_server_makes_a_secret_for_a_service_that_a_repository_is_at()
    {
        await using var host = await IngressHost.StartAsync(
            "--ingress:repositories:2:name=gitea/webhooks",
            "--ingress:repositories:2:source=gitea",
            "--ingress:clonehosts:0=git.example.org"
        );
        var file = host.Data.Combine("ingress", "gitea-secret");

        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Exists(host.Data.Combine("ingress", "gitlab-secret")).ShouldBeFalse();
        var secret = (await File.ReadAllTextAsync(file)).Trim();
        using var answer = await SourceWebhook.Gitea(SourceWebhook.GiteaPush(), secret).SendAsync(host);
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var check = (await host.GetAsync("/api/status"))
            .GetProperty("checks")
            .EnumerateArray()
            .Single(it => it.Text("name") == "webhook-secret");
        check.Text("detail").ShouldContain($"{file}. Put it into the webhook's settings at Gitea.");
    }

    private static SourceWebhook Delivery(string what)
    {
        const string Zero = "0000000000000000000000000000000000000000";
        var gitea = SourceWebhook.GiteaPush();
        var gitlab = SourceWebhook.GitLabPush();
        return what switch
        {
            "gitea: forged" => SourceWebhook.Gitea(gitea, "a guess of somebody"),
            "gitea: unsigned" => SourceWebhook.Gitea(gitea, OfGitea).With("X-Gitea-Signature", null),
            "gitea: signed by GitHub's secret" => SourceWebhook.Gitea(gitea, IngressHost.Secret),
            "gitea: signed by GitLab's secret" => SourceWebhook.Gitea(gitea, OfGitLab),
            "gitea: a repository of GitHub" => SourceWebhook.Gitea(
                gitea.Replace("\"gitea/webhooks\"", "\"acme/shop\"", StringComparison.Ordinal),
                OfGitea
            ),
            "gitea: changed on its way" => SourceWebhook.Gitea(gitea, OfGitea) with { Payload = gitea + " " },
            "gitea: truncated" => SourceWebhook.Gitea(gitea[..200], OfGitea),
            "gitea: no event" => SourceWebhook.Gitea(gitea, OfGitea).With("X-Gitea-Event", null),
            "gitea: no delivery" => SourceWebhook.Gitea(gitea, OfGitea).With("X-Gitea-Delivery", null),
            "gitea: another event" => SourceWebhook.Gitea(gitea, OfGitea).With("X-Gitea-Event", "issues"),
            "gitea: a tag" => SourceWebhook.Gitea(
                gitea.Replace("refs/heads/main", "refs/tags/v1", StringComparison.Ordinal),
                OfGitea
            ),
            "gitea: a branch deleted" => SourceWebhook.Gitea(SourceWebhook.GiteaPush(commit: Zero), OfGitea),
            "gitea: another clone address" => SourceWebhook.Gitea(
                gitea.Replace("https://git.example.org/gitea/webhooks.git", "https://evil.example/gitea/webhooks.git"),
                OfGitea
            ),
            "gitlab: forged" => SourceWebhook.GitLab(gitlab, "a guess of somebody"),
            "gitlab: unsigned" => SourceWebhook.GitLab(gitlab, OfGitLab).With("X-Gitlab-Token", null),
            "gitlab: the token of Gitea" => SourceWebhook.GitLab(gitlab, OfGitea),
            "gitlab: the signing token as it is" => SourceWebhook.GitLab(gitlab, SigningToken),
            "gitlab: changed on its way" => SourceWebhook.SignedGitLab(gitlab, SigningToken) with
            {
                Payload = gitlab + " ",
            },
            "gitlab: a wrong signature beside the right token" => (
                SourceWebhook.SignedGitLab(gitlab, SigningToken) with
                {
                    Payload = gitlab + " ",
                }
            ).With("X-Gitlab-Token", OfGitLab),
            "gitlab: truncated" => SourceWebhook.GitLab(gitlab[..200], OfGitLab),
            "gitlab: no event" => SourceWebhook.GitLab(gitlab, OfGitLab).With("X-Gitlab-Event", null),
            "gitlab: another event" => SourceWebhook.GitLab(gitlab, OfGitLab).With("X-Gitlab-Event", "Issue Hook"),
            "gitlab: a tag" => SourceWebhook
                .GitLab(SourceWebhook.GitLabPush(reference: "refs/tags/v1.0.0"), OfGitLab)
                .With("X-Gitlab-Event", "Tag Push Hook"),
            "gitlab: a branch deleted" => SourceWebhook.GitLab(SourceWebhook.GitLabPush(commit: Zero), OfGitLab),
            "gitlab: an unknown project" => SourceWebhook.GitLab(
                gitlab.Replace("mike/social/diaspora", "mike/diaspora", StringComparison.Ordinal),
                OfGitLab
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, "There is no such delivery."),
        };
    }

    private async Task<PushReceived> AcceptedAsync(SourceWebhook webhook)
    {
        using var answer = await webhook.SendAsync(_host);
        var id = (await answer.ShouldBeAsync(HttpStatusCode.Accepted)).GetProperty("releaseId").GetGuid();
        return await _host.Sent.FirstAsync<PushReceived>(push => push.ReleaseId == id);
    }
}
