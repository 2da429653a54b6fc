using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Canary.Consul;
using Canary.Contracts;
using Canary.Contracts.Alarms;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Ingress.Webhooks;
using Canary.Ingress.Webhooks.Sources.GitHub;
using Canary.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests;

/// <summary>A real host with ingress alone, on a free port, with a private data directory; and, in place of the other
/// services, a listener that keeps what ingress sends.</summary>
public sealed class IngressHost : IAsyncDisposable
{
    public const string Secret = "a secret for tests only";

    private readonly TempDirectory? _owned;

    private IngressHost(WebApplication app, TempDirectory data, bool owns)
    {
        App = app;
        Data = data;
        _owned = owns ? data : null;
        Sent = app.Services.GetRequiredService<SentMessages>();
        Address = new Uri(
            app.Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.First()
                .Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)
        );
        Anonymous = new HttpClient { BaseAddress = Address };
        Operator = Client("api-token");
        Reader = Client("read-token");
        Service = Client("service-token");
    }

    public WebApplication App { get; }

    public TempDirectory Data { get; }

    public Uri Address { get; }

    /// <summary>What ingress has sent to other services.</summary>
    public SentMessages Sent { get; }

    public HttpClient Anonymous { get; }

    public HttpClient Operator { get; }

    public HttpClient Reader { get; }

    public HttpClient Service { get; }

    public static async Task<IngressHost> StartAsync(params string[] settings) =>
        await StartAsync(new TempDirectory(), owns: true, settings);

    /// <summary>Starts a host with other parts in place of its own.</summary>
    public static Task<IngressHost> StartAsync(Action<IServiceCollection> replace, params string[] settings) =>
        StartAsync(new TempDirectory(), owns: true, settings, replace);

    /// <summary>Starts a host on data that an earlier one left.</summary>
    public static Task<IngressHost> StartAsync(TempDirectory data, bool owns, params string[] settings) =>
        StartAsync(data, owns, settings, _ => { });

    private static async Task<IngressHost> StartAsync(
        TempDirectory data,
        bool owns,
        string[] settings,
        Action<IServiceCollection> replace
    )
    {
        var host = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:data={data.Path}",
            $"--ingress:webhooksecrets:0={Secret}",
            "--ingress:repositories:0:name=acme/*",
            "--ingress:repositories:1:name=Codertocat/*",
            .. settings,
        ]);
        host.AddConsul().AddIngress();
        host.Services.AddSingleton<SentMessages>();
        host.AddModule<ListenerStore>(
            "listener",
            module =>
            {
                module.AddConsumer<Listener>();
                module.AddConsumer<ListenerTo<DeployRelease>>();
                module.AddConsumer<ListenerTo<HoldApplication>>();
                module.AddConsumer<ListenerTo<ResumeApplication>>();
                module.AddConsumer<RolloutListener>();
                module.AddConsumer<ListenerTo<ConvergeHosts>>();
                module.AddConsumer<ListenerTo<ReportAlarm>>();
                module.AddConsumer<ListenerTo<ReportAlarmTest>>();
                module.AddConsumer<ListenerTo<SetFreezes>>();
                module.AddConsumer<ListenerTo<EnrolHost>>();
                module.AddConsumer<ListenerTo<BuildPullRequest>>();
                module.AddConsumer<ListenerTo<CancelPullRequestBuild>>();
            }
        );
        replace(host.Services);
        var app = host.Build();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<ListenerStore>().Database.EnsureCreatedAsync();
        }

        await app.StartAsync();
        return new IngressHost(app, data, owns);
    }

    public Task PublishAsync<T>(T message)
        where T : class => App.Services.GetRequiredService<IBus>().Publish(message);

    public async Task<HttpResponseMessage> DeliverAsync(
        string payload,
        string @event = "push",
        string? delivery = null,
        string? signature = null,
        string contentType = "application/json"
    )
    {
        var body = Encoding.UTF8.GetBytes(payload);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        request.Headers.Add("X-GitHub-Event", @event);
        request.Headers.Add("X-GitHub-Delivery", delivery ?? Guid.NewGuid().ToString());
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature ?? GitHubSignature.Of(body, Secret));
        return await Anonymous.SendAsync(request);
    }

    /// <summary>Delivers a push that must be accepted, and returns its release.</summary>
    public async Task<Guid> AcceptAsync(Push push)
    {
        using var answer = await DeliverAsync(push.ToJson());
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("releaseId").GetGuid();
    }

    public async Task<JsonElement> GetAsync(string path) => await Anonymous.GetFromJsonAsync<JsonElement>(path);

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Anonymous.Dispose();
        Operator.Dispose();
        Reader.Dispose();
        Service.Dispose();
        _owned?.Dispose();
    }

    private HttpClient Client(string token)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            File.ReadAllText(Data.Combine("secrets", token)).Trim()
        );
        return client;
    }
}

/// <summary>The data of the listener: only its inbox.</summary>
public sealed class ListenerStore(DbContextOptions<ListenerStore> options) : ServiceDbContext(options)
{
    protected override void OnModel(ModelBuilder model) { }
}

