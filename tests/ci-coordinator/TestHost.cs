using Canary.CiCoordinator.Releases;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.CiCoordinator.Tests;

/// <summary>The real service on a real store, between neighbours that answer at once. Its data outlive its restarts.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly TempDirectory _data = new();
    private readonly string[] _settings;
    private WebApplication? _app;

    private TestHost(string[] settings) => _settings = settings;

    public Neighbours Neighbours { get; } = new();

    public string DataPath => _data.Path;

    public IServiceProvider Services => _app!.Services;

    public static async Task<TestHost> StartAsync(params string[] settings)
    {
        var host = new TestHost(settings);
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        var builder = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:data={_data.Path}",
            "--ci-coordinator:builds:grace=00:00:00.200",
            "--ci-coordinator:jobs:retrydelay=00:00:00",
            // Its scripts tell tests by files how far they are; what a sandbox holds back, HostileBuildTests show.
            "--ci-coordinator:builds:unsafescriptsonthismachine=true",
            .. _settings,
        ]);
        builder.AddCiCoordinator();
        builder.Services.AddSingleton(Neighbours);
        builder.AddModule<NeighbourStore>(
            "neighbours",
            module =>
            {
                module.AddConsumer<Packager>();
                module.AddConsumer<Publisher>();
                module.AddConsumer<Deployer>();
                module.AddConsumer<Ingress>();
            }
        );
        _app = builder.Build();
        await using (var scope = _app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<NeighbourStore>().Database.EnsureCreatedAsync();
        }

        await _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async Task PublishAsync(params IEnumerable<PushReceived> pushes)
    {
        await using var scope = _app!.Services.CreateAsyncScope();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<NeighbourStore>>();
        foreach (var push in pushes)
        {
            outbox.Publish(push);
        }
        await scope.ServiceProvider.GetRequiredService<NeighbourStore>().SaveChangesAsync();
    }

    public Task SendAsync<T>(T command)
        where T : class => WithNeighbourStoreAsync(outbox => outbox.Send(command));

    /// <summary>Makes one committed message vanish before the bus gets it, whoever of the host commits it.</summary>
    /// <param name="message">Its type.</param>
    /// <param name="nth">Which of them, from 1.</param>
    public async Task LoseAsync(Type message, int nth)
    {
        await using var scope = _app!.Services.CreateAsyncScope();
        await LoseAsync(scope.ServiceProvider.GetRequiredService<ReleaseStore>().Database, message, nth);
        await LoseAsync(scope.ServiceProvider.GetRequiredService<NeighbourStore>().Database, message, nth);
    }

#pragma warning disable EF1002 // The name of a type of ours; a trigger takes no parameters.
    private static Task<int> LoseAsync(DatabaseFacade database, Type message, int nth) =>
        database.ExecuteSqlRawAsync(LostMessages.Trap(message.FullName!, nth));
#pragma warning restore EF1002

    /// <summary>How many messages of the kind that is lost there were.</summary>
    public async Task<int> SeenAsync()
    {
        await using var scope = _app!.Services.CreateAsyncScope();
        return await SeenAsync(scope.ServiceProvider.GetRequiredService<ReleaseStore>().Database)
            + await SeenAsync(scope.ServiceProvider.GetRequiredService<NeighbourStore>().Database);
    }

    private static Task<int> SeenAsync(DatabaseFacade database) =>
        database.SqlQueryRaw<int>(LostMessages.Count).SingleAsync();

    public async Task<List<ReleaseState>> ReleasesAsync()
    {
        await using var scope = _app!.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ReleaseStore>().Releases.AsNoTracking().ToListAsync();
    }

    public async Task<ReleaseState> IsInAsync(Guid releaseId, string state)
    {
        ReleaseState? release = null;
        await Eventually.TrueAsync(async () =>
        {
            release = (await ReleasesAsync()).SingleOrDefault(x => x.CorrelationId == releaseId);
            return release?.CurrentState == state;
        });
        return release!;
    }

    public static PushReceived Push(string cloneUrl, string commit, string? before = null, int second = 0) =>
        new()
        {
            ReleaseId = ReleaseId.Of("shop", commit, deploys: true),
            Application = "shop",
            Source = new SourceReference
            {
                Repository = "acme/shop",
                CloneUrl = cloneUrl,
                Branch = "main",
                Commit = commit,
            },
            Before = before,
            Deploys = true,
            Pusher = "ada",
            ReceivedAt = new DateTimeOffset(2026, 1, 1, 12, 0, second, TimeSpan.Zero),
        };

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data.Dispose();
    }

    private async Task WithNeighbourStoreAsync(Action<IOutbox<NeighbourStore>> work)
    {
        await using var scope = _app!.Services.CreateAsyncScope();
        work(scope.ServiceProvider.GetRequiredService<IOutbox<NeighbourStore>>());
        await scope.ServiceProvider.GetRequiredService<NeighbourStore>().SaveChangesAsync();
    }
}

/// <summary>How the neighbours behave, and what they saw.</summary>
internal sealed class Neighbours
{
    /// <summary>How what is packaged goes out.</summary>
    public static DeploymentPlan Plan { get; } = new() { Soak = TimeSpan.FromMinutes(7) };

    private readonly Lock _gate = new();
    private readonly List<ReleaseChanged> _changes = [];
    private readonly List<StartRollout> _rollouts = [];
    private readonly List<ApplicationHoldChanged> _holds = [];
    private readonly Dictionary<Guid, (int Revision, string State)> _states = [];

