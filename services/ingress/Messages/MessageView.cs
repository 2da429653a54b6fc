using System.Text.Json.Nodes;
using Canary.Durability.Messaging;

namespace Canary.Ingress.Messages;

/// <summary>Messages that consumers gave up on, oldest first.</summary>
internal sealed record MessageList
{
    public required IReadOnlyList<MessageView> Messages { get; init; }

    /// <summary>How many there are; more than are listed if a queue has more than are shown of each.</summary>
    public required long Total { get; init; }
}

/// <summary>A message that a consumer gave up on.</summary>
internal sealed record MessageView
{
    public required Guid Id { get; init; }

    /// <summary>Queue whose consumer gave up on it.</summary>
    public required string Queue { get; init; }

    /// <summary>Name of its type.</summary>
    public string? Type { get; init; }

    /// <summary>When the consumer gave up, UTC.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>Type of the exception.</summary>
    public string? Fault { get; init; }

    /// <summary>Message of the exception.</summary>
    public string? Reason { get; init; }

    /// <summary>How often the consumer tried.</summary>
    public int? Attempts { get; init; }

    public Guid? ReleaseId { get; init; }

    public Guid? RolloutId { get; init; }

    /// <summary>The envelope; <c>null</c> in a list.</summary>
    public JsonNode? Body { get; init; }

    public static MessageView Of(FailedMessage message, bool withBody) =>
        new()
        {
            Id = message.Id,
            Queue = message.Queue,
            Type = message.Type,
            FailedAt = message.FailedAt,
            Fault = message.Fault,
            Reason = message.Reason,
            Attempts = message.Attempts,
            ReleaseId = message.ReleaseId,
            RolloutId = message.RolloutId,
            Body = withBody ? message.Body : null,
        };
}
