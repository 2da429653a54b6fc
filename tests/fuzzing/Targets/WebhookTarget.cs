using System.Buffers;
using System.Text.Json;
using Canary.Ingress;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Tests;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources;
using Canary.Ingress.Webhooks.Sources.Gitea;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Ingress.Webhooks.Sources.GitLab;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>The JSON of webhooks, and what it leads to.</summary>
/// <param name="name">Name of the target.</param>
/// <param name="source">The service that sends them.</param>
/// <param name="push">One of its pushes.</param>
/// <param name="events">Events to read them as.</param>
internal sealed class WebhookTarget(string name, IPushSource source, string push, params string[] events)
    : TextTarget(
        name,
        [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "null",
            "true",
            "\"",
            "\\u0000",
            "\\ud800",
            "\\u202e",
            "\u00ff",
            "\"ref\":",
            "\"before\":",
            "\"after\":",
            "\"deleted\":",
            "\"compare\":",
            "\"commits\":",
            "\"head_commit\":",
            "\"repository\":",
            "\"full_name\":",
            "\"clone_url\":",
            "\"default_branch\":",
            "\"refs/heads/main\"",
            "\"refs/heads/-x\"",
            "\"refs/tags/v1\"",
            "\"acme/shop\"",
            "\"acme/../shop\"",
            "\"ext::sh -c id\"",
            "\"file:///etc\"",
            "\"https://github.com/acme/shop.git\"",
            "\"https://user@github.com/acme/shop\"",
            "\"git@github.com:acme/shop.git\"",
            "\"compare_url\":",
            "\"project\":",
            "\"path_with_namespace\":",
            "\"git_http_url\":",
            "\"0000000000000000000000000000000000000000\"",
        ],
        [push, """{"zen":"Keep it logically awesome.","repository":{"full_name":"acme/shop"}}""", "{}", "null", ""]
    )
{
    public static WebhookTarget OfGitHub() =>
        new(
            "webhook",
            new GitHubSource(),
            """
            {"ref":"refs/heads/main","before":"0123456789012345678901234567890123456789","after":"abcdefabcdefabcdefabcdefabcdefabcdefabcd",
            "deleted":false,"compare":"https://github.com/acme/shop/compare/0123...abcd","commits":[{"id":"abcd","message":"One"}],
            "head_commit":{"id":"abcdefabcdefabcdefabcdefabcdefabcdefabcd","message":"Sell more\n\nof it"},
            "repository":{"full_name":"acme/shop","clone_url":"https://github.com/acme/shop.git","default_branch":"main"},
            "pusher":{"name":"ada"}}
            """,
            "push",
            "ping"
        );

    public static WebhookTarget OfGitea() =>
        new(
            "webhook-gitea",
            new GiteaSource(),
            """
            {"ref":"refs/heads/main","before":"0123456789012345678901234567890123456789","after":"abcdefabcdefabcdefabcdefabcdefabcdefabcd",
            "compare_url":"https://github.com/acme/shop/compare/0123...abcd",
            "commits":[{"id":"abcdefabcdefabcdefabcdefabcdefabcdefabcd","message":"One"}],
            "repository":{"full_name":"acme/shop","clone_url":"https://github.com/acme/shop.git","default_branch":"main"},
            "pusher":{"login":"ada","username":"ada"}}
            """,
            "push"
        );

    public static WebhookTarget OfGitLab() =>
        new(
            "webhook-gitlab",
            new GitLabSource(),
            """
            {"object_kind":"push","ref":"refs/heads/main","before":"0123456789012345678901234567890123456789",
            "after":"abcdefabcdefabcdefabcdefabcdefabcdefabcd","user_name":"Ada","user_username":"ada",
            "project":{"path_with_namespace":"acme/shop","web_url":"https://github.com/acme/shop",
            "git_http_url":"https://github.com/acme/shop.git","default_branch":"main"},
            "commits":[{"id":"abcdefabcdefabcdefabcdefabcdefabcdefabcd","message":"One"}],"total_commits_count":1}
            """,
            "Push Hook"
        );

    private readonly Fixed<IngressOptions> _options = OptionsFor(source.Kind);

    public override Reading Read(byte[] input)
    {
        var json = new ReadOnlySequence<byte>(input);
        var read = events.Select(it => Try(() => source.Read(it, json))).ToList();
        var pings = read.Count(it => it is WebhookPayload.Ping);
        return read.OfType<WebhookPayload.Push>().FirstOrDefault() is not { } push
            ? new Reading($"no push, pings {pings}")
            : ReadPush(push.Payload) switch
            {
                PushReading.Accepted accepted => new Reading(
                    $"accepted {accepted.Push.Deploys} {accepted.Push.Title is null} {accepted.Push.CompareUrl is null}",
                    () => Judge(accepted.Push)
                ),
                PushReading.Ignored ignored => new Reading($"ignored {ignored.Code}"),
                PushReading.Refused refused => new Reading($"refused {refused.Code}", () => JudgeText(refused.Detail)),
                _ => throw new InvalidOperationException("A push is accepted, ignored or refused."),
            };
    }

    private PushReading ReadPush(PushPayload push) =>
        new PushReader(_options).Read(
            source,
            push,
            push.Repository?.FullName is { } name && GitNames.IsRepository(name)
                ? new RepositoryRegistry(_options).Find(name, source.Kind)
                : null
        );

    private static Fixed<IngressOptions> OptionsFor(SourceKind kind) =>
        new(
            new IngressOptions
            {
                CloneHosts = ["github.com"],
                Repositories =
                [
                    new RepositoryOptions { Name = "acme/shop", Source = kind },
                    new RepositoryOptions { Name = "*/*", Source = kind },
                ],
            }
        );

    private static T? Try<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Judge(PushDraft push)
    {
        ApplicationName.IsValid(push.Application).ShouldBeTrue();
        GitNames.IsRepository(push.Source.Repository).ShouldBeTrue();
        GitNames.IsBranch(push.Source.Branch).ShouldBeTrue();
        GitNames.IsCommit(push.Source.Commit).ShouldBeTrue();
        push.Source.Branch.ShouldNotStartWith("-");
        push.Source.CloneUrl.ShouldNotStartWith("-");
        push.Source.CloneUrl.ShouldNotContain("..");
        Uri.TryCreate(
                push.Source.CloneUrl.Replace("git@github.com:", "ssh://github.com/"),
                UriKind.Absolute,
                out var address
            )
            .ShouldBeTrue();
        address!.Host.ShouldBe("github.com", StringCompareShould.IgnoreCase);
        (push.Title?.Length ?? 0).ShouldBeLessThanOrEqualTo(PushDraft.LongestTitle);
        push.Pusher.Length.ShouldBeLessThanOrEqualTo(PushDraft.LongestPusher);
        JudgeText($"{push.Title}{push.Pusher}{push.CompareUrl}");
    }

    private static void JudgeText(string text) => text.Any(PlainText.IsDeceptive).ShouldBeFalse();
}
