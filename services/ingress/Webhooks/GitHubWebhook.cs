using System.Buffers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Answer = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Ok<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.Accepted<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult
>;

namespace Canary.Ingress.Webhooks;

/// <summary><c>POST /webhooks/github</c>: headers first, then the body within bounds, its signature, and then everything else; 2xx
/// only once the push is durable.</summary>
internal sealed class GitHubWebhook(
    WebhookBodies bodies,
    BodyWork work,
    WebhookSecrets secrets,
    RepositoryRegistry registry,
    RefusedWebhooks refused,
    PushReader reader,
    PushAdmission admission,
    ILogger<GitHubWebhook> logger
)
{
    private const string FormContentType = "application/x-www-form-urlencoded";

    private const int LongestHeader = 100;

    public async Task<Answer> HandleAsync(HttpContext context)
    {
        if (GitHubHeaders.Read(context.Request.Headers, out var refusal) is not { } headers)
        {
            return Refuse(context, refusal!);
        }

        (var read, refusal) = await bodies.ReadAsync(context);
        if (read is null)
        {
            return Refuse(context, refusal!);
        }

        using var body = read;
        var content = body.Content;
        var signers = await work.RunAsync(
            content.Length,
            () => secrets.SignersOf(headers.Signature, content),
            context.RequestAborted
        );
        return signers.None
            ? Refuse(context, GitHubSignature.Refusal())
            : await HandleSignedAsync(context, headers, body, signers);
    }

    private ProblemHttpResult Refuse(HttpContext context, ProblemHttpResult refusal)
    {
        refused.Add(context.Connection.RemoteIpAddress, refusal.ProblemDetails.Detail!);
        return refusal;
    }

    private async Task<Answer> HandleSignedAsync(
        HttpContext context,
        GitHubHeaders headers,
        RequestBody body,
        WebhookSigners signers
    )
    {
        var (request, @event, delivery) = (context.Request, headers.Event, headers.Delivery);
        if (@event is not ("push" or "ping"))
        {
            return Ignored(
                IngressCodes.EventUnknown,
                $"Canary acts on the events push and ping; this one is '{@event}'."
            );
        }

        try
        {
            if (ReadJson(request.ContentType, body, out var problem) is not { } json)
            {
                return problem!;
            }

            if (@event == "ping")
            {
                var ping = PayloadJson.Ping(json);
                // An organization's webhook names no repository.
                return ping.Repository is null || MaySpeak(signers, ping.Repository)
                    ? Pong(ping)
                    : Refuse(context, GitHubSignature.Refusal());
            }

            var push = ReadPush(json, signers);
            // While the database takes its time, what was read waits for it without the body's memory and place.
            body.Dispose();
            return push is null
                ? Refuse(context, GitHubSignature.Refusal())
                : await AnswerAsync(push, delivery, context.RequestAborted);
        }
        catch (JsonException e)
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.PayloadMalformed,
                $"The payload of the event {@event} is not what GitHub sends: {PlainText.Line(e.Message, 300)}",
                "Compare the delivery with 'Recent deliveries' in the webhook's settings; something between GitHub and "
                    + "Canary may have changed it."
            );
        }
        catch (CanaryException e)
        {
            logger.LogWarning("Refused the delivery {Delivery}: {Reason}", delivery, e.Message);
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
    }

    /// <returns><c>null</c>: who signed it may not speak for its repository.</returns>
    private PushReading? ReadPush(ReadOnlySequence<byte> json, WebhookSigners signers)
    {
        var payload = PayloadJson.Push(json);
        return MaySpeak(signers, payload.Repository) ? reader.Read(payload) : null;
    }

    /// <summary>The holder of one repository's secret gets for every other the answer that strangers get.</summary>
    private bool MaySpeak(WebhookSigners signers, RepositoryPayload? repository) =>
        signers.MaySpeakFor(
            repository?.FullName is { } name && GitNames.IsRepository(name) ? registry.Find(name) : null
        );

    private static ReadOnlySequence<byte>? ReadJson(
        string? contentType,
        RequestBody body,
        out ProblemHttpResult? problem
    )
    {
        problem = null;
        if (
            !MediaTypeHeaderValue.TryParse(contentType, out var type)
            || (type.Charset.HasValue && type.Encoding is not UTF8Encoding)
            || type.MediaType.Value?.ToLowerInvariant() is not (MediaTypeNames.Application.Json or FormContentType)
        )
        {
            problem = Problems.Result(
                StatusCodes.Status415UnsupportedMediaType,
                IngressCodes.ContentTypeUnsupported,
                $"The content type is '{PlainText.Line(contentType, LongestHeader)}'.",
                $"Choose application/json, or {FormContentType}, in the webhook's settings; the character set is UTF-8."
            );
            return null;
        }

        if (type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase))
        {
            return body.Content;
        }

        try
        {
            if (FormPayload.Decode(body.Joined()) is { } payload)
            {
                return new ReadOnlySequence<byte>(payload);
            }

            problem = Malformed("The form has no field 'payload'.");
        }
        catch (FormatException e)
        {
            problem = Malformed(e.Message);
        }

        return null;

        static ProblemHttpResult Malformed(string detail) =>
            Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.PayloadMalformed,
                detail,
                "Send the JSON as the field 'payload' of the form, or choose application/json in the webhook's settings."
            );
    }

    private async Task<Answer> AnswerAsync(PushReading push, string delivery, CancellationToken cancellationToken)
    {
        switch (push)
        {
            case PushReading.Ignored ignored:
                return Ignored(ignored.Code, ignored.Reason);

            case PushReading.Refused refused:
                logger.LogWarning("Refused the delivery {Delivery}: {Reason}", delivery, refused.Detail);
                return Problems.Result(
                    StatusCodes.Status422UnprocessableEntity,
                    refused.Code,
                    refused.Detail,
                    refused.Remedy
                );

            case PushReading.Accepted accepted:
                var admitted = await admission.AdmitAsync(accepted.Push, delivery, cancellationToken);
                return admitted.IsNew
                    ? TypedResults.Accepted(
                        $"/api/releases/{admitted.ReleaseId}",
                        new WebhookAnswer
                        {
                            Status = "accepted",
                            Reason = $"Release of {accepted.Push.Application}, commit {accepted.Push.Source.Commit}.",
                            ReleaseId = admitted.ReleaseId,
                        }
                    )
                    : TypedResults.Ok(
                        new WebhookAnswer
                        {
                            Status = "duplicate",
                            Code = IngressCodes.AlreadyReceived,
                            Reason =
                                "This push was received before, and its release stays as it is. If the branch was set back to "
                                + "the commit, it gets a release of its own; one that failed is started again with "
                                + $"'canary releases retry {admitted.ReleaseId}'.",
                            ReleaseId = admitted.ReleaseId,
                        }
                    );

            default:
                throw new InvalidOperationException("A push is accepted, ignored or refused.");
        }
    }

    private static Ok<WebhookAnswer> Pong(PingPayload ping) =>
        TypedResults.Ok(
            new WebhookAnswer
            {
                Status = "pong",
                Reason = ping.Repository?.FullName is { } name
                    ? $"The webhook of {PlainText.Line(name, LongestHeader)} reaches Canary, and its secret is right."
                    : "The webhook reaches Canary, and its secret is right.",
            }
        );

    private static Ok<WebhookAnswer> Ignored(string code, string reason) =>
        TypedResults.Ok(
            new WebhookAnswer
            {
                Status = "ignored",
                Code = code,
                Reason = reason,
            }
        );
}
