using Canary.Consul;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Hosts;

internal static class BuildHostRegistration
{
    /// <summary>What the provider <c>ssh</c> is.</summary>
    public static void AddBuildHosts(this Module<ReleaseStore> module)
    {
        module.Services.AddSingleton<IBuildProvider, SshBuildProvider>();
        module.Services.AddSingleton<BuildHostPool>();
        module.Services.AddSshConnections(
            CiCoordinatorModule.Name,
            services => services.GetRequiredService<IOptions<BuildOptions>>().Value.Hosts.Ssh.ToLogin()
        );
        module.Services.AddSingleton(services =>
            SecretSource.OfFiles(() =>
                services.GetRequiredKeyedService<SshConnections>(CiCoordinatorModule.Name).Key.SecretFiles
            )
        );
        module.Services.AddHostedService<KeyAtStart>();
        module.Services.AddHealthChecks().AddCheck<BuildHostsCheck>("build-hosts", tags: [CanaryHostBuilder.DoctorTag]);

        module.AddProviders(
            "builds:hosts:kind",
            BuildHostKind.List,
            hosts =>
                hosts
                    .Add(BuildHostKind.List, () => module.Services.AddSingleton<IBuildHosts, ListedBuildHosts>())
                    .Add(BuildHostKind.Consul, module.AddBuildHostsOfConsul)
        );
    }

    private static void AddBuildHostsOfConsul(this Module<ReleaseStore> module)
    {
        module.Services.AddSingleton<ConsulBuildHosts>();
        module.Services.AddSingleton<IBuildHosts>(services => services.GetRequiredService<ConsulBuildHosts>());
        module.Services.AddHostedService(services => services.GetRequiredService<ConsulBuildHosts>());
        module.Services.AddSingleton<IConsulUser>(services => services.GetRequiredService<ConsulBuildHosts>());
    }

    /// <summary>People need the public key before there is a build host to log in to.</summary>
    private sealed class KeyAtStart([FromKeyedServices(CiCoordinatorModule.Name)] SshConnections connections)
        : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            connections.Key.Ensure();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
