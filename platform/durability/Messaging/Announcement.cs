using System.Net.Mime;
using Canary.Contracts;
using Canary.Durability.Storage;
using MassTransit;

namespace Canary.Durability.Messaging;

/// <summary>
/// An event as the world outside is told of it over the broker: its document, with the key that it is routed by. All of it follows
/// from the row of the outbox, so that a repeat is the same.
/// </summary>
/// <param name="Row">The event as it was committed.</param>
/// <param name="Event">What the row holds.</param>
/// <param name="Service">The service that says so.</param>
internal sealed record Announcement(OutboxMessage Row, IEvent Event, string Service)
{
    /// <summary>Stands in the place of a subject where there is none: no name of an application is like this.</summary>
    public const string NoSubject = "_";

    public const string TypePrefix = EventDocument.TypePrefix;

    public Guid Id => Row.MessageId;

    /// <summary>Subject and name of the event: <c>shop.package-published</c>.</summary>
    public string RoutingKey => $"{Event.Subject ?? NoSubject}.{NameOf(Event.GetType())}";

    /// <summary>The event in the way that names of queues are written: <c>package-published</c>.</summary>
    public static string NameOf(Type type) => EventDocument.NameOf(type);

    public byte[] ToJson() =>
        new EventDocument
        {
            Id = Id.ToString(),
            Service = Service,
            Name = NameOf(Event.GetType()),
            Subject = Event.Subject,
            // An event is due when it is made.
            Time = Row.NotBefore,
            TraceParent = Row.TraceParent,
            Data = Row.Body,
        }.ToJson();
}

/// <summary>Sends an announcement as it is, without the envelope that messages between services have.</summary>
internal sealed class AnnouncementSerializer : IMessageSerializer
{
    public static readonly AnnouncementSerializer Instance = new();

    public ContentType ContentType { get; } = new(EventDocument.ContentType);

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class => new BytesMessageBody(((SendContext<Announcement>)context).Message.ToJson());
}
