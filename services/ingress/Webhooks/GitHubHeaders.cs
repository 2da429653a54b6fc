using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Webhooks;

/// <summary>What GitHub says of a delivery before its body. A request without it is refused before a byte of the body is
/// read.</summary>
internal sealed record GitHubHeaders(GitHubSignature Signature, string Event, string Delivery)
{
    private const int Longest = 100;

    public static GitHubHeaders? Read(IHeaderDictionary headers, out ProblemHttpResult? refusal)
    {
        refusal = null;
        if (GitHubSignature.Parse(headers[GitHubSignature.Header]) is not { } signature)
        {
            refusal = GitHubSignature.Refusal();
        }
        else if (PlainText.Line(headers["X-GitHub-Event"], Longest) is not { } @event)
        {
            refusal = Missing(
                IngressCodes.EventMissing,
                "X-GitHub-Event",
                "Send the webhook as GitHub does, with the name of the event in this header."
            );
        }
        else if (PlainText.Line(headers["X-GitHub-Delivery"], Longest) is not { } delivery)
        {
            refusal = Missing(
                IngressCodes.DeliveryMissing,
                "X-GitHub-Delivery",
                "Send the webhook as GitHub does, with the id of the delivery in this header."
            );
        }
        else
        {
            return new GitHubHeaders(signature, @event, delivery);
        }

        return null;
    }

    private static ProblemHttpResult Missing(string code, string header, string remedy) =>
        Problems.Result(StatusCodes.Status400BadRequest, code, $"The header {header} is missing.", remedy);
}
