using Canary.CiCoordinator.Releases;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Durability.Storage;
using Canary.Testing;
using MassTransit;
using MassTransit.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Canary.CiCoordinator.Tests.Releases;

/// <summary>The Release saga alone, on MassTransit's in-memory test harness.</summary>
internal sealed class ReleaseHarness : IAsyncDisposable
{
    private static readonly Uri Queue = new("queue:ci-coordinator-release");

    private readonly TempDirectory _data = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ServiceProvider _services;
    private readonly ITestHarness _harness;
    private readonly ISagaStateMachineTestHarness<ReleaseStateMachine, ReleaseState> _sagas;

    private ReleaseHarness(ReleaseOptions options)
    {
        _services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton(new StoreClock(_time, isShared: false))
            .AddSingleton(Options.Create(options))
            .AddDbContext<ReleaseStore>(store => store.UseSqlite($"Data Source={_data.Combine("releases.db")}"))
            .AddScoped<Lanes>()
            .AddScoped<Holds>()
            .AddScoped<Plans>()
            .AddMassTransitTestHarness(
                TextWriter.Null,
                bus =>
                {
                    bus.AddDelayedMessageScheduler();
                    bus.AddSagaStateMachine<ReleaseStateMachine, ReleaseState>()
                        .InMemoryRepository()
                        .Endpoint(endpoint => endpoint.Name = "ci-coordinator-release");
                    bus.AddConfigureEndpointsCallback(
                        (_, endpoint) =>
                            endpoint.UseMessageRetry(retry => retry.Intervals(5, 10, 20, 40, 80, 160, 320, 640))
                    );
                    bus.UsingInMemory(
                        (context, transport) =>
                        {
                            transport.UseDelayedMessageScheduler();
                            transport.ConfigureEndpoints(context);
                        }
                    );
                }
            )
            .BuildServiceProvider(validateScopes: true);
        _harness = _services.GetRequiredService<ITestHarness>();
        _sagas = _harness.GetSagaStateMachineHarness<ReleaseStateMachine, ReleaseState>();
    }

    public static async Task<ReleaseHarness> StartAsync(ReleaseOptions? options = null)
    {
        var harness = new ReleaseHarness(options ?? new ReleaseOptions());
        await harness.WithStoreAsync(store => store.Database.EnsureCreatedAsync());
        await harness._harness.Start();
        return harness;
    }

    public static PushReceived Push(bool deploys = true) =>
        new()
        {
            ReleaseId = Guid.NewGuid(),
            Application = "shop",
            Source = new SourceReference
            {
                Repository = "acme/shop",
                CloneUrl = "https://example.org/acme/shop.git",
                Branch = "main",
                Commit = new string('a', 40),
            },
            Deploys = deploys,
            Pusher = "ada",
            ReceivedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };

    public static PackageReference Package { get; } =
        new()
        {
            Name = "shop",
            Version = "1.0-1700000000.gaaaaaaa",
            Architecture = "all",
            Sha256 = new string('b', 64),
            Size = 1,
        };

    public static Failure Failure { get; } =
        new()
        {
            Code = "script-failed",
            Message = "script/cibuild exited with 1.",
            Remedy = "Correct it.",
        };

    public static Hold Hold { get; } =
        new()
        {
            By = "grace",
            Reason = "the sale",
            Since = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };

