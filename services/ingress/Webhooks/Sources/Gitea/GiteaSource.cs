using System.Buffers;
using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks.Sources.Gitea;

/// <summary>Webhooks of Gitea and of Forgejo, which came from it and sends headers of both names. Source: docs.gitea.com,
/// "Webhooks"; forgejo.org, "Webhooks".</summary>
internal sealed class GiteaSource : IPushSource
{
    private static readonly string[] SignatureHeaders = ["X-Forgejo-Signature", "X-Gitea-Signature"];

    private static readonly string[] EventHeaders = ["X-Forgejo-Event", "X-Gitea-Event"];

    private static readonly string[] DeliveryHeaders = ["X-Forgejo-Delivery", "X-Gitea-Delivery"];

    public SourceKind Kind => SourceKind.Gitea;

    public string Name => "Gitea";

    public string Route => "gitea";

    public string Events => "push";

    public PushHeaders? ReadHeaders(IHeaderDictionary headers, out ProblemHttpResult? refusal)
    {
        refusal = null;
        if (GiteaSignature.Parse(PushHeader.Line(headers, SignatureHeaders)) is not { } signature)
        {
            refusal = Refusal();
        }
        else if (PushHeader.Line(headers, EventHeaders) is not { } @event)
        {
            refusal = PushHeader.EventMissing(EventHeaders[^1], Name);
        }
        else if (PushHeader.Line(headers, DeliveryHeaders) is not { } delivery)
        {
            refusal = PushHeader.DeliveryMissing(DeliveryHeaders[^1], Name);
        }
        else
        {
            return new PushHeaders(signature, @event, delivery);
        }

        return null;
    }

    public ProblemHttpResult Refusal() =>
        Problems.Result(
            StatusCodes.Status401Unauthorized,
            IngressCodes.SignatureInvalid,
            $"The header {SignatureHeaders[^1]} is missing or does not match the body.",
            "Choose the content type application/json, and use the same secret in the webhook's settings at Gitea and in ingress.gitea-secret-files, or in those of the "
                + "repository's own entry where it has any; 'canary doctor' says where the server takes it from."
        );

    public bool ActsOn(string @event) => @event == "push";

    public WebhookPayload Read(string @event, ReadOnlySequence<byte> json)
    {
        var push = GiteaJson.Push(json);
        // Gitea's "Test Delivery" is a push of the default branch from its head to its head.
        return push is { Before: { } before, After: { } after } && before == after
            ? new WebhookPayload.Ping(push.Repository)
            : new WebhookPayload.Push(push.ToPush());
    }
}
