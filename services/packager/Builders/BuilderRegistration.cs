using Canary.Consul;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.Machines.Ssh;
using Canary.Packager.Builders.Fpm;
using Canary.Packager.Builders.Fpm.Hosts;
using Canary.Packager.Builders.Native;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders;

internal static class BuilderRegistration
{
    /// <summary>Those who make the files of packages.</summary>
    public static void AddBuilders(this Module<PackagerStore> module)
    {
        module.Services.AddSingleton<IPackageBuilder, NativeBuilder>();
        module.Services.AddSingleton<IPackageBuilder, FpmBuilder>();
        module.Services.AddSingleton<FpmPackageCheck>();
        module.Services.AddHealthChecks().AddCheck<FpmCheck>("fpm", tags: [CanaryHostBuilder.DoctorTag]);
        module.AddProviders(
            "fpm:kind",
            FpmKind.None,
            fpm =>
                fpm.Add(FpmKind.None, () => module.Services.AddSingleton<IFpmRunner, NoFpm>())
                    .Add(FpmKind.Local, () => module.Services.AddSingleton<IFpmRunner, LocalFpm>())
                    .Add(FpmKind.Consul, module.AddFpmHosts)
        );
    }

    private static void AddFpmHosts(this Module<PackagerStore> module)
    {
        module.Services.AddSingleton<IFpmRunner, HostedFpm>();
        module.Services.AddSingleton<FpmHostSession>();
        module.Services.AddSingleton<FpmHosts>();
        module.Services.AddHostedService(services => services.GetRequiredService<FpmHosts>());
        module.Services.AddSingleton<IConsulUser>(services => services.GetRequiredService<FpmHosts>());
        module.Services.AddSshConnections(
            PackagerModule.Name,
            services => services.GetRequiredService<IOptions<PackagerOptions>>().Value.Fpm.Ssh.ToLogin()
        );
        module.Services.AddSingleton(services =>
            SecretSource.OfFiles(() =>
                services.GetRequiredKeyedService<SshConnections>(PackagerModule.Name).Key.SecretFiles
            )
        );
        module.Services.AddHostedService<KeyAtStart>();
    }

    /// <summary>People need the public key before there is a build host to log in to.</summary>
    private sealed class KeyAtStart([FromKeyedServices(PackagerModule.Name)] SshConnections connections)
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
