using Canary.Durability;
using Canary.Durability.Messaging;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Messages;

/// <summary>Messages that consumers gave up on, over HTTP.</summary>
internal static class MessageEndpoints
{
    /// <summary>Messages of each queue that are listed.</summary>
    private const int MostOfQueue = 200;

    /// <summary>Messages of each queue among which one is looked for.</summary>
    private const int MostSearched = 10_000;

    /// <param name="routes">Routes under <c>/api</c>.</param>
    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup("").RequireOperator();
        messages
            .MapGet("/messages", ListAsync)
            .WithName("ListMessages")
            .WithSummary("Lists messages that consumers gave up on, oldest first.");
        messages
            .MapGet("/messages/{id}", GetAsync)
            .WithName("GetMessage")
            .WithSummary("Shows a message that a consumer gave up on, with its body.");
        messages
            .MapPost("/messages/{id}/retry", RetryAsync)
            .WithName("RetryMessage")
            .WithSummary("Sends a message to its queue once more.");
        messages
            .MapDelete("/messages/{id}", DiscardAsync)
            .WithName("DiscardMessage")
            .WithSummary("Removes a message for good.");
    }

    private static Task<Results<Ok<MessageList>, ProblemHttpResult>> ListAsync(
        IErrorQueues queues,
        CancellationToken cancellationToken,
        string? queue = null
    ) =>
        AnswerAsync<MessageList>(async () =>
        {
            var found = await queues.ListAsync(queue, MostOfQueue, cancellationToken);
            var messages = found.Messages.Select(message => MessageView.Of(message, withBody: false));
            return TypedResults.Ok(new MessageList { Messages = [.. messages], Total = found.Total });
        });

    private static Task<Results<Ok<MessageView>, ProblemHttpResult>> GetAsync(
        string id,
        IErrorQueues queues,
        CancellationToken cancellationToken,
        string? queue = null
    ) =>
        OneAsync(
            id,
            async guid =>
            {
                var found = await queues.ListAsync(queue, MostSearched, cancellationToken);
                return found.Messages.FirstOrDefault(message => message.Id == guid);
            }
        );

    private static Task<Results<Ok<MessageView>, ProblemHttpResult>> RetryAsync(
        string id,
        IErrorQueues queues,
        AuditLog audit,
        CancellationToken cancellationToken,
        string? queue = null
    ) =>
        DecideAsync(
            id,
            AuditedActions.RetryMessage,
            guid => queues.RetryAsync(guid, queue, cancellationToken),
            audit,
            cancellationToken
        );

    private static Task<Results<Ok<MessageView>, ProblemHttpResult>> DiscardAsync(
        string id,
        IErrorQueues queues,
        AuditLog audit,
        CancellationToken cancellationToken,
        string? queue = null
    ) =>
        DecideAsync(
            id,
            AuditedActions.DiscardMessage,
            guid => queues.DiscardAsync(guid, queue, cancellationToken),
            audit,
            cancellationToken
        );

    private static Task<Results<Ok<MessageView>, ProblemHttpResult>> DecideAsync(
        string id,
        string action,
        Func<Guid, Task<FailedMessage?>> decide,
        AuditLog audit,
        CancellationToken cancellationToken
    ) =>
        OneAsync(
            id,
            async guid =>
            {
                var message = await decide(guid);
                if (message is not null)
                {
                    await audit.WriteAsync(
                        new AuditedDecision(action, Decision.ByOf(null)) { Detail = $"{guid} of {message.Queue}" },
                        // Who hangs up is on record all the same.
                        CancellationToken.None
                    );
                }

                return message;
            }
        );

    private static Task<Results<Ok<MessageView>, ProblemHttpResult>> OneAsync(
        string id,
        Func<Guid, Task<FailedMessage?>> find
    ) =>
        AnswerAsync<MessageView>(async () =>
            Guid.TryParse(id, out var guid) && await find(guid) is { } message
                ? TypedResults.Ok(MessageView.Of(message, withBody: true))
                : Problems.Result(
                    StatusCodes.Status404NotFound,
                    IngressCodes.MessageUnknown,
                    $"No message {PlainText.Line(id, 50)} waits in an error queue.",
                    "See which do: canary messages list. Somebody else may have decided about it."
                )
        );

    private static async Task<Results<Ok<T>, ProblemHttpResult>> AnswerAsync<T>(
        Func<Task<Results<Ok<T>, ProblemHttpResult>>> answer
    )
    {
        try
        {
            return await answer();
        }
        catch (CanaryException e) when (e.Code == DurabilityCodes.MessageAmbiguous)
        {
            return Problems.Result(StatusCodes.Status409Conflict, e);
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusCodes.Status503ServiceUnavailable, e);
        }
    }
}
