using System.Text.Json;
using Canary.Hosting.Http;
using Canary.Ingress.Alarms.Sources;
using Canary.Ingress.Repositories;
using Canary.Ingress.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Alarms;

/// <summary><c>POST /webhooks/alarms/{source}</c>: the token first, then the body within bounds; 2xx only once the alarms are
/// durable.</summary>
internal sealed class AlarmWebhook(
    IEnumerable<IAlarmSource> sources,
    AlarmTokens tokens,
    WebhookBodies bodies,
    RefusedWebhooks refused,
    IServiceScopeFactory scopes,
    ILogger<AlarmWebhook> logger
)
{
    private const int Tries = 3;

    public async Task<Results<Ok<WebhookAnswer>, ProblemHttpResult>> HandleAsync(string source, HttpContext context)
    {
        // A source that there is not is answered like a wrong token: nobody learns which there are.
        if (
            sources.FirstOrDefault(it => it.Name == source) is not { } reader
            || !tokens.Accepts(source, context.Request.Headers)
        )
        {
            return Refuse(context, TokenRefused());
        }

        var (read, refusal) = await bodies.ReadAsync(context);
        if (read is null)
        {
            return Refuse(context, refusal!);
        }

        using var body = read;
        try
        {
            var alarms = reader.Read(body.Joined());
            // As with pushes: the database may take its time.
            body.Dispose();
            var changed = await RecordAsync(source, alarms, context.RequestAborted);
            return TypedResults.Ok(
                new WebhookAnswer
                {
                    Status = changed > 0 ? "accepted" : "ignored",
                    Reason =
                        changed > 0 ? $"{changed} of {alarms.Count} alarms have changed."
                        : alarms.Count > 0 ? "Nothing of it is new."
                        : "It is about no alarm that begins or stops.",
                }
            );
        }
        catch (JsonException e)
        {
            return Problems.Result(
                StatusCodes.Status400BadRequest,
                IngressCodes.PayloadMalformed,
                $"The body is not what {source} sends: {PlainText.Line(e.Message, 300)}",
                "Compare it with docs/alarms.md, and the source's template with its default."
            );
        }
    }

    private async Task<int> RecordAsync(
        string source,
        IReadOnlyList<ReceivedAlarm> alarms,
        CancellationToken cancellationToken
    )
    {
        for (var left = Tries; ; left--)
        {
            await using var scope = scopes.CreateAsyncScope();
            try
            {
                return await scope
                    .ServiceProvider.GetRequiredService<AlarmBook>()
                    .RecordAsync(source, alarms, cancellationToken);
            }
            catch (DbUpdateException e) when (left > 1)
            {
                logger.LogDebug(e, "An alarm changed at the same moment; looking again");
            }
        }
    }

    private ProblemHttpResult Refuse(HttpContext context, ProblemHttpResult refusal)
    {
        refused.Add(context.Connection.RemoteIpAddress, refusal.ProblemDetails.Detail!);
        return refusal;
    }

    private static ProblemHttpResult TokenRefused() =>
        Problems.Result(
            StatusCodes.Status401Unauthorized,
            IngressCodes.AlarmTokenInvalid,
            "The header Authorization shows no token of a source of alarms.",
            "Send the content of ingress/alarm-tokens/SOURCE of the data directory (or of the configured file) as a bearer token, or as "
                + "the password of basic authentication, to /webhooks/alarms/SOURCE."
        );
}
