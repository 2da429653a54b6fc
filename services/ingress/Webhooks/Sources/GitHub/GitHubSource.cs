using System.Buffers;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks.Sources.GitHub;

/// <summary>Webhooks of GitHub. Source: docs.github.com, "Webhook events and payloads".</summary>
internal sealed class GitHubSource : IPushSource
{
    private const string PullRequestEvent = "pull_request";

    public SourceKind Kind => SourceKind.Github;

    public string Name => "GitHub";

    public string Route => "github";

    public string Events => "push, pull_request and ping";

    public PushHeaders? ReadHeaders(IHeaderDictionary headers, out ProblemHttpResult? refusal)
    {
        refusal = null;
        if (GitHubSignature.Parse(headers[GitHubSignature.Header]) is not { } signature)
        {
            refusal = Refusal();
        }
        else if (PushHeader.Line(headers, "X-GitHub-Event") is not { } @event)
        {
            refusal = PushHeader.EventMissing("X-GitHub-Event", Name);
        }
        else if (PushHeader.Line(headers, "X-GitHub-Delivery") is not { } delivery)
        {
            refusal = PushHeader.DeliveryMissing("X-GitHub-Delivery", Name);
        }
        else
        {
            return new PushHeaders(signature, @event, delivery);
        }

        return null;
    }

    public ProblemHttpResult Refusal() => GitHubSignature.Refusal();

    public bool ActsOn(string @event) => @event is "push" or PullRequestEvent or "ping";

    public WebhookPayload Read(string @event, ReadOnlySequence<byte> json) =>
        @event switch
        {
            "ping" => new WebhookPayload.Ping(PayloadJson.Ping(json).Repository),
            PullRequestEvent => new WebhookPayload.PullRequest(PullRequestJson.Read(json)),
            _ => new WebhookPayload.Push(PayloadJson.Push(json)),
        };
}
