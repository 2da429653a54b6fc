using System.Collections.Concurrent;
using System.Net.Mime;
using System.Text.Json;
using Canary.Contracts;
using Canary.Durability.Storage;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using MassTransit;

namespace Canary.Durability.Messaging;

/// <summary>An event as other programs are told of it, whatever brings it there: a CloudEvent in JSON (structured mode).</summary>
public sealed record EventDocument
{
    /// <summary>Its content type.</summary>
    public const string ContentType = "application/cloudevents+json";

    internal const string TypePrefix = "canary.";

    private static readonly CloudEventAttribute TraceParentAttribute = CloudEventAttribute.CreateExtension(
        "traceparent",
        CloudEventAttributeType.String
    );

    private static readonly Formatter Json = new();

    private static readonly ConcurrentDictionary<Type, string> Names = [];

    /// <summary>Its id: the same when it is told again.</summary>
    public required string Id { get; init; }

    /// <summary>The service that says so.</summary>
    public required string Service { get; init; }

    /// <summary>Name of the event, for example <c>package-published</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The application; <c>null</c>: it is about none.</summary>
    public string? Subject { get; init; }

    /// <summary>When it was committed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The trace that it belongs to; <c>null</c>: none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>What it says, as JSON.</summary>
    public required string Data { get; init; }

    /// <summary>The document of an event.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="service">The service that says so.</param>
    /// <param name="event">What it says.</param>
    /// <param name="time">When it was committed.</param>
    public static EventDocument Of(string id, string service, IEvent @event, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(@event);

        return new EventDocument
        {
            Id = id,
            Service = service,
            Name = NameOf(@event.GetType()),
            Subject = @event.Subject,
            Time = time,
            Data = OutboxMessage.Serialize(@event),
        };
    }

    /// <summary>The document as it is sent.</summary>
    public byte[] ToJson()
    {
        var cloudEvent = new CloudEvent(CloudEventsSpecVersion.V1_0, [TraceParentAttribute])
        {
            Id = Id,
            Source = new Uri($"/canary/{Service}", UriKind.Relative),
            Type = TypePrefix + Name,
            Subject = Subject,
            Time = Time,
            DataContentType = MediaTypeNames.Application.Json,
            Data = Data,
        };
        cloudEvent[TraceParentAttribute] = TraceParent;
        return Json.EncodeStructuredModeMessage(cloudEvent, out _).ToArray();
    }

    /// <summary>The event in the way that names of queues are written: <c>package-published</c>.</summary>
    internal static string NameOf(Type type) =>
        Names.GetOrAdd(type, it => KebabCaseEndpointNameFormatter.Instance.SanitizeName(it.Name));

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
