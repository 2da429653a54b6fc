using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Canary.Consul;
using Canary.Contracts;
using Canary.Hosting;
using Canary.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Architecture.Tests;

/// <summary>A queue, as the service that consumes it declares it on RabbitMQ.</summary>
/// <param name="Service">The service.</param>
/// <param name="Name">Name of the queue, and of the exchange in front of it.</param>
/// <param name="Consumers">The consumers and sagas that work on it.</param>
/// <param name="Messages">The messages that they understand.</param>
/// <param name="BoundTo">Exchanges that it is bound to besides its own.</param>
/// <param name="Fleeting">Those of its exchanges, and itself, that a restart of the broker would take away.</param>
internal sealed record MessageQueue(
    string Service,
    string Name,
    IReadOnlyList<string> Consumers,
    IReadOnlyList<Type> Messages,
    IReadOnlyList<string> BoundTo,
    IReadOnlyList<string> Fleeting
);

/// <summary>A message and who has to do with it.</summary>
/// <param name="Type">The record.</param>
/// <param name="Senders">Services that make it.</param>
/// <param name="Queues">Queues whose consumers understand it.</param>
/// <param name="Exchange">The exchange that it is sent to.</param>
internal sealed record Message(
    Type Type,
    IReadOnlyList<string> Senders,
    IReadOnlyList<MessageQueue> Queues,
    string Exchange
)
{
    public bool IsCommand => Type.IsDefined(typeof(QueueAttribute));

    public bool IsWithinAService => Type.Assembly != typeof(QueueAttribute).Assembly;

    public IEnumerable<string> Receivers => Queues.Select(queue => queue.Service).Distinct();
}

/// <summary>
/// The queues, exchanges and messages of the five services: asked of each service's real bus, as it is set up for RabbitMQ and
/// not started, and read from the code that makes messages.
/// </summary>
internal static partial class MessageTopology
{
    /// <summary>The services in the order in which a release meets them.</summary>
    public static IReadOnlyList<(string Name, string Project)> Services { get; } =
    [
        ("ingress", "Canary.Ingress"),
        ("ci-coordinator", "Canary.CiCoordinator"),
        ("packager", "Canary.Packager"),
        ("repository-publisher", "Canary.RepositoryPublisher"),
        ("deployer", "Canary.Deployer"),
    ];

    public static IReadOnlyList<MessageQueue> Queues { get; } =
    [.. Services.SelectMany(service => QueuesOf(service.Name, service.Project))];

    public static IReadOnlyList<Message> Messages { get; } = FindMessages();

    private static string[] WithJenkins =>
        [
            "ci-coordinator:builds:provider=jenkins",
            "ci-coordinator:builds:jenkins:address=http://127.0.0.1:1",
            "ci-coordinator:builds:jenkins:user=canary",
            "ci-coordinator:builds:jenkins:tokenfile=/nonexistent",
        ];

    private static IReadOnlyList<Message> FindMessages()
    {
        var madeIn = Services.ToDictionary(service => service.Name, service => TypesMadeIn(service.Project));
        var types = Queues
            .SelectMany(queue => queue.Messages)
            .Concat(typeof(QueueAttribute).Assembly.GetTypes().Where(IsMessage))
            .Distinct();
        return
        [
            .. from type in types
            let queues = Queues.Where(queue => queue.Messages.Contains(type)).ToList()
            let senders = Services
                .Where(service =>
                    type.Assembly.GetName().Name == service.Project || madeIn[service.Name].Contains(type)
                )
                .Select(service => service.Name)
            select new Message(type, [.. senders], queues, ExchangeOf(type)),
        ];
    }

    // What else is in the contracts is a part of messages.
    private static bool IsMessage(Type type) =>
        type.IsDefined(typeof(QueueAttribute))
        || Documentations.Of(type)?.StartsWith("Event", StringComparison.Ordinal) == true;

    private static string ExchangeOf(Type type) =>
        type.GetCustomAttribute<QueueAttribute>()?.Name
        ?? KebabCaseEndpointNameFormatter.Instance.SanitizeName(type.Name);

