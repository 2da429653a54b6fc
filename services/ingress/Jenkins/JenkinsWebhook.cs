using System.Text.Json;
using Canary.Contracts.Building;
using Canary.Durability.Messaging;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;
using Answer = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Accepted<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult
>;

namespace Canary.Ingress.Jenkins;

/// <summary><c>POST /webhooks/jenkins</c>: what the Notification plugin sends is passed on as a reason to ask Jenkins. The password comes
/// first, then the body within bounds.</summary>
internal sealed class JenkinsWebhook(
    WebhookBodies bodies,
    JenkinsSecrets secrets,
    RefusedWebhooks refused,
    IOutbox<IngressStore> outbox,
    IngressStore store
)
{
    private const int LongestJob = 300;

    private const int LongestPhase = 20;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/webhooks/jenkins", (HttpContext context, JenkinsWebhook webhook) => webhook.HandleAsync(context))
            .OpenToStrangers()
            .UnderAnyHostName()
            .Vital()
            .WithName("ReceiveJenkinsNotification")
            .WithSummary("Receives a notification of Jenkins' Notification plugin, with the password of Jenkins.");

    public async Task<Answer> HandleAsync(HttpContext context)
    {
        if (BasicPassword.Of(context.Request.Headers) is not { } password || !secrets.Include(password))
        {
            return Refuse(context, WrongPassword());
        }

        var (read, refusal) = await bodies.ReadAsync(context);
        if (read is null)
        {
            return Refuse(context, refusal!);
        }

        using var body = read;
        try
        {
            return
                NotificationJson.Read(body.Joined().Span)
                    is { Url: { } job, Build: { Number: > 0 and var number } build }
                ? await PassOnAsync(
                    new JenkinsNotified
                    {
                        Job = PlainText.Line(job, LongestJob) ?? "",
                        Number = number,
                        Phase = PlainText.Line(build.Phase, LongestPhase),
                    },
                    context.RequestAborted
                )
                : Malformed("it names no job and build");
        }
        catch (JsonException exception)
        {
            return Malformed(PlainText.Line(exception.Message, LongestJob) ?? "it is no JSON");
        }
    }

    private async Task<Answer> PassOnAsync(JenkinsNotified notified, CancellationToken cancellation)
    {
        outbox.Publish(notified);
        await store.SaveChangesAsync(cancellation);
        return TypedResults.Accepted(
            uri: (string?)null,
            new WebhookAnswer { Status = "accepted", Reason = "Jenkins is asked how its builds are." }
        );
    }

    private ProblemHttpResult Refuse(HttpContext context, ProblemHttpResult refusal)
    {
        refused.Add(context.Connection.RemoteIpAddress, refusal.ProblemDetails.Detail!);
        return refusal;
    }

    private static ProblemHttpResult WrongPassword() =>
        Problems.Result(
            StatusCodes.Status401Unauthorized,
            IngressCodes.JenkinsPasswordInvalid,
            "The notification comes without the password of Jenkins, or with another one.",
            "Put it into the address in the job: https://jenkins:PASSWORD@HOST/webhooks/jenkins. It stands in ingress/jenkins-secret of "
                + "the data directory, or in the files of ingress.jenkins-secret-files."
        );

    private static ProblemHttpResult Malformed(string problem) =>
        Problems.Result(
            StatusCodes.Status400BadRequest,
            IngressCodes.PayloadMalformed,
            $"The notification is not what the Notification plugin of Jenkins sends: {problem}.",
            "Choose the format JSON and the protocol HTTP in 'Job Notifications' of the job."
        );
}
