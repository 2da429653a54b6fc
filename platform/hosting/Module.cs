using Canary.Durability.Jobs;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Hosting.Providers;
using Canary.Processes.Workspaces;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Canary.Hosting;

/// <summary>One service, as a host sees it: what it consumes, keeps and serves. It does not know which transport or database
/// the host has chosen.</summary>
/// <typeparam name="TStore">The service's own data.</typeparam>
public sealed class Module<TStore>
    where TStore : ServiceDbContext
{
    internal Module(CanaryHostBuilder host, string name)
    {
        Host = host;
        Name = name;
    }

    /// <summary>Name of the service: also of its configuration section, its database and its directory.</summary>
    public string Name { get; }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services => Host.Services;

    /// <summary>The service's section of the configuration.</summary>
    public IConfigurationSection Configuration => Host.Configuration.GetSection(Name);

    internal CanaryHostBuilder Host { get; }

    /// <summary>Binds options to the service's section, or to one below it, and checks them at start: all faults at once,
    /// each with its key.</summary>
    /// <param name="subsection">Section below the service's own; <c>null</c>: the service's own.</param>
    public Module<TStore> AddOptions<TOptions>(string? subsection = null)
        where TOptions : class
    {
        Host.AddOptions<TOptions>(Options.DefaultName, Section(subsection));
        return this;
    }

    /// <summary>A choice between providers by the name in one of the service's own options.</summary>
    /// <param name="option">Key of the option below the service's section, for example <c>inventory:kind</c>.</param>
    /// <param name="byDefault">The name that counts where the option is not set.</param>
    /// <param name="add">Adds the providers.</param>
    public Module<TStore> AddProviders(string option, string byDefault, Action<ProviderSeam> add)
    {
        ArgumentNullException.ThrowIfNull(add);

        var seam = new ProviderSeam(Section(option), byDefault);
        add(seam);
        Host.AddProviders(seam);
        return this;
    }

    /// <summary>
    /// Adds a consumer that handles each message once: what it changes in the store and what it sends are committed together.
    /// It may be called again for the same message after a crash.
    /// </summary>
    /// <param name="configure">Prefetch, concurrency and the like.</param>
    public Module<TStore> AddConsumer<TConsumer>(Action<IReceiveEndpointConfigurator>? configure = null)
        where TConsumer : class, IConsumer
    {
        var queue = QueueOf(typeof(TConsumer));
        Host.AddToBus(bus => bus.AddConsumer<TConsumer>().Endpoint(endpoint => endpoint.Name = queue));
        Host.ConfigureEndpoint(queue, DurableEndpoint<TStore>.Configure, configure);
        return this;
    }

    /// <summary>Adds a saga. Its state lives in the store, and is committed together with what the saga sends.</summary>
    /// <param name="queue">Name of the queue that its commands go to.</param>
    /// <param name="configure">Prefetch, concurrency, partitioning and the like.</param>
    public Module<TStore> AddSaga<TStateMachine, TSaga>(
        string queue,
        Action<IReceiveEndpointConfigurator>? configure = null
    )
        where TStateMachine : class, SagaStateMachine<TSaga>
        where TSaga : class, SagaStateMachineInstance, ISagaVersion
    {
        Host.AddToBus(bus =>
            bus.AddSagaStateMachine<TStateMachine, TSaga>()
                .Repository(repository =>
                    repository.RegisterSagaRepository<
                        TSaga,
                        TStore,
                        SagaConsumeContextFactory<TStore, TSaga>,
                        SagaRepositoryContextFactory<TSaga, TStore>
                    >()
                )
                .Endpoint(endpoint => endpoint.Name = queue)
        );
        Host.ConfigureEndpoint(queue, DurableEndpoint<TStore>.Configure, configure);
        return this;
    }

    /// <summary>
    /// Adds long work: the command is recorded as a job and acknowledged, a worker does it under a lease and reports. How many
    /// jobs run at once is set in the section <c>jobs</c> below the service's own (<see cref="JobOptions"/>).
    /// </summary>
    /// <param name="idOf">The job's id, the same for every repeat of the command.</param>
    /// <param name="lane">Whose places it takes; <c>null</c>: those of the service's jobs in general.</param>
    public Module<TStore> AddJob<THandler, TCommand>(Func<TCommand, Guid> idOf, JobLane? lane = null)
        where THandler : class, IJobHandler<TCommand>
        where TCommand : class
    {
        lane ??= JobLane.General;
        if (Services.All(service => service.ServiceType != typeof(RunningJobs<TStore>)))
        {
            Host.AddOptions<JobOptions>(typeof(TStore).FullName!, Section("jobs"));
            Services.AddHostedService<JobCleanup<TStore>>();
        }

        if (
            Services.All(service =>
                service.ServiceType != typeof(RunningJobs<TStore>) || !lane.Name.Equals(service.ServiceKey)
            )
        )
        {
            AddWorker(lane);
        }

        Services.AddScoped<THandler>();
        Services.AddSingleton<IJobKindOf<TStore>>(new JobKind<TStore, TCommand, THandler>(lane.Name));
        Services.AddSingleton(idOf);
        return AddConsumer<JobConsumer<TStore, TCommand>>();
    }

    /// <summary>Adds the command that cancels a job.</summary>
    /// <param name="idOf">Id of the job to cancel.</param>
    public Module<TStore> AddJobCancellation<TCommand, TCancel>(Func<TCancel, Guid> idOf)
        where TCommand : class
        where TCancel : class
    {
        Services.AddSingleton(idOf);
        return AddConsumer<JobCancellationConsumer<TStore, TCommand, TCancel>>();
    }

    /// <summary>Gives the service <see cref="Workspaces.Workspaces"/>: fresh checkouts of sources, in a directory and with
    /// local copies that all services of the host share.</summary>
    public Module<TStore> AddWorkspaces()
    {
        Host.AddWorkspaces();
        return this;
    }

    /// <summary>Gives the service git for questions to repositories, and lets <c>canary doctor</c> look at it.</summary>
    public Module<TStore> RunsGit()
    {
        Host.AddGitClient();
        Host.AddGitCheck();
        return this;
    }

    /// <summary>Adds HTTP endpoints.</summary>
    public Module<TStore> MapEndpoints(Action<IEndpointRouteBuilder> map)
    {
        Host.MapEndpoints(map);
        return this;
    }

    internal void AddStore()
    {
        Services.AddSingleton<StoreReadiness<TStore>>();
        Services.AddSingleton<StoreSignals<TStore>>();
        Services.AddSingleton(services => new ReplicaSignal<TStore>(
            services.GetRequiredService<StoreSignals<TStore>>()
        ));
        Services.TryAddSingleton<FiredTimers>();
        Services.AddDbContextPool<TStore>(
            (services, options) =>
            {
                services.GetRequiredService<IStorage>().Configure(options, Name);
                options
                    .ReplaceService<IMigrationsAssembly, MigrationsOfProvider>()
                    .AddInterceptors(
                        services.GetRequiredService<FiredTimers>(),
                        services.GetRequiredService<StoreSignals<TStore>>()
                    );
            }
        );
        Services.AddScoped<IOutbox<TStore>, Outbox<TStore>>();
        Services.AddScoped<IGroupCommit<TStore>, GroupCommit<TStore>>();
        Services.AddScoped<MassTransit.Middleware.IOutboxContextFactory<TStore>, UnitOfWorkContextFactory<TStore>>();
        Services.AddHostedService(services =>
            ActivatorUtilities.CreateInstance<StoreMigration<TStore>>(services, Name)
        );
        Host.AddReplicas<TStore>(Name);
        Services.AddHostedService<StartupRecovery<TStore>>();
        Services.AddHostedService(services =>
            ActivatorUtilities.CreateInstance<OutboxDispatcher<TStore>>(services, Name)
        );
        Services.AddHostedService<InboxCleanup<TStore>>();
        Services.AddHostedService(services =>
            ActivatorUtilities.CreateInstance<BacklogSampler<TStore>>(services, Name)
        );
    }

    private void AddWorker(JobLane lane)
    {
        Services.AddKeyedSingleton<RunningJobs<TStore>>(lane.Name);
        // The registration of a hosted service leaves out a second one of its type.
        Services.AddSingleton<IHostedService>(services =>
            ActivatorUtilities.CreateInstance<JobWorker<TStore>>(
                services,
                lane,
                services.GetRequiredKeyedService<RunningJobs<TStore>>(lane.Name)
            )
        );
    }

    private string Section(string? subsection) =>
        subsection is null ? Name : ConfigurationPath.Combine(Name, subsection);

    // A command has one queue for all of its consumers; an event has one for each that subscribes.
    private string QueueOf(Type consumer)
    {
        var messages = consumer
            .GetInterfaces()
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IConsumer<>))
            .Select(type => type.GetGenericArguments()[0])
            .ToList();
        return messages.Select(Queues.TryOf).FirstOrDefault(queue => queue is not null)
            ?? $"{Name}-{KebabCaseEndpointNameFormatter.Instance.SanitizeName(consumer.Name.Replace("Consumer", "", StringComparison.Ordinal))}";
    }
}