    /// <summary>Whether rollouts run through; otherwise they stay where they are.</summary>
    public bool CompletesRollouts { get; set; } = true;

    /// <summary>Whether what was published has left the repository. What is packaged from then on is there.</summary>
    public bool HasForgotten { get; set; }

    public IReadOnlyList<ReleaseChanged> Changes
    {
        get
        {
            lock (_gate)
            {
                return [.. _changes];
            }
        }
    }

    /// <summary>The rollouts in the order in which they were asked for first.</summary>
    public IReadOnlyList<StartRollout> Rollouts
    {
        get
        {
            lock (_gate)
            {
                return [.. _rollouts.DistinctBy(x => x.RolloutId)];
            }
        }
    }

    public IReadOnlyList<ApplicationHoldChanged> Holds
    {
        get
        {
            lock (_gate)
            {
                return [.. _holds];
            }
        }
    }

    /// <summary>Takes a rollout to a state, unless it has ended.</summary>
    public (int Revision, string State) MoveRollout(Guid id, string state)
    {
        lock (_gate)
        {
            var (revision, present) = _states.GetValueOrDefault(id);
            if (present is null || (present != state && !RolloutStates.IsFinal(present)))
            {
                (revision, present) = (revision + 1, state);
            }

            return _states[id] = (revision, present);
        }
    }

    public void Saw(ApplicationHoldChanged hold)
    {
        lock (_gate)
        {
            _holds.Add(hold);
        }
    }

    public void Saw(StartRollout rollout)
    {
        lock (_gate)
        {
            _rollouts.Add(rollout);
        }
    }

    public void Saw(ReleaseChanged change)
    {
        lock (_gate)
        {
            _changes.Add(change);
        }
    }
}

internal sealed class NeighbourStore(DbContextOptions<NeighbourStore> options) : ServiceDbContext(options)
{
    protected override void OnModel(ModelBuilder model) { }
}

internal sealed class Packager(Neighbours neighbours) : IConsumer<BuildPackage>
{
    public Task Consume(ConsumeContext<BuildPackage> context)
    {
        neighbours.HasForgotten = false;
        return context.Publish(
            new PackageBuilt
            {
                ReleaseId = context.Message.ReleaseId,
                Application = context.Message.Application,
                JobId = context.Message.JobId,
                Package = new PackageReference
                {
                    Name = "shop",
                    Version = "1.0",
                    Architecture = "all",
                    Sha256 = new string('0', 64),
                    Size = 1,
                },
                Plan = Neighbours.Plan,
            }
        );
    }
}

internal sealed class Publisher(Neighbours neighbours) : IConsumer<PublishPackage>
{
    public Task Consume(ConsumeContext<PublishPackage> context) =>
        neighbours.HasForgotten
            ? context.Publish(
                new PublishingFailed
                {
                    ReleaseId = context.Message.ReleaseId,
                    Application = context.Message.Application,
                    Failure = new Failure
                    {
                        Code = "package-not-uploaded",
                        Message = "The package was not uploaded.",
                        Remedy = "Upload it.",
                    },
                }
            )
            : context.Publish(
                new PackagePublished
                {
                    ReleaseId = context.Message.ReleaseId,
                    Application = context.Message.Application,
                    Package = context.Message.Package,
                }
            );
}

internal sealed class Deployer(Neighbours neighbours)
    : IConsumer<StartRollout>,
        IConsumer<SupersedeRollout>,
        IConsumer<PromoteRollout>,
        IConsumer<RollBackRollout>
{
    public Task Consume(ConsumeContext<StartRollout> context)
    {
        neighbours.Saw(context.Message);
        return ReportAsync(
            context,
            context.Message.RolloutId,
            neighbours.CompletesRollouts ? RolloutStates.Completed : RolloutStates.AwaitingPromotion
        );
    }

    public Task Consume(ConsumeContext<SupersedeRollout> context) =>
        ReportAsync(context, context.Message.RolloutId, RolloutStates.Superseded);

    public Task Consume(ConsumeContext<PromoteRollout> context) =>
        ReportAsync(context, context.Message.RolloutId, RolloutStates.Completed);

    public Task Consume(ConsumeContext<RollBackRollout> context) =>
        ReportAsync(context, context.Message.RolloutId, RolloutStates.RolledBack);

    private Task ReportAsync(ConsumeContext context, Guid id, string state)
    {
        var (revision, present) = neighbours.MoveRollout(id, state);
        return context.Publish(
            new RolloutChanged
            {
                RolloutId = id,
                ReleaseId = id,
                Revision = revision,
                Application = "shop",
                Package = "shop",
                Version = "1.0",
                State = present,
                HostsReached = true,
                Stages = [],
                Hosts = [],
            }
        );
    }
}

internal sealed class Ingress(Neighbours neighbours) : IConsumer<ReleaseChanged>, IConsumer<ApplicationHoldChanged>
{
    public Task Consume(ConsumeContext<ApplicationHoldChanged> context)
    {
        neighbours.Saw(context.Message);
        return Task.CompletedTask;
    }

    public async Task Consume(ConsumeContext<ReleaseChanged> context)
    {
        neighbours.Saw(context.Message);
        if (ReleaseStates.IsFinal(context.Message.State))
        {
            await context.SendCommand(
                new AcknowledgeRelease { ReleaseId = context.Message.ReleaseId, Revision = context.Message.Revision }
            );
        }
    }
}
