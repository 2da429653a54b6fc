using System.Collections.Concurrent;
using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Transport;
using Canary.Durability.Messaging;
using Canary.Hosting;
using Canary.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Canary.Deployer.Tests;

/// <summary>A real host with the deployer, on a private data directory that outlives its restarts; publisher and hosts
/// are played.</summary>
internal sealed class DeployerHost : IAsyncDisposable
{
    public const string App = "shop";

    private readonly TempDirectory _data = new();
    private readonly Dictionary<string, string> _settings = new()
    {
        ["soak"] = "00:00:00",
        ["hosttries"] = "1",
        ["hostretrydelay"] = "00:00:00",
        ["healthgrace"] = "00:00:00",
        ["healthtimeout"] = "00:00:00.010",
        ["soakcheckinterval"] = "00:00:00.050",
        ["waitingcheckinterval"] = "00:00:00.050",
        ["convergence:automatic"] = "false",
    };

    private readonly List<string> _hosting = [];

    private WebApplication? _app;

    public FakeFleet Fleet { get; } = new();

    public FakePublisher Publisher { get; } = new();

    public Heard Heard { get; private set; } = new();

    public string DataPath => _data.Path;

    public IServiceProvider Services => _app!.Services;

    /// <summary>Starts a host whose inventory has these hosts; names that begin with <c>canary</c> are
    /// canaries.</summary>
    public static async Task<DeployerHost> StartAsync(string[] hosts, params (string Key, string Value)[] settings)
    {
        var host = new DeployerHost();
        foreach (var (key, value) in settings)
        {
            host._settings[key] = value;
        }

        host.WriteInventory(hosts);
        await host.StartAsync();
        return host;
    }

    /// <summary>One canary and three production hosts, with version 1 installed.</summary>
    public static async Task<DeployerHost> StartAsync(params (string Key, string Value)[] settings)
    {
        var host = await StartAsync(["canary-1", "web-1", "web-2", "web-3"], settings);
        foreach (var name in new[] { "canary-1", "web-1", "web-2", "web-3" })
        {
            host.Fleet.Put(name, "1.0");
        }

        return host;
    }

    /// <summary>Starts a host that uses Consul, and has its hosts there unless the settings say otherwise.</summary>
    /// <param name="address">Address of the agent.</param>
    /// <param name="tokenFile">File with its token, where there are ACLs.</param>
    /// <param name="settings">Settings of the deployer.</param>
    public static async Task<DeployerHost> StartWithConsulAsync(
        string address,
        string? tokenFile = null,
        params (string Key, string Value)[] settings
    )
    {
        var host = new DeployerHost();
        host._hosting.Add($"--hosting:consul:addresses:0={address}");
        host._hosting.Add("--hosting:consul:timelimit=00:00:02");
        if (tokenFile is not null)
        {
            host._hosting.Add($"--hosting:consul:tokenfile={tokenFile}");
        }

        host._settings["inventory:kind"] = "consul";
        host._settings["inventory:retrydelay"] = "00:00:00.100";
        host._settings["inventory:pollinterval"] = "00:00:00.050";
        foreach (var (key, value) in settings)
        {
            host._settings[key] = value;
        }

        host.WriteInventory("canary-1", "web-1", "web-2", "web-3");
        await host.StartAsync();
        return host;
    }

    public void WriteInventory(params string[] hosts)
    {
        var lines = hosts.Select(name => $"  - {{ name: {name}, channel: {ChannelOf(name)} }}");
        _data.WriteFile("deployer/hosts.yml", $"hosts:\n{string.Join('\n', lines)}\n");
    }

    private static string ChannelOf(string name) =>
        name.StartsWith("canary", StringComparison.Ordinal) ? "canary" : "production";

    public void WriteInventoryText(string text) => _data.WriteFile("deployer/hosts.yml", text);

    public async Task RestartAsync(Action? meanwhile = null)
    {
        await StopAsync();
        meanwhile?.Invoke();
        await StartAsync();
    }

    public async Task<Guid> RollOutAsync(
        string version = "2.0",
        PromotionPolicy promotion = PromotionPolicy.Automatic,
        DeploymentPlan? plan = null,
        int number = 0,
        string package = App
    )
    {
        var id = Guid.NewGuid();
        await SendAsync(Start(id, version, promotion, plan, number, package));
        return id;
    }

    public static StartRollout Start(
        Guid id,
        string version = "2.0",
        PromotionPolicy promotion = PromotionPolicy.Automatic,
        DeploymentPlan? plan = null,
        int number = 0,
        string package = App
    ) =>
        new()
        {
            RolloutId = id,
            ReleaseId = id,
            Application = App,
            Package = new PackageReference
            {
                Name = package,
                Version = version,
                Architecture = "all",
                Sha256 = new string('0', 64),
                Size = 1,
            },
            Plan =
                plan
                ?? new DeploymentPlan
                {
                    Promotion = promotion,
                    Health = new HealthCheck { Command = ["check"] },
                },
            Number = 1 + number,
        };

    public async Task SendAsync<T>(T command)
        where T : class => await CommitAsync(outbox => outbox.Send(command));