/// <summary>Messages that ingress has sent, in the order of their arrival.</summary>
public sealed class SentMessages
{
    private readonly ConcurrentQueue<object> _messages = [];

    public IReadOnlyList<T> Of<T>() => [.. _messages.OfType<T>()];

    /// <summary>Waits for the first message of a kind that is as described.</summary>
    public async Task<T> FirstAsync<T>(Func<T, bool> which)
        where T : class => await Eventually.NotNullAsync(() => Task.FromResult(Of<T>().FirstOrDefault(which)));

    public void Add(object message) => _messages.Enqueue(message);
}

/// <summary>Stands in for the coordinator.</summary>
public sealed class Listener(SentMessages sent)
    : IConsumer<PushReceived>,
        IConsumer<PromoteRelease>,
        IConsumer<RollBackRelease>,
        IConsumer<AbortRelease>,
        IConsumer<AcknowledgeRelease>,
        IConsumer<JenkinsNotified>
{
    public Task Consume(ConsumeContext<JenkinsNotified> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<PushReceived> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<PromoteRelease> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<RollBackRelease> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<AbortRelease> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<AcknowledgeRelease> context) => Keep(context.Message);

    private Task Keep(object message)
    {
        sent.Add(message);
        return Task.CompletedTask;
    }
}

/// <summary>Stands in for the Rollout saga.</summary>
public sealed class RolloutListener(SentMessages sent)
    : IConsumer<PauseRollout>,
        IConsumer<ResumeRollout>,
        IConsumer<SteerHost>,
        IConsumer<OverrideGates>,
        IConsumer<AcknowledgeRollout>
{
    public Task Consume(ConsumeContext<PauseRollout> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<ResumeRollout> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<SteerHost> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<OverrideGates> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<AcknowledgeRollout> context) => Keep(context.Message);

    private Task Keep(object message)
    {
        sent.Add(message);
        return Task.CompletedTask;
    }
}

/// <summary>The same for a command that has a queue of its own.</summary>
public sealed class ListenerTo<T>(SentMessages sent) : IConsumer<T>
    where T : class
{
    public Task Consume(ConsumeContext<T> context)
    {
        sent.Add(context.Message);
        return Task.CompletedTask;
    }
}

/// <summary>A push payload as GitHub sends it.</summary>
public sealed record Push
{
    private static int _commits;

    public string Repository { get; init; } = "acme/shop";

    public string Ref { get; init; } = "refs/heads/main";

    public string After { get; init; } = NewCommit();

    public string? Before { get; init; } = NewCommit();

    public string DefaultBranch { get; init; } = "main";

    public string? CloneUrl { get; init; }

    public string Message { get; init; } = "Sell hats";

    public string? Compare { get; init; } = "https://github.com/acme/shop/compare/1...2";

    public string? Pusher { get; init; } = "ada";

    public bool Deleted { get; init; }

    public int Commits { get; init; } = 1;

    /// <summary>A commit id that no other test has.</summary>
    public static string NewCommit() => Interlocked.Increment(ref _commits).ToString("x40");

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                @ref = Ref,
                before = Before,
                after = After,
                created = false,
                deleted = Deleted,
                forced = false,
                compare = Compare,
                commits = Enumerable.Repeat(new { id = After, message = Message }, Commits),
                head_commit = Deleted ? null : new { id = After, message = Message },
                repository = new
                {
                    full_name = Repository,
                    clone_url = CloneUrl ?? $"https://github.com/{Repository}.git",
                    default_branch = DefaultBranch,
                },
                pusher = new { name = Pusher },
            }
        );
}

/// <summary>Snapshots as the other services publish them.</summary>
public static class Snapshots
{
    public static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    public static PushReceived Push(Guid id, string application = "shop") =>
        new()
        {
            ReleaseId = id,
            Application = application,
            Source = new SourceReference
            {
                Repository = $"acme/{application}",
                CloneUrl = $"https://github.com/acme/{application}.git",
                Branch = "main",
                Commit = Tests.Push.NewCommit(),
            },
            Deploys = true,
            Pusher = "ada",
            ReceivedAt = Noon,
        };

    public static ReleaseChanged Release(PushReceived push, int revision, string state, Failure? failure = null) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Revision = revision,
            Push = push,
            State = state,
            Version = state is ReleaseStates.Building ? null : "1.0-1",
            Stages =
            [
                new StageSnapshot
                {
                    Name = "build",
                    State =
                        state == ReleaseStates.Building ? StageState.Running
                        : failure is null ? StageState.Succeeded
                        : StageState.Failed,
                    StartedAt = Noon,
                    FinishedAt = state == ReleaseStates.Building ? null : Noon.AddSeconds(3),
                    Attempts = 1,
                },
            ],
            Failure = failure,
            FinishedAt = ReleaseStates.IsFinal(state) ? Noon.AddMinutes(1) : null,
        };
}
