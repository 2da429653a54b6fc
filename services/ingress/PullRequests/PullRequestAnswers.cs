using Canary.Hosting.Http;
using Canary.Ingress.Webhooks;
using Answer = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Ok<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.Accepted<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult
>;

namespace Canary.Ingress.PullRequests;

/// <summary>Answers a webhook about a pull request, once what it says is durable.</summary>
internal sealed class PullRequestAnswers(PullRequestIntake intake, ILogger<PullRequestAnswers> logger)
{
    public async Task<Answer> AnswerAsync(PullRequestReading reading, string? delivery, CancellationToken cancellation)
    {
        switch (reading)
        {
            case PullRequestReading.Ignored ignored:
                return TypedResults.Ok(
                    new WebhookAnswer
                    {
                        Status = "ignored",
                        Code = ignored.Code,
                        Reason = ignored.Reason,
                    }
                );

            case PullRequestReading.Refused refused:
                logger.LogWarning("Refused the delivery {Delivery}: {Reason}", delivery, refused.Detail);
                return Problems.Result(
                    StatusCodes.Status422UnprocessableEntity,
                    refused.Code,
                    refused.Detail,
                    refused.Remedy
                );

            case PullRequestReading.Accepted accepted:
                await intake.TakeAsync(accepted.News, cancellation);
                return TypedResults.Accepted(
                    $"/api/pulls/{accepted.News.Application}/{accepted.News.Number}",
                    new WebhookAnswer
                    {
                        Status = "accepted",
                        Reason = accepted.News.IsOpen
                            ? $"The head of the pull request {accepted.News.Number} of {accepted.News.Application} is looked at."
                            : $"The pull request {accepted.News.Number} of {accepted.News.Application} is closed.",
                    }
                );

            default:
                throw new InvalidOperationException("A pull request is accepted, ignored or refused.");
        }
    }
}
