using Canary.Consul;
using Canary.Hosting;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Hosts;

internal static class BuildHostRegistration
{
    /// <summary>Nothing of it is there unless builds run on build hosts.</summary>
    public static void AddBuildHosts(this Module<ReleaseStore> module)
    {
        var builds = module.Configuration.GetSection("builds");
        if (builds[nameof(BuildOptions.Provider)] != SshBuildProvider.ProviderName)
        {
            return;
        }

        module.Services.AddSingleton<IBuildProvider, SshBuildProvider>();
        module.Services.AddSingleton<BuildHostPool>();
        module.Services.AddSshConnections(
            CiCoordinatorModule.Name,
            services => services.GetRequiredService<IOptions<BuildOptions>>().Value.Hosts.Ssh.ToLogin()
        );
        module.Services.AddHostedService<KeyAtStart>();
        module.Services.AddHealthChecks().AddCheck<BuildHostsCheck>("build-hosts", tags: [CanaryHostBuilder.DoctorTag]);

        var kind = builds[$"{nameof(BuildOptions.Hosts)}:{nameof(BuildHostOptions.Kind)}"];
        if (!nameof(BuildHostKind.Consul).Equals(kind, StringComparison.OrdinalIgnoreCase))
        {
            module.Services.AddSingleton<IBuildHosts, ListedBuildHosts>();
            return;
        }

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