    /// <summary>The lane's answer to a push that is the newest.</summary>
    public static StartRelease Start(PushReceived push) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Push = push,
            Number = 7,
        };

    public async Task SendAsync<T>(T message)
        where T : class => await (await _harness.Bus.GetSendEndpoint(Queue)).Send(message);

    public Task PublishAsync<T>(T message)
        where T : class => _harness.Bus.Publish(message);

    /// <summary>Lets a deadline pass, and no more than one.</summary>
    public async Task PassDeadlineAsync(Guid releaseId)
    {
        if (Find(releaseId)?.DeadlineAt is { } due && due > _time.GetUtcNow())
        {
            _time.SetUtcNow(due);
        }
        await SendAsync(new ReleaseDeadline { ReleaseId = releaseId });
    }

    /// <summary>What the lane holds is a row that the saga reads.</summary>
    public Task WithStoreAsync(Func<ReleaseStore, Task> work) => WithStoreAsync(work, save: false);

    /// <summary>Changes what the lane holds.</summary>
    public Task HoldAsync(string application, Hold? hold) =>
        WithStoreAsync(
            async store =>
            {
                var lane = await store.Lanes.FindAsync(application);
                if (lane is null)
                {
                    store.Lanes.Add(lane = new Lane { Application = application });
                }
                lane.Change(hold);
            },
            save: true
        );

    private async Task WithStoreAsync(Func<ReleaseStore, Task> work, bool save)
    {
        await using var scope = _services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<ReleaseStore>();
        await work(store);
        if (save)
        {
            await store.SaveChangesAsync();
        }
    }

    /// <summary>Starts a release and takes it up to a state.</summary>
    public async Task<PushReceived> BringToAsync(string state, PushReceived? push = null, Guid? supersedes = null)
    {
        push ??= Push();
        await PublishAsync(push);
        await IsInAsync(push.ReleaseId, ReleaseStates.Admitting);
        if (state is ReleaseStates.Admitting)
        {
            return push;
        }
        await SendAsync(Start(push) with { Supersedes = supersedes });
        await IsInAsync(push.ReleaseId, ReleaseStates.Building);
        if (state is ReleaseStates.Building)
        {
            return push;
        }
        await PublishAsync(BuildSucceeded(push));
        await IsInAsync(push.ReleaseId, ReleaseStates.Packaging);
        if (state is ReleaseStates.Packaging)
        {
            return push;
        }
        await PublishAsync(PackageBuilt(push));
        await IsInAsync(push.ReleaseId, ReleaseStates.Publishing);
        if (state is ReleaseStates.Publishing)
        {
            return push;
        }
        if (state is ReleaseStates.Held)
        {
            await HoldAsync(push.Application, Hold);
        }
        await PublishAsync(PackagePublished(push));
        if (state is ReleaseStates.Held)
        {
            await IsInAsync(push.ReleaseId, ReleaseStates.Held);
            return push;
        }
        await IsInAsync(push.ReleaseId, ReleaseStates.RollingOut);
        if (state is ReleaseStates.RollingOut)
        {
            return push;
        }
        await PublishAsync(Rollout(push, state, revision: 9));
        await IsInAsync(push.ReleaseId, state);
        return push;
    }

    public static BuildSucceeded BuildSucceeded(PushReceived push) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            JobId = JobIds.Build(push.ReleaseId),
            ScriptTime = TimeSpan.FromSeconds(1),
        };

    public static BuildFailed BuildFailed(PushReceived push) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            JobId = JobIds.Build(push.ReleaseId),
            Failure = Failure,
        };

    public static PackageBuilt PackageBuilt(PushReceived push) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            JobId = JobIds.Package(push.ReleaseId),
            Package = Package,
            Plan = new DeploymentPlan { Soak = TimeSpan.FromSeconds(3) },
        };

    public static PackagePublished PackagePublished(PushReceived push) =>
        new()
        {
            ReleaseId = push.ReleaseId,
            Application = push.Application,
            Package = Package,
        };

    public static RolloutChanged Rollout(PushReceived push, string state, int revision, Failure? failure = null) =>
        new()
        {
            RolloutId = push.ReleaseId,
            ReleaseId = push.ReleaseId,
            Revision = revision,
            Application = push.Application,
            Package = Package.Name,
            Version = Package.Version,
            State = state,
            HostsReached = false,
            Stages = [],
            Hosts = [],
            Failure = failure,
        };

    public async Task<ReleaseState> IsInAsync(Guid releaseId, string state)
    {
        await Eventually.TrueAsync(() => Find(releaseId)?.CurrentState == state);
        return Find(releaseId)!;
    }

    public ReleaseState? Find(Guid releaseId) => _sagas.Sagas.Contains(releaseId);

    /// <summary>Waits until so many commands of a kind were sent, and returns them.</summary>
    public async Task<IReadOnlyList<T>> SentAsync<T>(int count = 1)
        where T : class
    {
        await Eventually.TrueAsync(() => Sent<T>().Count >= count);
        return Sent<T>();
    }

    public IReadOnlyList<T> Sent<T>()
        where T : class =>
        [.. _harness.Sent.Select<T>(new CancellationToken(canceled: true)).Select(x => x.Context.Message)];

    /// <summary>Waits for an event of a kind.</summary>
    public async Task<T> PublishedAsync<T>()
        where T : class
    {
        await Eventually.TrueAsync(() => Published().Count > 0);
        return Published()[0];

        List<T> Published() =>
            [.. _harness.Published.Select<T>(new CancellationToken(canceled: true)).Select(x => x.Context.Message)];
    }

    /// <summary>Waits for a snapshot of the release that is as wanted.</summary>
    public async Task<ReleaseChanged> AnnouncedAsync(Guid releaseId, Func<ReleaseChanged, bool> wanted)
    {
        await Eventually.TrueAsync(() => Announced(releaseId).Any(wanted));
        return Announced(releaseId).First(wanted);
    }

    public IReadOnlyList<ReleaseChanged> Announced(Guid releaseId) =>
        [
            .. _harness
                .Published.Select<ReleaseChanged>(new CancellationToken(canceled: true))
                .Select(x => x.Context.Message)
                .Where(x => x.ReleaseId == releaseId),
        ];

    /// <summary>Waits until the saga has taken in everything of a kind that was sent so far.</summary>
    public async Task ConsumedAsync<T>(int count = 1)
        where T : class =>
        await Eventually.TrueAsync(() =>
            _sagas.Consumed.Select<T>(new CancellationToken(canceled: true)).Count() >= count
        );

    /// <summary>Faults that the saga published, for a machine that got an event it does not know what to do with.</summary>
    public int FaultCount => _harness.Published.Select(x => x.MessageObject is Fault).Count();

    public async ValueTask DisposeAsync()
    {
        await _harness.Stop();
        await _services.DisposeAsync();
        _data.Dispose();
    }
}
