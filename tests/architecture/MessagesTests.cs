using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Canary.Contracts;
using Canary.Durability.Messaging;
using Canary.Testing;

namespace Canary.Architecture.Tests;

public sealed partial class MessagesTests
{
    private const string Reference = "docs/messages.md";

    private const string Marker =
        "<!-- Below this line the queues and messages, as the code declares them; a test checks it. -->";

    private static readonly NullabilityInfoContext Nullability = new();

    public static TheoryData<string> Names => [.. MessageTopology.Messages.Select(message => message.Type.Name)];

    [Fact]
    public void The_reference_of_the_messages_is_what_the_code_says()
    {
        var committed = SourceFiles.Read(Reference);
        committed.ShouldContain(Marker);
        var introduction = committed[..(committed.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)];

        Snapshot.MatchFile($"{introduction}\n{Queues()}{Messages()}{Parts()}", Reference);
    }

    [Fact]
    public void The_flow_of_a_release_shows_messages_between_the_services_that_send_and_receive_them()
    {
        var diagram = Diagram().Match(SourceFiles.Read(Reference)).Groups[1].Value;
        var known = MessageTopology.Services.Select(service => service.Name).ToHashSet();
        var services = Participant()
            .Matches(diagram)
            .Where(match => known.Contains(match.Groups[2].Value))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        services.Values.ShouldBe(known, ignoreOrder: true);

        var arrows = Arrow().Matches(diagram).Select(match => match.Groups).ToList();
        arrows.Count.ShouldBeGreaterThan(10);
        foreach (var arrow in arrows.Where(arrow => services.ContainsKey(arrow[1].Value)))
        {
            if (!services.TryGetValue(arrow[2].Value, out var receiver))
            {
                continue;
            }

            foreach (var name in arrow[3].Value.Split(" or "))
            {
                var message = MessageTopology.Messages.FirstOrDefault(it => it.Type.Name == name);
                message.ShouldNotBeNull($"The diagram shows {name}, which is no message.");
                message.Senders.ShouldContain(services[arrow[1].Value], name);
                message.Receivers.ShouldContain(receiver, name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_has_a_sender_and_a_receiver_and_a_documented_purpose(string name)
    {
        var message = MessageTopology.Messages.Single(message => message.Type.Name == name);

        message.Senders.ShouldNotBeEmpty("Nobody makes it.");
        message.Queues.ShouldNotBeEmpty("Nobody consumes it.");
        Documentations.Of(message.Type).ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_command_comes_by_its_own_queue_and_an_event_by_its_own_exchange(string name)
    {
        var message = MessageTopology.Messages.Single(message => message.Type.Name == name);
        foreach (var queue in message.Queues)
        {
            if (message.IsCommand)
            {
                queue.Name.ShouldBe(message.Exchange);
                queue.BoundTo.ShouldNotContain(Kebab(message.Type.Name), "An exchange for a command is in the way.");
            }
            else
            {
                queue.BoundTo.ShouldContain(message.Exchange);
            }
        }
    }

    [Fact]
    public void A_queue_is_named_for_the_service_that_consumes_it()
    {
        foreach (var queue in MessageTopology.Queues)
        {
            queue.Name.ShouldStartWith(queue.Service + "-");
        }

        MessageTopology.Queues.Select(queue => queue.Name).ShouldBeUnique();
    }

    [Fact]
    public void The_queues_whose_error_queues_people_see_are_those_of_all_services() =>
        ServiceQueues.All.ShouldBe(MessageTopology.Queues.Select(queue => queue.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Queues_and_exchanges_outlive_a_restart_of_the_broker() =>
        MessageTopology.Queues.SelectMany(queue => queue.Fleeting).ShouldBeEmpty();

    private static string Queues()
    {
        var text = new StringBuilder("\n## Queues\n");
        foreach (var service in MessageTopology.Queues.GroupBy(queue => queue.Service))
        {
            text.Append($"\n### {service.Key}\n\n| queue | takes | handled by |\n|---|---|---|\n");
            foreach (var queue in service)
            {
                var messages = string.Join(", ", queue.Messages.Select(LinkTo));
                var consumers = string.Join(", ", queue.Consumers.Select(consumer => $"`{consumer}`"));
                text.Append($"| `{queue.Name}` | {messages} | {consumers} |\n");
            }
        }

        return text.ToString();
    }

    private static string Messages()
    {
        var text = new StringBuilder();
        Section("Commands", message => message is { IsCommand: true, IsWithinAService: false });
        Section("Events", message => message is { IsCommand: false, IsWithinAService: false });
        Section("Messages of a service to itself", message => message.IsWithinAService);
        return text.ToString();

        void Section(string title, Func<Message, bool> isIn)
        {
            text.Append($"\n## {title}\n");
            foreach (var message in MessageTopology.Messages.Where(isIn).OrderBy(message => message.Type.Name))
            {
                Describe(message, text);
            }
        }
    }

    private static void Describe(Message message, StringBuilder text)
    {
        var type = message.Type;
        text.Append($"\n### {type.Name}\n\n{DocumentationOf(type)}\n\n");
        text.Append($"- from {Names(message.Senders)}, to {Names(message.Receivers)}\n");
        var queues = message.Queues.Select(queue => queue.Name).Order(StringComparer.Ordinal);
        text.Append(
            message.IsCommand
                ? $"- exchange and queue `{message.Exchange}`\n"
                : $"- exchange `{message.Exchange}`, bound to {Names(queues.Select(queue => $"`{queue}`"))}\n"
        );
        if (!message.IsCommand && !message.IsWithinAService)
        {
            var application = type.IsAssignableTo(typeof(IApplicationEvent)) ? "APP" : Announcement.NoSubject;
            text.Append($"- to other programs as `{application}.{Announcement.NameOf(type)}`\n");
        }

        text.Append($"- message type `urn:message:{type.Namespace}:{type.Name}`\n\n");
        Fields(type, text);

        static string Names(IEnumerable<string> names) => string.Join(", ", names);
    }

    private static void Fields(Type type, StringBuilder text)
    {
        text.Append("| field | type | |\n|---|---|---|\n");
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "" : ", optional";
            var meaning = Documentations.Of(property, JsonNamingPolicy.CamelCase.ConvertName);
            text.Append($"| `{name}` | {TypeOf(Nullability.Create(property))}{required} | {meaning} |\n");
        }
    }

    /// <summary>The records and enumerations that messages hold.</summary>
    private static string Parts()
    {
        var messages = MessageTopology.Messages.Select(message => message.Type).ToHashSet();
        var parts = new HashSet<Type>();
        foreach (var message in messages)
        {
            Collect(message);
        }

        var text = new StringBuilder("\n## Parts of messages\n");
        foreach (var part in parts.Except(messages).OrderBy(part => part.Name, StringComparer.Ordinal))
        {
            text.Append($"\n### {part.Name}\n\n{DocumentationOf(part)}\n\n");
            if (part.IsEnum)
            {
                foreach (var value in part.GetFields(BindingFlags.Public | BindingFlags.Static))
                {
                    text.Append($"- `{value.Name}`: {Documentations.Of(value)}\n");
                }
            }
            else
            {
                Fields(part, text);
            }
        }

        return text.ToString();

        void Collect(Type type)
        {
            foreach (var held in type.GetProperties().Select(property => ElementOf(property.PropertyType)))
            {
                if (IsOurs(held) && parts.Add(held) && !held.IsEnum)
                {
                    Collect(held);
                }
            }
        }
    }

    private static string DocumentationOf(Type type) =>
        Documentations.Of(type, JsonNamingPolicy.CamelCase.ConvertName) ?? "";

    private static string TypeOf(NullabilityInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var name =
            type == typeof(Guid) ? "id (UUID)"
            : type == typeof(string) ? "text"
            : type == typeof(bool) ? "`true` or `false`"
            : type == typeof(int) || type == typeof(long) ? "number"
            : type == typeof(TimeSpan) ? "duration"
            : type == typeof(DateTimeOffset) ? "time"
            : type.IsGenericType ? $"list of {TypeOf(info.GenericTypeArguments[0])}"
            : IsOurs(type) ? LinkTo(type)
            : throw new NotSupportedException($"Say what {type} is called in {Reference}.");
        return info.ReadState == NullabilityState.Nullable ? $"{name} or `null`" : name;
    }

    private static string LinkTo(Type type) => $"[{type.Name}](#{type.Name.ToLowerInvariant()})";

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Canary.", StringComparison.Ordinal) == true;

    private static Type ElementOf(Type type) =>
        Nullable.GetUnderlyingType(type) ?? (type.IsGenericType ? type.GetGenericArguments()[0] : type);

    private static string Kebab(string name) => Option.WordsOf(name);

    [GeneratedRegex("^```mermaid\nsequenceDiagram\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Diagram();

    [GeneratedRegex(@"^\s*participant (\w+) as ([\w-]+)", RegexOptions.Multiline)]
    private static partial Regex Participant();

    [GeneratedRegex(@"^\s*(\w+)-?->>(\w+): (\w+(?: or \w+)*)", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