    public async Task PublishAsync<T>(T @event)
        where T : class => await CommitAsync(outbox => outbox.Publish(@event));

    public Task PromoteAsync(Guid id) => SendAsync(new PromoteRollout { RolloutId = id, By = "ada" });

    public Task RollBackAsync(Guid id) =>
        SendAsync(
            new RollBackRollout
            {
                RolloutId = id,
                By = "ada",
                Reason = "the shop is empty",
            }
        );

    public Task PauseAsync(Guid id) =>
        SendAsync(
            new PauseRollout
            {
                RolloutId = id,
                By = "ada",
                Reason = "lunch",
            }
        );

    public Task ResumeAsync(Guid id) => SendAsync(new ResumeRollout { RolloutId = id, By = "ada" });

    public Task SteerAsync(Guid id, string name, HostSteering steering) =>
        SendAsync(
            new SteerHost
            {
                RolloutId = id,
                Host = name,
                Steering = steering,
                By = "ada",
            }
        );

    public Task SupersedeAsync(Guid id) => SendAsync(new SupersedeRollout { RolloutId = id });

    /// <summary>Awaits that something was begun on a host.</summary>
    public Task DoneAsync(string deed) =>
        Eventually.TrueAsync(() => Task.FromResult(Fleet.Deeds.Contains(deed)), what: deed);

    /// <summary>Awaits that the rollout looks in some way.</summary>
    public async Task<RolloutChanged> UntilAsync(Guid id, Func<RolloutChanged, bool> condition) =>
        await Eventually.NotNullAsync(
            () => Task.FromResult(Latest(id) is { } latest && condition(latest) ? latest : null),
            what: $"{Latest(id)}"
        );

    /// <summary>Awaits that the rollout is in a state, as the world sees it.</summary>
    public async Task<RolloutChanged> InStateAsync(Guid id, string state) =>
        await Eventually.NotNullAsync(
            () => Task.FromResult(Latest(id) is { } latest && latest.State == state ? latest : null),
            what: $"{state}; {Latest(id)}"
        );

    public async Task<RolloutChanged> EndAsync(Guid id) =>
        await Eventually.NotNullAsync(
            () => Task.FromResult(Latest(id) is { } latest && RolloutStates.IsFinal(latest.State) ? latest : null),
            TimeSpan.FromMinutes(4)
        );

    public RolloutChanged? Latest(Guid id) =>
        Heard.Messages.OfType<RolloutChanged>().Where(x => x.RolloutId == id).MaxBy(x => x.Revision);

    /// <summary>What the saga itself remembers.</summary>
    public async Task<RolloutState> StateOfAsync(Guid id)
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Rollouts.AsNoTracking()
            .SingleAsync(rollout => rollout.CorrelationId == id);
    }

    /// <summary>Which freezes the deployer knows.</summary>
    public async Task<long> FreezeRevisionAsync()
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .FreezeBooks.Select(book => book.Revision)
            .SingleOrDefaultAsync();
    }

    public IEnumerable<string> StatesOf(Guid id) =>
        Heard
            .Messages.OfType<RolloutChanged>()
            .Where(x => x.RolloutId == id)
            .OrderBy(x => x.Revision)
            .Select(x => x.State)
            .Aggregate(
                new List<string>(),
                (states, state) =>
                {
                    if (states.LastOrDefault() != state)
                    {
                        states.Add(state);
                    }

                    return states;
                }
            );

    /// <summary>Makes one committed message vanish before the bus gets it, wherever in this host it is committed.</summary>
    /// <param name="message">Full name of its type.</param>
    /// <param name="nth">Which of them, from 1.</param>
    public async Task LoseAsync(string message, int nth)
    {
        await using var scope = Services.CreateAsyncScope();
        await LoseAsync(scope.ServiceProvider.GetRequiredService<DeployerStore>().Database, message, nth);
        await LoseAsync(scope.ServiceProvider.GetRequiredService<PublisherStore>().Database, message, nth);
    }

#pragma warning disable EF1002 // The name of a type of ours; a trigger takes no parameters.
    private static Task<int> LoseAsync(DatabaseFacade database, string message, int nth) =>
        database.ExecuteSqlRawAsync(LostMessages.Trap(message, nth));
