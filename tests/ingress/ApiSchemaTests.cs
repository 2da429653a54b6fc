using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Canary.Ingress.Checks;
using Canary.Ingress.Fleet;
using Canary.Ingress.Logs;
using Canary.Ingress.Messages;
using Canary.Ingress.Notifications;
using Canary.Ingress.PullRequests;
using Canary.Ingress.Releases;
using Canary.Ingress.Sessions;
using Canary.Ingress.Status;
using Canary.Ingress.Webhooks;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Tests;

public class ApiSchemaTests
{
    private static readonly Type[] Bodies =
    [
        typeof(ReleaseView),
        typeof(ReleaseList),
        typeof(CheckRequest),
        typeof(CheckView),
        typeof(ManualRunRequest),
        typeof(Decision),
        typeof(ApplicationView),
        typeof(FleetHostView),
        typeof(SessionView),
        typeof(StatusView),
        typeof(MessageList),
        typeof(MessageView),
        typeof(ChannelList),
        typeof(ChannelTest),
        typeof(LogState),
        typeof(WebhookAnswer),
        typeof(PullRequestList),
        typeof(PullRequestApproval),
    ];

    [Fact]
    public async Task The_bodies_of_the_API_are_those_that_clients_know()
    {
        await using var host = await IngressHost.StartAsync();
        var json = host.App.Services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var text = new StringBuilder();
        foreach (var type in Bodies)
        {
            var schema = json.GetJsonSchemaAsNode(type);
            text.Append(type.Name).Append('\n');
            Describe(schema, "  ", text);
        }

        Testing.Snapshot.Match(text.ToString(), "bodies.txt");
    }

    private static void Describe(JsonNode schema, string indent, StringBuilder text)
    {
        if (schema is not JsonObject node)
        {
            return;
        }

        if (node["items"] is { } items)
        {
            Describe(items, indent + "  ", text);
        }

        foreach (var (name, value) in node["properties"]?.AsObject() ?? [])
        {
            var kind =
                value is not JsonObject described ? "any"
                : described["enum"] is { } values ? values.ToJsonString()
                : described["type"]?.ToJsonString() ?? "any";
            text.Append($"{indent}{name}: {kind}\n");
            Describe(value!, indent + "  ", text);
        }
    }
}
