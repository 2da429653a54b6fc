using System.Buffers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks.Sources;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Answer = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Ok<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.Accepted<Canary.Ingress.Webhooks.WebhookAnswer>,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult
>;

namespace Canary.Ingress.Webhooks;

/// <summary><c>POST /webhooks/SOURCE</c>: headers first, then the body within bounds, its signature, and then everything else; 2xx
/// only once the push is durable.</summary>
internal sealed class PushWebhook(
    WebhookBodies bodies,
    BodyWork work,
    WebhookSecrets secrets,
    RepositoryRegistry registry,
    RepositoryIds ids,
    RefusedWebhooks refused,
    PushReader reader,
    PushAdmission admission,
    PullRequestReader pullRequests,
    PullRequestAnswers pullRequestAnswers,
    ILogger<PushWebhook> logger
)
{
    private const string FormContentType = "application/x-www-form-urlencoded";

    private const int LongestHeader = 100;

    public async Task<Answer> HandleAsync(IPushSource source, HttpContext context)
    {
        if (source.ReadHeaders(context.Request.Headers, out var refusal) is not { } headers)
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
            () => secrets.SignersOf(source.Kind, headers.Proof, content),
            context.RequestAborted
        );
        return signers.None
            ? Refuse(context, source.Refusal())
            : await HandleSignedAsync(source, context, headers, body, signers);
    }

    private ProblemHttpResult Refuse(HttpContext context, ProblemHttpResult refusal)
    {
        refused.Add(context.Connection.RemoteIpAddress, refusal.ProblemDetails.Detail!);
        return refusal;
    }

    private async Task<Answer> HandleSignedAsync(
        IPushSource source,
        HttpContext context,
        PushHeaders headers,
        RequestBody body,
        WebhookSigners signers
    )
    {
        if (!source.ActsOn(headers.Event))
        {
            return Ignored(
                IngressCodes.EventUnknown,
                $"Of {source.Name}, Canary acts on {source.Events}; this event is '{headers.Event}'."
            );
        }

        try
        {
            if (ReadJson(context.Request.ContentType, body, out var problem) is not { } json)
            {
                return problem!;
            }

            var payload = source.Read(headers.Event, json);
            // While the database takes its time, what was read waits for it without the body's memory and place.
            body.Dispose();
            return await AnswerAsync(source, context, payload, headers.Delivery, signers);
        }
        catch (JsonException e)
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.PayloadMalformed,
                $"The payload of the event {headers.Event} is not what {source.Name} sends: {PlainText.Line(e.Message, 300)}",
                $"Compare the delivery with those that the webhook's settings show; something between {source.Name} and Canary may "
                    + "have changed it."
            );
        }
        catch (CanaryException e)
        {
            logger.LogWarning("Refused the delivery {Delivery}: {Reason}", headers.Delivery, e.Message);
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
    }

    /// <summary>The holder of one repository's secret gets for every other the answer that strangers get.</summary>
    private async Task<Answer> AnswerAsync(
        IPushSource source,
        HttpContext context,
        WebhookPayload payload,
        string? delivery,
        WebhookSigners signers
    )
    {
        // A webhook of many repositories names none.
        if (payload is WebhookPayload.Ping { Repository: null })
        {
            return Pong(repository: null);
        }

        var identity = IdentityIn(source, payload.About);
        var repository = identity is null
            ? FindByName(source, payload.About)
            : await ids.FindAsync(identity, signers.MaySpeakFor, context.RequestAborted);
        if (!signers.MaySpeakFor(repository))
        {
            return Refuse(context, source.Refusal());
        }

        switch (payload)
        {
            case WebhookPayload.Push(var push):
                var reading = reader.Read(source, push, repository);
                await KeepAsync(reading is PushReading.Accepted ? repository : null, identity, context.RequestAborted);
                return await AnswerAsync(source, reading, delivery, context.RequestAborted);

            case WebhookPayload.PullRequest(var pull):
                var read = pullRequests.Read(pull, repository);
                await KeepAsync(
                    read is PullRequestReading.Accepted ? repository : null,
                    identity,
                    context.RequestAborted
                );
                return await pullRequestAnswers.AnswerAsync(read, delivery, context.RequestAborted);

            default:
                return Pong(payload.About);
        }
    }

    private Task KeepAsync(KnownRepository? accepted, RepositoryIdentity? identity, CancellationToken cancellation) =>
        accepted is null || identity is null ? Task.CompletedTask : ids.KeepAsync(accepted, identity, cancellation);

    /// <summary>GitHub's ids mean nothing at other services.</summary>
    private static RepositoryIdentity? IdentityIn(IPushSource source, RepositoryPayload? repository) =>
        source.Kind == SourceKind.Github
        && repository is { Id: > 0 and var id, FullName: { } name }
        && GitNames.IsRepository(name)
            ? new RepositoryIdentity(id, name)
            : null;

    private KnownRepository? FindByName(IPushSource source, RepositoryPayload? repository) =>
        repository?.FullName is { } name && GitNames.IsRepository(name) ? registry.Find(name, source.Kind) : null;

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

    private async Task<Answer> AnswerAsync(
        IPushSource source,
        PushReading push,
        string? delivery,
        CancellationToken cancellationToken
    )
    {
        switch (push)
        {
            case PushReading.Ignored ignored:
                IngressMeters.CountPush(source.Route, "ignored");
                return Ignored(ignored.Code, ignored.Reason);

            case PushReading.Refused refused:
                IngressMeters.CountPush(source.Route, "refused");
                logger.LogWarning("Refused the delivery {Delivery}: {Reason}", delivery, refused.Detail);
                return Problems.Result(
                    StatusCodes.Status422UnprocessableEntity,
                    refused.Code,
                    refused.Detail,
                    refused.Remedy
                );

            case PushReading.Accepted accepted:
                var admitted = await admission.AdmitAsync(
                    accepted.Push,
                    // Services know nothing of each other's ids.
                    delivery is null
                    || source.Kind == SourceKind.Github
                        ? delivery
                        : $"{source.Route}:{delivery}",
                    cancellationToken
                );
                IngressMeters.CountPush(source.Route, admitted.IsNew ? "accepted" : "duplicate");
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
                                "This commit has a release already, which stays as it is: its push was received before, or it was "
                                + "found at the head of its branch. If the branch was set back to the commit, it gets a release "
                                + "of its own; one that failed is started again with "
                                + $"'canary releases retry {admitted.ReleaseId}'.",
                            ReleaseId = admitted.ReleaseId,
                        }
                    );

            default:
                throw new InvalidOperationException("A push is accepted, ignored or refused.");
        }
    }

    private static Ok<WebhookAnswer> Pong(RepositoryPayload? repository) =>
        TypedResults.Ok(
            new WebhookAnswer
            {
                Status = "pong",
                Reason = repository?.FullName is { } name
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