#pragma warning restore EF1002

    /// <summary>Makes the deadlines of all rollouts pass, while the host is down.</summary>
    public void PassDeadlines()
    {
        using var connection = new SqliteConnection(
            $"Data Source={_data.Combine("deployer", "deployer.db")};Pooling=False"
        );
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE Rollouts SET DeadlineAt = 1; UPDATE Outbox SET NotBefore = 1 WHERE IsDeadline";
        command.ExecuteNonQuery().ShouldBePositive();
    }

    /// <summary>Lets time pass for what is recorded of test alarms.</summary>
    public async Task AgeTestsAsync(TimeSpan age)
    {
        await using var scope = Services.CreateAsyncScope();
        var tests = scope.ServiceProvider.GetRequiredService<DeployerStore>().PassedTests;
        foreach (var test in await tests.AsNoTracking().ToListAsync())
        {
            await tests
                .Where(it => it.Id == test.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(it => it.At, test.At - age));
        }
    }

    /// <summary>How many committed messages the bus has not got yet.</summary>
    public async Task<int> PendingMessagesAsync(bool withDeadlines = false)
    {
        await using var scope = Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        return await store
            .Database.SqlQuery<int>(
                $"SELECT COUNT(*) AS Value FROM Outbox WHERE IsDeadline = 0 OR IsDeadline = {withDeadlines}"
            )
            .SingleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data.Dispose();
    }

    private async Task CommitAsync(Action<IOutbox<DeployerStore>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        work(scope.ServiceProvider.GetRequiredService<IOutbox<DeployerStore>>());
        await scope.ServiceProvider.GetRequiredService<DeployerStore>().SaveChangesAsync();
    }

    private async Task StartAsync()
    {
        var builder = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:data={_data.Path}",
            .. _hosting,
            .. _settings.Select(pair => $"--deployer:{pair.Key}={pair.Value}"),
        ]);
        builder.AddDeployer();
        builder.AddModule<PublisherStore>(
            "publisher",
            module =>
            {
                module.AddConsumer<KeepConsumer>();
                module.AddConsumer<AdvertiseConsumer>();
                module.AddConsumer<WithdrawConsumer>();
                module.AddConsumer<HearingConsumer>();
                module.AddConsumer<AcknowledgeAlarmConsumer>();
                module.AddConsumer<AcknowledgeAlarmTestConsumer>();
                module.AddConsumer<AcknowledgeEnrolmentConsumer>();
            }
        );
        builder.Services.AddSingleton(Publisher).AddSingleton(Heard);
        builder.Services.RemoveAll<IHostTransport>();
        builder.Services.AddSingleton<IHostTransport>(Fleet);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        _app = builder.Build();
        await using (var scope = _app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<PublisherStore>().Database.EnsureCreatedAsync();
        }

        try
        {
            await _app.StartAsync();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private async Task StopAsync()
    {
        if (_app is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _app.StopAsync(patience.Token);
            await _app.DisposeAsync();
        }
    }
}

/// <summary>What was published, in the order of arrival.</summary>
public sealed class Heard
{
    public ConcurrentQueue<object> Messages { get; } = [];

    /// <summary>How many ends of rollouts do not reach ingress.</summary>
    public int LostEnds { get; set; }

    public int Count<T>() => Messages.OfType<T>().Count();
}

/// <summary>Stands in for ingress, which is told that an enrolment is recorded.</summary>
public sealed class AcknowledgeEnrolmentConsumer(Heard heard) : IConsumer<AcknowledgeEnrolment>
{
    public Task Consume(ConsumeContext<AcknowledgeEnrolment> context)
    {
        heard.Messages.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}

/// <summary>Stands in for ingress, which is told that an alarm is recorded.</summary>
public sealed class AcknowledgeAlarmConsumer(Heard heard) : IConsumer<AcknowledgeAlarm>
{
    public Task Consume(ConsumeContext<AcknowledgeAlarm> context)
    {
        heard.Messages.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}

/// <summary>Stands in for ingress, which is told that a test alarm is recorded.</summary>
public sealed class AcknowledgeAlarmTestConsumer(Heard heard) : IConsumer<AcknowledgeAlarmTest>
{
    public Task Consume(ConsumeContext<AcknowledgeAlarmTest> context)
    {
        heard.Messages.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}

/// <summary>Stands in for ingress, and listens.</summary>
public sealed class HearingConsumer(Heard heard)
    : IConsumer<RolloutChanged>,
        IConsumer<FleetObserved>,
        IConsumer<HostsObserved>,
        IConsumer<HostUpdated>,
        IConsumer<HostUpdateFailed>,
        IConsumer<Fault<SupersedeRollout>>,
        IConsumer<Fault<PromoteRollout>>,
        IConsumer<Fault<RollBackRollout>>,
        IConsumer<Fault<PauseRollout>>
{
    public async Task Consume(ConsumeContext<RolloutChanged> context)
    {
        var message = context.Message;
        await Add(message);
        if (RolloutStates.IsFinal(message.State) && heard.LostEnds-- <= 0)
        {
            await context.SendCommand(
                new AcknowledgeRollout { RolloutId = message.RolloutId, Revision = message.Revision }
            );
        }
    }

    public Task Consume(ConsumeContext<FleetObserved> context) => Add(context.Message);

    public Task Consume(ConsumeContext<HostsObserved> context) => Add(context.Message);

    public Task Consume(ConsumeContext<HostUpdated> context) => Add(context.Message);

    public Task Consume(ConsumeContext<HostUpdateFailed> context) => Add(context.Message);

    public Task Consume(ConsumeContext<Fault<SupersedeRollout>> context) => Add(context.Message);

    public Task Consume(ConsumeContext<Fault<PromoteRollout>> context) => Add(context.Message);

    public Task Consume(ConsumeContext<Fault<RollBackRollout>> context) => Add(context.Message);

    public Task Consume(ConsumeContext<Fault<PauseRollout>> context) => Add(context.Message);

    private Task Add(object message)
    {
        heard.Messages.Enqueue(message);
        return Task.CompletedTask;
    }
}
