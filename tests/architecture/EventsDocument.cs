using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Canary.Contracts;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;

namespace Canary.Architecture.Tests;

/// <summary>The AsyncAPI document of the events that other programs are told of, from the contracts.</summary>
internal static partial class EventsDocument
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly IReadOnlyList<Type> Events = [.. EventExamples.All.Select(it => it.GetType())];

    public static string Yaml()
    {
        var yaml = new SerializerBuilder()
            .WithQuotingNecessaryStrings(true)
            .DisableAliases()
            .WithEventEmitter(next => new QuotedTimes(next))
            .Build();
        return "# Made from the contracts and compared with them by a test; events.md says how to read events.\n"
            + yaml.Serialize(Document());
    }

    /// <summary>An event as it is told, with the service that tells it.</summary>
    public static Announcement Announce(IEvent @event)
    {
        var index = EventExamples.All.ToList().IndexOf(@event);
        var service = MessageTopology.Messages.Single(message => message.Type == @event.GetType()).Senders[0];
        var row = new OutboxMessage
        {
            MessageId = new Guid($"0b6c0000-5d1f-0242-{index:x4}-08de60b1c480"),
            MessageType = "",
            Body = OutboxMessage.Serialize(@event),
            TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            NotBefore = new DateTimeOffset(2026, 1, 31, 12, 0, index, TimeSpan.Zero),
        };
        return new Announcement(row, @event, service);
    }

    private static Dictionary<string, object> Document() =>
        new()
        {
            ["asyncapi"] = "3.1.0",
            ["info"] = new Dictionary<string, object>
            {
                ["title"] = "Events of Canary",
                // Of the interface: fields are only ever added to it.
                ["version"] = "1.0.0",
                ["description"] =
                    "What Canary tells other programs on RabbitMQ: every event as a CloudEvent 1.0 in JSON, at least once.",
                ["license"] = new Dictionary<string, object> { ["name"] = "Apache-2.0" },
            },
            ["defaultContentType"] = AnnouncementSerializer.Instance.ContentType.MediaType,
            ["channels"] = new Dictionary<string, object> { ["events"] = Channel() },
            ["operations"] = new Dictionary<string, object>
            {
                ["tell"] = new Dictionary<string, object>
                {
                    ["action"] = "send",
                    ["channel"] = Reference("channels", "events"),
                    ["summary"] = "Canary tells of events; a consumer binds a queue to the exchange.",
                    ["bindings"] = Amqp(new() { ["deliveryMode"] = 2, ["mandatory"] = false }),
                },
            },
            ["components"] = new Dictionary<string, object>
            {
                ["messages"] = EventExamples.All.ToDictionary(it => it.GetType().Name, object (it) => Message(it)),
                ["schemas"] = Schemas(),
            },
        };

    private static Dictionary<string, object> Channel() =>
        new()
        {
            ["address"] = "{application}.{event}",
            ["title"] = "Events",
            ["description"] =
                "The routing key. Its last word is the event; what precedes it is the application, whose name may hold dots.",
            ["parameters"] = new Dictionary<string, object>
            {
                ["application"] = new Dictionary<string, object>
                {
                    ["description"] =
                        $"Name of the application; {Announcement.NoSubject} for events that are about none.",
                    ["examples"] = new[] { "shop", "shop.eu", Announcement.NoSubject },
                },
                ["event"] = new Dictionary<string, object>
                {
                    ["description"] = "Name of the event.",
                    ["enum"] = Events.Select(Announcement.NameOf).ToArray(),
                },
            },
            ["messages"] = Events.ToDictionary(
                it => it.Name,
                object (it) => Reference("components", "messages", it.Name)
            ),
            ["bindings"] = Amqp(
                new()
                {
                    ["is"] = "routingKey",
                    ["exchange"] = new Dictionary<string, object>
                    {
                        ["name"] = new TransportOptions().EventsExchange,
                        ["type"] = "topic",
                        ["durable"] = true,
                        ["autoDelete"] = false,
                    },
                }
            ),
        };

    private static Dictionary<string, object> Amqp(Dictionary<string, object> binding) =>
        new() { ["amqp"] = new Dictionary<string, object>(binding) { ["bindingVersion"] = "0.3.0" } };

    private static Dictionary<string, object> Message(IEvent @event)
    {
        var announcement = Announce(@event);
        var name = Announcement.NameOf(@event.GetType());
        var data = new Dictionary<string, object>
        {
            ["type"] = new Dictionary<string, object> { ["const"] = Announcement.TypePrefix + name },
            ["data"] = Reference("components", "schemas", @event.GetType().Name),
        };
        var required = @event.Subject is null ? Array.Empty<string>() : ["subject"];
        return new()
        {
            ["name"] = Announcement.TypePrefix + name,
            ["title"] = name,
            ["summary"] = DocumentationOf(@event.GetType()),
            ["payload"] = new Dictionary<string, object>
            {
                ["allOf"] = new object[]
                {
                    Reference("components", "schemas", "CloudEvent"),
                    required.Length == 0
                        ? new Dictionary<string, object> { ["properties"] = data }
                        : new Dictionary<string, object> { ["required"] = required, ["properties"] = data },
                },
            },
            ["bindings"] = Amqp(new() { ["messageType"] = Announcement.TypePrefix + name }),
            ["examples"] = new object[]
            {
                new Dictionary<string, object>
                {
                    ["summary"] = $"Routing key {announcement.RoutingKey}",
                    ["payload"] = Plain(JsonNode.Parse(announcement.ToJson()))!,
                },
            },
        };
    }

    private static Dictionary<string, object> Schemas()
    {
        var found = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var type in Events)
        {
            Collect(type);
        }

        return new Dictionary<string, object>(found.Prepend(new("CloudEvent", CloudEvent())));

        void Collect(Type type)
        {
            if (found.TryAdd(type.Name, type.IsEnum ? Enumeration(type) : Record(type)))
            {
                foreach (var held in type.GetProperties().Select(it => ElementOf(it.PropertyType)).Where(IsOurs))
                {
                    Collect(held);
                }
            }
        }
    }

    private static Dictionary<string, object> CloudEvent() =>
        new()
        {
            ["type"] = "object",
            ["description"] = "What all events have: https://github.com/cloudevents/spec.",
            ["required"] = new[] { "specversion", "id", "source", "type", "time", "datacontenttype", "data" },
            ["properties"] = new Dictionary<string, object>
            {
                ["specversion"] = new Dictionary<string, object> { ["const"] = "1.0" },
                ["id"] = Text("uuid", "The same when the event comes again."),
                ["source"] = Text("uri-reference", "The service, for example /canary/deployer."),
                ["type"] = Text(null, "What happened."),
                ["subject"] = Text(null, "The application."),
                ["time"] = Text("date-time", "When it was committed, UTC."),
                ["datacontenttype"] = new Dictionary<string, object> { ["const"] = "application/json" },
                ["traceparent"] = Text(null, "The trace that it belongs to: https://www.w3.org/TR/trace-context."),
                ["data"] = new Dictionary<string, object> { ["type"] = "object" },
            },
        };

    private static Dictionary<string, object> Enumeration(Type type)
    {
        var values = type.GetFields(BindingFlags.Public | BindingFlags.Static);
        var meanings = values.Select(value => $"`{Camel(value.Name)}`: {Documentations.Of(value)}");
        return new()
        {
            ["type"] = "string",
            ["description"] = $"{DocumentationOf(type)} {string.Join(' ', meanings)}",
            ["enum"] = values.Select(value => Camel(value.Name)).ToArray(),
        };
    }

    private static Dictionary<string, object> Record(Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        var required = properties.Where(it => it.IsDefined(typeof(RequiredMemberAttribute))).ToList();
        var schema = new Dictionary<string, object> { ["type"] = "object", ["description"] = DocumentationOf(type) };
        if (required.Count > 0)
        {
            schema["required"] = required.Select(it => Camel(it.Name)).ToArray();
        }

        schema["properties"] = properties.ToDictionary(it => Camel(it.Name), object (it) => Property(it));
        return schema;
    }

    private static Dictionary<string, object> Property(PropertyInfo property)
    {
        var schema = SchemaOf(Nullability.Create(property));
        // States are stored as text; the contracts name them beside the snapshot.
        var states = property.DeclaringType!.Assembly.GetType(
            property.DeclaringType.FullName!.Replace("Changed", "States", StringComparison.Ordinal)
        );
        if (property.Name == "State" && states is { IsAbstract: true })
        {
            schema["enum"] = states.GetFields().Select(it => (string)it.GetRawConstantValue()!).ToArray();
        }

        var meaning = Documentations.Of(property, Camel)!;
        return schema.ContainsKey("$ref")
            ? new() { ["allOf"] = new object[] { schema }, ["description"] = meaning }
            : new(schema) { ["description"] = meaning };
    }

    /// <summary>What is <c>null</c> is left out, so no schema allows it.</summary>
    private static Dictionary<string, object> SchemaOf(NullabilityInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        return type switch
        {
            _ when type == typeof(string) => Text(null, null),
            _ when type == typeof(Guid) => Text("uuid", null),
            _ when type == typeof(DateTimeOffset) => Text("date-time", null),
            _ when type == typeof(TimeSpan) => new()
            {
                ["type"] = "string",
                ["pattern"] = @"^(\d+\.)?\d\d:\d\d:\d\d(\.\d{1,7})?$",
            },
            _ when type == typeof(bool) => new() { ["type"] = "boolean" },
            _ when type == typeof(int) || type == typeof(long) => new() { ["type"] = "integer" },
            _ when type.IsGenericType => new()
            {
                ["type"] = "array",
                ["items"] = SchemaOf(info.GenericTypeArguments[0]),
            },
            _ when IsOurs(type) => Reference("components", "schemas", type.Name),
            _ => throw new NotSupportedException($"Say what {type} is in JSON."),
        };
    }

    private static Dictionary<string, object> Text(string? format, string? description)
    {
        var schema = new Dictionary<string, object> { ["type"] = "string" };
        if (format is not null)
        {
            schema["format"] = format;
        }

        if (description is not null)
        {
            schema["description"] = description;
        }

        return schema;
    }

    private static Dictionary<string, object> Reference(params IEnumerable<string> path) =>
        new() { ["$ref"] = $"#/{string.Join('/', path)}" };

    private static object? Plain(JsonNode? node) =>
        node switch
        {
            JsonObject map => map.ToDictionary(it => it.Key, it => Plain(it.Value)),
            JsonArray list => list.Select(Plain).ToList(),
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => (long)value,
            JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => (bool)value,
            _ => (string?)node,
        };

    private static string DocumentationOf(Type type) => Documentations.Of(type, Camel)!;

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Canary.", StringComparison.Ordinal) == true;

    private static Type ElementOf(Type type) =>
        Nullable.GetUnderlyingType(type) ?? (type.IsGenericType ? type.GetGenericArguments()[0] : type);

    /// <summary>Times are text in JSON; plain, some readers of YAML would make something else of them.</summary>
    private sealed partial class QuotedTimes(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && Date().IsMatch(text))
            {
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            }

            base.Emit(eventInfo, emitter);
        }

        [GeneratedRegex(@"^\d{4}-\d\d-\d\d")]
        private static partial Regex Date();
    }
}
