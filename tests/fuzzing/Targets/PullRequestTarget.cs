using System.Buffers;
using System.Text.Json;
using Canary.Ingress;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Repositories;
using Canary.Ingress.Tests;

namespace Canary.Fuzzing.Tests.Targets;

/// <summary>The JSON of webhooks about pull requests, and what it leads to.</summary>
internal sealed class PullRequestTarget()
    : TextTarget(
        "webhook-pull-request",
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
            "1",
            "-1",
            "99999999999999999999",
            "\\u0000",
            "\\ud800",
            "\\u202e",
            "\"action\":",
            "\"opened\"",
            "\"closed\"",
            "\"number\":",
            "\"pull_request\":",
            "\"updated_at\":",
            "\"head\":",
            "\"base\":",
            "\"sha\":",
            "\"repo\":",
            "\"id\":",
            "\"clone_url\":",
            "\"ext::sh -c id\"",
            "\"https://user@github.com/acme/shop\"",
            "\"0000000000000000000000000000000000000000\"",
        ],
        [
            """
            {"action":"opened","number":12,"pull_request":{"state":"open","title":"Sell hats","updated_at":"2026-05-15T15:20:33Z",
            "user":{"login":"ada"},"head":{"ref":"hats","sha":"abcdefabcdefabcdefabcdefabcdefabcdefabcd","repo":{"id":7}},
            "base":{"ref":"main","repo":{"id":7}}},
            "repository":{"id":7,"full_name":"acme/shop","clone_url":"https://github.com/acme/shop.git","default_branch":"main"}}
            """,
            """
            {"action":"synchronize","number":12,"pull_request":{"state":"open","title":"Sell hats","updated_at":"2026-05-15T15:20:33Z",
            "user":{"login":"eve"},"head":{"ref":"main","sha":"abcdefabcdefabcdefabcdefabcdefabcdefabcd","repo":null},
            "base":{"ref":"main","repo":{"id":7}}},
            "repository":{"id":7,"full_name":"acme/shop","clone_url":"https://github.com/acme/shop.git","default_branch":"main"}}
            """,
            "{}",
            "null",
            "",
        ]
    )
{
    private static readonly Fixed<IngressOptions> Options = new(
        new IngressOptions { Repositories = [new RepositoryOptions { Name = "*/*", PullRequests = true }] }
    );

    private readonly RepositoryRegistry _registry = new(Options);
    private readonly PullRequestReader _reader = new(Options);

    public override Reading Read(byte[] input)
    {
        PullRequestPayload payload;
        try
        {
            payload = PullRequestJson.Read(new ReadOnlySequence<byte>(input));
        }
        catch (JsonException)
        {
            return new Reading("no pull request");
        }

        return _reader.Read(payload, EntryOf(payload)) switch
        {
            PullRequestReading.Accepted accepted => new Reading(
                $"accepted {accepted.News.IsFork} {accepted.News.IsOpen} {accepted.News.UpdatedAt is null}",
                () => Judge(accepted.News, payload)
            ),
            PullRequestReading.Ignored ignored => new Reading($"ignored {ignored.Code}"),
            PullRequestReading.Refused refused => new Reading(
                $"refused {refused.Code}",
                () => JudgeText(refused.Detail)
            ),
            _ => throw new InvalidOperationException("A pull request is accepted, ignored or refused."),
        };
    }

    private KnownRepository? EntryOf(PullRequestPayload payload) =>
        payload.Repository?.FullName is { } name && GitNames.IsRepository(name)
            ? _registry.Find(name, SourceKind.Github)
            : null;

    private static void Judge(PullRequestNews news, PullRequestPayload payload)
    {
        ApplicationName.IsValid(news.Application).ShouldBeTrue();
        GitNames.IsRepository(news.Repository).ShouldBeTrue();
        GitNames.IsCommit(news.Commit).ShouldBeTrue();
        news.Number.ShouldBePositive();
        news.CloneUrl.ShouldNotStartWith("-");
        news.CloneUrl.ShouldNotContain("..");
        var (head, @base) = (payload.PullRequest!.Head!.Repo?.Id, payload.PullRequest.Base!.Repo!.Id);
        (news.IsFork || head == @base).ShouldBeTrue();
        news.Title.Length.ShouldBeLessThanOrEqualTo(PullRequestReader.LongestTitle);
        JudgeText($"{news.Title}{news.Author}");
    }

    private static void JudgeText(string text) => text.Any(PlainText.IsDeceptive).ShouldBeFalse();
}
