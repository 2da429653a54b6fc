using System.Globalization;
using Canary.Consul;
using Canary.Deployer.Advertising;
using Canary.Deployer.Alarms;
using Canary.Deployer.Convergence;
using Canary.Deployer.Enrolment;
using Canary.Deployer.Gates;
using Canary.Deployer.Hooks;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Deployer.Traffic;
using Canary.Deployer.Traffic.HaProxy;
using Canary.Deployer.Traffic.None;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Local;
using Canary.Deployer.Transport.Ssh;
using Canary.Hosting;
using Canary.Hosting.Health;
using Canary.Hosting.Logs;
using Canary.Hosting.Security;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.Deployer;

/// <summary>The deployer as a part of a host.</summary>
public static class DeployerModule
{
    /// <summary>Name of the service: also of its configuration section, its database and its directory.</summary>
    public const string Name = "deployer";

    /// <summary>Adds the service that brings published versions to the hosts.</summary>
    public static CanaryHostBuilder AddDeployer(this CanaryHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);

        return host.AddConsul()
            .AddModule<DeployerStore>(
                Name,
                module =>
                {
                    module.AddOptions<DeployerOptions>();
                    module.AddSaga<RolloutStateMachine, RolloutState>("deployer-rollout", RolloutPartitions.Configure);
                    module.AddRolloutWork();
                    module.AddConsumer<ReportAlarmConsumer>();
                    module.AddConsumer<ReportAlarmTestConsumer>();
                    module.AddConsumer<SetFreezesConsumer>();
                    module.AddConsumer<EnrolHostConsumer>();
                    module.AddHosts();
                    module.AddInventory();
                    module.AddTraffic();
                    module.AddConvergence();
                    module.AddVersionSharing();
                    module.AddLocalTransport();
                    module.AddSshTransport();
                }
            );
    }

    private static void AddRolloutWork(this Module<DeployerStore> module) =>
        module
            .Services.AddHostedForgetting()
            .AddScoped<EnterLane>()
            .AddScoped<LeaveLane>()
            .AddScoped<Gatekeeper>()
            .AddScoped<LookAtGates>()
            .AddScoped<AskHook>()
            .AddScoped<JudgeHook>()
            .AddScoped<LoseHook>()
            .AddScoped<DispatchStep>()
            .AddScoped<OfferWave>()
            .AddScoped<JudgeStep>()
            .AddScoped<ExplainStep>()
            .AddScoped<TimeOutHosts>()
            .AddScoped<SteerHosts>()
            .AddScoped<AcceptFailures>()
            .AddScoped<WaysBack>()
            .AddScoped<PrepareRollback>()
            .AddScoped<CheckCanaries>()
            .AddScoped<JudgeCanaries>()
            .AddScoped<JudgeAlarms>()
            .AddScoped<AcceptAlarms>()
            .AddScoped<TrustSilence>()
            .AddScoped<PublishSnapshot>();

    private static IServiceCollection AddHostedForgetting(this IServiceCollection services) =>
        services.AddSingleton<Forgetting>().AddHostedService(provider => provider.GetRequiredService<Forgetting>());

    private static void AddConvergence(this Module<DeployerStore> module)
    {
        module.AddConsumer<ConvergeHostConsumer>();
        module.AddConsumer<ConvergeHostsConsumer>();
        module.Services.AddScoped<Drift>();
        module.Services.AddSingleton<ConvergenceLoop>();
        module.Services.AddHostedService(services => services.GetRequiredService<ConvergenceLoop>());
        module.Services.AddHealthChecks().AddCheck<DriftCheck>("drift", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddHosts(this Module<DeployerStore> module)
    {
        // A value that is no number is told with all other faults, when the host is built.
        var concurrency = int.TryParse(
            module.Configuration[nameof(DeployerOptions.HostConcurrency)],
            CultureInfo.InvariantCulture,
            out var configured
        )
            ? configured
            : new DeployerOptions().HostConcurrency;
        module.AddConsumer<UpdateHostConsumer>(endpoint => endpoint.ConcurrentMessageLimit = concurrency);
        module.AddConsumer<CheckHostConsumer>(endpoint => endpoint.ConcurrentMessageLimit = concurrency);
        module.AddConsumer<RunHookConsumer>(endpoint => endpoint.ConcurrentMessageLimit = concurrency);
        module.AddConsumer<CheckFleetConsumer>();
        module.AddConsumer<ObserveFleetConsumer>();
        module.Services.AddLogShipping<HostLogs>();
        module.Services.AddLogShipping<HookLogs>();
        module.Services.AddSingleton<HostGates>();
        module.Services.AddSingleton<HealthProbe>();
        module.Services.AddSingleton<SmokeTest>();
        module.Services.AddSingleton<HostTries>();
        module.Services.AddSingleton<HostTransports>();
        module.Services.AddSingleton<HostClocks>();
        module.Services.AddHealthChecks().AddCheck<HostClocksCheck>("host-clocks", tags: [CanaryHostBuilder.DoctorTag]);
        module.Services.AddHealthChecks().AddCheck<SilenceCheck>("alarm-tests", tags: [CanaryHostBuilder.DoctorTag]);
        HealthProbe.AddClient(module.Services);
    }

    private static void AddInventory(this Module<DeployerStore> module)
    {
        module.Services.AddSingleton<ConsulNames>();
        module.Services.AddSingleton<DeployerKey>();
        module.Services.AddHostedService<FleetObserver>();
        module.AddProviders(
            "inventory:kind",
            InventoryKind.File,
            inventories =>
                inventories
                    .Add(InventoryKind.File, module.AddInventoryOfFile)
                    .Add(InventoryKind.Consul, module.AddInventoryOfConsul)
        );
    }

    private static void AddInventoryOfFile(this Module<DeployerStore> module)
    {
        module.Services.AddSingleton<InventoryCopy>();
        module.Services.AddSingleton<FileInventory>();
        module.AddInventoryWithEnrolments<FileInventory>();
        module
            .Services.AddHealthChecks()
            .AddCheck<FileInventoryCheck>("inventory", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddInventoryOfConsul(this Module<DeployerStore> module)
    {
        module.Services.AddSingleton<ConsulHosts>();
        module.Services.AddSingleton<ConsulCopy>();
        module.Services.AddSingleton<ConsulInventory>();
        module.AddInventoryWithEnrolments<ConsulInventory>();
        module.Services.AddHostedService(services => services.GetRequiredService<ConsulInventory>());
        module.Services.AddSingleton<ConsulInventoryCheck>();
        module.Services.AddSingleton<IConsulUser>(services => services.GetRequiredService<ConsulInventoryCheck>());
        module
            .Services.AddHealthChecks()
            .AddCheck<ConsulInventoryCheck>("inventory", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddInventoryWithEnrolments<TInventory>(this Module<DeployerStore> module)
        where TInventory : class, IInventory =>
        module.Services.AddSingleton<IInventory>(services => new EnrolledInventory(
            services.GetRequiredService<TInventory>(),
            services.GetRequiredService<IServiceScopeFactory>()
        ));

    private static void AddTraffic(this Module<DeployerStore> module) =>
        module.AddProviders(
            "traffic:provider",
            TrafficProvider.None,
            providers =>
                providers
                    .Add(TrafficProvider.None, () => module.Services.AddSingleton<ITraffic, NoTraffic>())
                    .Add(TrafficProvider.HaProxy, module.AddHaProxy)
        );

    private static void AddHaProxy(this Module<DeployerStore> module)
    {
        module.Services.AddSingleton<HaProxyInstances>();
        module.Services.AddSingleton<HoldRecords>();
        module.Services.AddSingleton<HoldEnforcement>();
        module.Services.AddSingleton<ServerWatch>();
        module.Services.AddSingleton<ITraffic, HaProxyTraffic>();
        module.Services.AddSingleton<HoldReconciler>();
        module.Services.AddHostedService(services => services.GetRequiredService<HoldReconciler>());
        module.Services.AddHealthChecks().AddCheck<HaProxyCheck>("haproxy", tags: [CanaryHostBuilder.DoctorTag]);
    }

    /// <summary>Nothing of it is there unless Consul is configured: not even its queue.</summary>
    private static void AddVersionSharing(this Module<DeployerStore> module)
    {
        var section = $"{nameof(DeployerOptions.Consul)}:{nameof(DeployerConsulOptions.AdvertiseVersions)}";
        var isSwitchedOff = bool.TryParse(module.Configuration[section], out var isOn) && !isOn;
        if (!module.UsesConsul() || isSwitchedOff)
        {
            return;
        }

        module.AddConsumer<ShareVersionsConsumer>();
        module.Services.AddScoped<AdvertisedVersions>();
        module.Services.AddScoped<VersionKeys>();
        module.Services.AddSingleton<VersionSharing>();
        module.Services.AddHostedService(services => services.GetRequiredService<VersionSharing>());
        module.Services.AddSingleton<IConsulUser>(services => services.GetRequiredService<VersionSharing>());
        module
            .Services.AddHealthChecks()
            .AddCheck<VersionSharing>("advertised-versions", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddLocalTransport(this Module<DeployerStore> module)
    {
        module.Services.AddHostChannel<LocalChannel>();
        module.Services.AddSingleton<MachineConfiguration>();
        module.Services.AddSingleton<HostPrograms>();
        module.Services.AddSingleton<MachinePackages>();
        module.Services.AddSingleton<SignatureVerifier>();
        module.Services.AddSingleton<RepositoryKey>();
        module.Services.AddHttpClient(nameof(RepositoryKey));
        module
            .Services.AddHealthChecks()
            .AddCheck(
                "apt",
                new ProgramsCheck(
                    ["apt-get", "dpkg", "perl"],
                    "Hosts of the local transport cannot be updated.",
                    "Run the deployer on Debian or Ubuntu, or use hosts over SSH."
                ),
                tags: [CanaryHostBuilder.DoctorTag]
            )
            .AddCheck<IsolationCheck>("simulated-hosts", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddSshTransport(this Module<DeployerStore> module)
    {
        module.Services.AddHostChannel<SshChannel>();
        module.Services.AddSshConnections(
            Name,
            services => services.GetRequiredService<IOptions<DeployerOptions>>().Value.ToSshLogin()
        );
        module.Services.AddSingleton(services =>
            SecretSource.OfFiles(() => services.GetRequiredKeyedService<SshConnections>(Name).Key.SecretFiles)
        );
        module
            .Services.AddHealthChecks()
            .AddCheck<DeployKeyCheck>("ssh-key", tags: [CanaryHostBuilder.DoctorTag])
            .AddCheck<JumpHostsCheck>("jump-hosts", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddHostChannel<TChannel>(this IServiceCollection services)
        where TChannel : class, IHostChannel
    {
        services.AddSingleton<TChannel>();
        services.AddSingleton<IHostTransport>(provider => new HostAgent(
            provider.GetRequiredService<TChannel>(),
            provider.GetRequiredService<HostClocks>(),
            provider.GetRequiredService<TimeProvider>()
        ));
    }
}
