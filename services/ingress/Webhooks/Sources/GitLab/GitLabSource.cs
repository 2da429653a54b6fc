using System.Buffers;
using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks.Sources.GitLab;

/// <summary>Webhooks of GitLab. Source: docs.gitlab.com, "Webhooks" and "Webhook events".</summary>
internal sealed class GitLabSource : IPushSource
{
    private const string EventHeader = "X-Gitlab-Event";

    public SourceKind Kind => SourceKind.Gitlab;

    public string Name => "GitLab";

    public string Route => "gitlab";

    public string Events => "Push Hook and Tag Push Hook";

    public PushHeaders? ReadHeaders(IHeaderDictionary headers, out ProblemHttpResult? refusal)
    {
        refusal = null;
        if ((GitLabSignature.Parse(headers) ?? (IWebhookProof?)GitLabToken.Parse(headers)) is not { } proof)
        {
            refusal = Refusal();
        }
        else if (PushHeader.Line(headers, EventHeader) is not { } @event)
        {
            refusal = PushHeader.EventMissing(EventHeader, Name);
        }
        else
        {
            // X-Gitlab-Event-UUID is no such id: events that a webhook led to share it.
            return new PushHeaders(
                proof,
                @event,
                PushHeader.Line(headers, "Idempotency-Key", GitLabSignature.IdHeader)
            );
        }

        return null;
    }

    public ProblemHttpResult Refusal() =>
        Problems.Result(
            StatusCodes.Status401Unauthorized,
            IngressCodes.SignatureInvalid,
            $"Neither does the header {GitLabSignature.Header} match the body, nor is {GitLabToken.Header} the secret.",
            "Use the same secret token or signing token in the webhook's settings at GitLab and in ingress.gitlab-secret-files, or in "
                + "those of the repository's own entry where it has any; 'canary doctor' says where the server takes it from."
        );

    public bool ActsOn(string @event) => @event is "Push Hook" or "Tag Push Hook";

    public WebhookPayload Read(string @event, ReadOnlySequence<byte> json) =>
        new WebhookPayload.Push(GitLabJson.Push(json).ToPush());
}
