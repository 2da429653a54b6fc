namespace Canary.Durability.Storage;

/// <summary>A message that a consumer has dealt with: its second delivery is dropped.</summary>
internal sealed class InboxMessage
{
    public required Guid MessageId { get; init; }

    public required Guid ConsumerId { get; init; }

    public required DateTimeOffset ConsumedAt { get; init; }
}
