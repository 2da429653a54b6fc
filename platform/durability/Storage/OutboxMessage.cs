using System.Diagnostics;
using System.Text.Json;
using MassTransit;

namespace Canary.Durability.Storage;

/// <summary>A message that is committed and not yet handed to the bus; with a later <see cref="NotBefore"/>, a timer.</summary>
internal sealed class OutboxMessage
{
    public long Sequence { get; private set; }

    public required Guid MessageId { get; init; }

    public required string MessageType { get; init; }

    public required string Body { get; init; }

    /// <summary>Queue to send to; <c>null</c>: publish to whoever subscribes.</summary>
    public string? Queue { get; init; }

    public Guid? ConversationId { get; init; }

    public Guid? InitiatorId { get; init; }

    public string? TraceParent { get; init; }

    public required DateTimeOffset NotBefore { get; set; }

    /// <summary>Handle by which a scheduled message is cancelled or recognised.</summary>
    public Guid? Token { get; init; }

    /// <summary>Whether a saga of this store has set it for itself.</summary>
    public bool IsTimer => Token is not null;

    public bool IsDeadline { get; init; }

    public int Attempts { get; set; }

    public static OutboxMessage For<T>(T message, string? queue, DateTimeOffset notBefore, Guid? token = null)
        where T : class =>
        new()
        {
            MessageId = NewId.NextGuid(),
            MessageType = MessageTypes.NameOf(message.GetType()),
            Body = Serialize(message),
            Queue = queue,
            TraceParent = Activity.Current?.Id,
            NotBefore = notBefore,
            Token = token,
            IsDeadline = message is IDeadline,
        };

    public static string Serialize(object message) =>
        JsonSerializer.Serialize(message, message.GetType(), StoredJson.Options);

    public (object Message, Type Type) Open()
    {
        var type = MessageTypes.Find(MessageType);
        return (JsonSerializer.Deserialize(Body, type, StoredJson.Options)!, type);
    }
}