    private static List<MessageQueue> QueuesOf(string service, string project)
    {
        using var directory = new TempDirectory();
        var host = CanaryHost.CreateBuilder([
            $"hosting:data={directory.Path}",
            "hosting:transport:provider=rabbitmq",
            $"hosting:transport:passwordfile={directory.WriteFile("password", "not used")}",
            // There are queues that are only there with Consul.
            "hosting:consul:addresses:0=http://127.0.0.1:1",
            // And one that is only there with Jenkins.
            .. service == "ci-coordinator" ? WithJenkins : [],
        ]);
        var assembly = Assemblies.Load(project);
        var register = assembly
            .GetType($"{project}.{project["Canary.".Length..]}Module", throwOnError: true)!
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Single(method => method.ReturnType == typeof(CanaryHostBuilder));
        register.Invoke(null, [host.AddConsul()]);
        using var app = (IDisposable)host.Build();
        var bus = ((Microsoft.AspNetCore.Builder.WebApplication)app).Services.GetRequiredService<IBusControl>();
        var probe = JsonSerializer.SerializeToNode(bus.GetProbeResult().Results)!;
        var endpoints = Many(probe["bus"]!["host"]!["receiveEndpoint"]);
        return
        [
            .. endpoints
                .Select(endpoint => QueueOf(service, assembly, endpoint))
                // Each process has one more, of its own and temporary, that nothing of ours uses.
                .Where(queue => queue.Messages.Count > 0)
                .OrderBy(queue => queue.Name, StringComparer.Ordinal),
        ];
    }

    private static MessageQueue QueueOf(string service, Assembly assembly, JsonNode endpoint)
    {
        var transport = endpoint["receiveTransport"]!;
        var filters = endpoint["filters"]!.ToJsonString(
            new JsonSerializerOptions(JsonSerializerDefaults.Web)
            {
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
        var messages = Consumed().Matches(filters).Select(match => TypeOf(match.Groups[1].Value));
        var consumers = Consumer().Matches(filters).Select(match => match.Groups[1].Value.Split('.')[^1]);
        var topology = transport["topology"]!;
        var bound = Many(topology["exchange-binding"]).Select(binding => (string)binding["source"]!);
        var fleeting = Many(topology["exchange"])
            .Append(topology["queue"]!)
            .Where(entity => !(bool)entity["durable"]! || (bool)entity["autoDelete"]!)
            .Select(entity => (string)entity["name"]!);
        return new MessageQueue(
            service,
            (string)transport["queueName"]!,
            [.. consumers.Distinct().Order(StringComparer.Ordinal)],
            [.. messages.Distinct().OrderBy(type => type.Name, StringComparer.Ordinal)],
            [.. bound.Distinct().Order(StringComparer.Ordinal)],
            [.. fleeting]
        );

        Type TypeOf(string name) =>
            typeof(QueueAttribute).Assembly.GetType(name) ?? assembly.GetType(name, throwOnError: true)!;
    }

    /// <summary>A probe writes one thing as itself and several as a list.</summary>
    private static IEnumerable<JsonNode> Many(JsonNode? node) =>
        node switch
        {
            null => [],
            JsonArray list => list.Select(item => item!),
            _ => [node],
        };

    /// <summary>The contracts whose constructor an assembly calls: whoever makes a message sends it.</summary>
    private static HashSet<Type> TypesMadeIn(string project)
    {
        using var file = File.OpenRead(Assemblies.Load(project).Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var names =
            from handle in metadata.MemberReferences
            let member = metadata.GetMemberReference(handle)
            where metadata.GetString(member.Name) == ".ctor" && member.Parent.Kind == HandleKind.TypeReference
            let type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent)
            select $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
        return [.. names.Select(name => typeof(QueueAttribute).Assembly.GetType(name)).OfType<Type>()];
    }

    [GeneratedRegex(@"ConsumeContext<([\w.]+)>")]
    private static partial Regex Consumed();

    [GeneratedRegex(@"""(?:consumer|instance)Type"":""([\w.]+)")]
    private static partial Regex Consumer();
}
