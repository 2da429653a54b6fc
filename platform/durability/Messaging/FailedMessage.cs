using System.Text.Json.Nodes;

namespace Canary.Durability.Messaging;

/// <summary>A message that a consumer gave up on.</summary>
public sealed record FailedMessage
{
    /// <summary>Id of the message. The same event may have failed in several queues.</summary>
    public required Guid Id { get; init; }

    /// <summary>Queue whose consumer gave up on it.</summary>
    public required string Queue { get; init; }

    /// <summary>Name of its type, for example <c>BuildPackage</c>; <c>null</c> if it does not say.</summary>
    public string? Type { get; init; }

    /// <summary>When the consumer gave up, UTC; <c>null</c>: not known.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>Type of the exception.</summary>
    public string? Fault { get; init; }

    /// <summary>Message of the exception.</summary>
    public string? Reason { get; init; }

    /// <summary>How often the consumer tried; <c>null</c>: not known.</summary>
    public int? Attempts { get; init; }

    /// <summary>Release that the message names.</summary>
    public Guid? ReleaseId { get; init; }

    /// <summary>Rollout that the message names.</summary>
    public Guid? RolloutId { get; init; }

    /// <summary>The envelope; text that is no JSON stands here as a string.</summary>
    public JsonNode? Body { get; init; }
}
