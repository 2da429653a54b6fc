using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Durability.Messaging;
using Canary.Failures;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Messages;

public sealed class MessageEndpointTests : IAsyncLifetime
{
    private readonly ListedMessages _queues = new();
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await IngressHost.StartAsync(services => services.AddSingleton<IErrorQueues>(_queues));

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Operators_see_what_failed_and_why_and_the_body_of_one()
    {
        var message = _queues.Add("packager-build-package");

        var list = await _host.Operator.GetFromJsonAsync<JsonElement>("/api/messages");
        var shown = await _host.Operator.GetFromJsonAsync<JsonElement>($"/api/messages/{message.Id}");

        list.GetProperty("total").GetInt64().ShouldBe(1);
        var line = list.GetProperty("messages")[0];
        line.GetProperty("queue").GetString().ShouldBe("packager-build-package");
        line.GetProperty("reason").GetString().ShouldBe("The scales broke.");
        line.GetProperty("releaseId").GetGuid().ShouldBe(message.ReleaseId!.Value);
        line.GetProperty("body").ValueKind.ShouldBe(JsonValueKind.Null);
        shown.GetProperty("body").GetProperty("message").GetProperty("weight").GetInt32().ShouldBe(3);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/ID")]
    [InlineData("POST", "/ID/retry")]
    [InlineData("DELETE", "/ID")]
    public async Task Nobody_else_may_look_or_decide(string method, string path)
    {
        var message = _queues.Add("packager-build-package");
        path = "/api/messages" + path.Replace("ID", $"{message.Id}", StringComparison.Ordinal);

        using var anonymous = await _host.Anonymous.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        using var service = await _host.Service.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        anonymous.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        service.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        _queues.Waiting.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_message_is_retried_or_discarded_once()
    {
        var first = _queues.Add("packager-build-package");
        var second = _queues.Add("deployer-rollout");

        using var retried = await _host.Operator.PostAsync($"/api/messages/{first.Id}/retry", null);
        using var again = await _host.Operator.PostAsync($"/api/messages/{first.Id}/retry", null);
        using var discarded = await _host.Operator.DeleteAsync($"/api/messages/{second.Id}?queue=deployer-rollout");

        retried.StatusCode.ShouldBe(HttpStatusCode.OK);
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await again.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("code")
            .GetString()
            .ShouldBe("message-unknown");
        discarded.StatusCode.ShouldBe(HttpStatusCode.OK);
        _queues.Waiting.ShouldBeEmpty();
        _queues.Retried.ShouldBe([first]);
        (await _host.GetAsync("/api/audit"))
            .GetProperty("entries")
            .EnumerateArray()
            .Select(entry => $"{entry.GetProperty("action")} {entry.GetProperty("detail")}")
            .ShouldBe([
                $"message.discard {second.Id} of deployer-rollout",
                $"message.retry {first.Id} of packager-build-package",
            ]);
    }

    [Theory]
    [InlineData("message-ambiguous", HttpStatusCode.Conflict)]
    [InlineData("broker-unavailable", HttpStatusCode.ServiceUnavailable)]
    public async Task A_fault_of_the_queues_has_a_status_and_a_remedy(string code, HttpStatusCode status)
    {
        _queues.Fault = new CanaryException(code, "It does not work.", "Do something about it.");

        using var answer = await _host.Operator.PostAsync($"/api/messages/{Guid.NewGuid()}/retry", null);

        answer.StatusCode.ShouldBe(status);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("remedy").GetString().ShouldBe("Do something about it.");
    }

    [Fact]
    public async Task The_status_warns_while_messages_wait()
    {
        (await CheckAsync()).ShouldBeNull();

        _queues.Add("packager-build-package");

        var check = await CheckAsync();
        check!["status"]!.GetValue<string>().ShouldBe("warning");
        check["remedy"]!.GetValue<string>().ShouldContain("canary messages list");
    }

    private async Task<JsonNode?> CheckAsync()
    {
        var status = await _host.Operator.GetFromJsonAsync<JsonNode>("/api/status?fresh=true");
        return status!["checks"]!.AsArray().SingleOrDefault(check => (string?)check!["name"] == "failed-messages");
    }

    /// <summary>Error queues in memory.</summary>
    private sealed class ListedMessages : IErrorQueues
    {
        public List<FailedMessage> Waiting { get; } = [];

        public List<FailedMessage> Retried { get; } = [];

        public CanaryException? Fault { get; set; }

        public FailedMessage Add(string queue)
        {
            var message = new FailedMessage
            {
                Id = Guid.NewGuid(),
                Queue = queue,
                Reason = "The scales broke.",
                ReleaseId = Guid.NewGuid(),
                Body = JsonNode.Parse("""{"message":{"weight":3}}"""),
            };
            Waiting.Add(message);
            return message;
        }

        public Task<long> CountAsync(CancellationToken cancellation) => Task.FromResult((long)Waiting.Count);

        public Task<FailedMessages> ListAsync(string? queue, int limit, CancellationToken cancellation) =>
            Task.FromResult(
                new FailedMessages([.. Waiting.Where(it => queue is null || it.Queue == queue)], Waiting.Count)
            );

        public Task<FailedMessage?> RetryAsync(Guid id, string? queue, CancellationToken cancellation)
        {
            var taken = Take(id, queue);
            if (taken is not null)
            {
                Retried.Add(taken);
            }

            return Task.FromResult(taken);
        }

        public Task<FailedMessage?> DiscardAsync(Guid id, string? queue, CancellationToken cancellation) =>
            Task.FromResult(Take(id, queue));

        private FailedMessage? Take(Guid id, string? queue)
        {
            if (Fault is not null)
            {
                throw Fault;
            }

            var found = Waiting.Find(it => it.Id == id && (queue is null || it.Queue == queue));
            if (found is not null)
            {
                Waiting.Remove(found);
            }

            return found;
        }
    }
}
