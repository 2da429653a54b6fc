using Canary.Files;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Canary.Machines.Ssh;

/// <summary>Gives a service its connections over SSH.</summary>
public static class SshRegistration
{
    /// <summary>Adds <see cref="SshConnections"/> under the key of the service: several services of one process have each
    /// their own.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="service">Name of the service.</param>
    /// <param name="login">As whom it logs in.</param>
    public static IServiceCollection AddSshConnections(
        this IServiceCollection services,
        string service,
        Func<IServiceProvider, SshLogin> login
    ) =>
        services.AddKeyedSingleton(
            service,
            (provider, _) =>
                new SshConnections(
                    login(provider),
                    provider.GetRequiredService<DataDirectory>(),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<SshConnections>>()
                )
        );
}
