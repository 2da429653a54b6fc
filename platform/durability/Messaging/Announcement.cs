using System.Collections.Concurrent;
using System.Net.Mime;
using System.Text.Json;
using Canary.Contracts;
using Canary.Durability.Storage;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using MassTransit;

namespace Canary.Durability.Messaging;

/// <summary>
/// An event as the world outside is told of it: a CloudEvent in JSON (structured mode), with the key that it is routed by. All of
/// it follows from the row of the outbox, so that a repeat is the same.
/// </summary>
/// <param name="Row">The event as it was committed.</param>
/// <param name="Event">What the row holds.</param>
/// <param name="Service">The service that says so.</param>
internal sealed record Announcement(OutboxMessage Row, IEvent Event, string Service)
{
    /// <summary>Stands in the place of a subject where there is none: no name of an application is like this.</summary>
    public const string NoSubject = "_";

    public const string TypePrefix = "canary.";

    private static readonly CloudEventAttribute TraceParent = CloudEventAttribute.CreateExtension(
        "traceparent",
        CloudEventAttributeType.String
    );

    private static readonly Formatter Json = new();

    private static readonly ConcurrentDictionary<Type, string> Names = [];

    public Guid Id => Row.MessageId;

    /// <summary>Subject and name of the event: <c>shop.package-published</c>.</summary>
    public string RoutingKey => $"{Event.Subject ?? NoSubject}.{NameOf(Event.GetType())}";

    /// <summary>The event in the way that names of queues are written: <c>package-published</c>.</summary>
    public static string NameOf(Type type) =>
        Names.GetOrAdd(type, it => KebabCaseEndpointNameFormatter.Instance.SanitizeName(it.Name));

    public byte[] ToJson()
    {
        var cloudEvent = new CloudEvent(CloudEventsSpecVersion.V1_0, [TraceParent])
        {
            Id = Id.ToString(),
            Source = new Uri($"/canary/{Service}", UriKind.Relative),
            Type = TypePrefix + NameOf(Event.GetType()),
            Subject = Event.Subject,
            // An event is due when it is made.
            Time = Row.NotBefore,
            DataContentType = MediaTypeNames.Application.Json,
            Data = Row.Body,
        };
        cloudEvent[TraceParent] = Row.TraceParent;
        return Json.EncodeStructuredModeMessage(cloudEvent, out _).ToArray();
    }

    /// <summary>The data is JSON already.</summary>
    private sealed class Formatter : JsonEventFormatter
    {
        protected override void EncodeStructuredModeData(CloudEvent cloudEvent, Utf8JsonWriter writer)
        {
            writer.WritePropertyName(DataPropertyName);
            writer.WriteRawValue((string)cloudEvent.Data!, skipInputValidation: true);
        }
    }
}

/// <summary>Sends an announcement as it is, without the envelope that messages between services have.</summary>
internal sealed class AnnouncementSerializer : IMessageSerializer
{
    public static readonly AnnouncementSerializer Instance = new();

    public ContentType ContentType { get; } = new("application/cloudevents+json");

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class => new BytesMessageBody(((SendContext<Announcement>)context).Message.ToJson());
}
