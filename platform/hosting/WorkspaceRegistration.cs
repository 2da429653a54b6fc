using Canary.Files;
using Canary.Hosting.Security;
using Canary.Processes.Workspaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Hosting;

internal static class WorkspaceRegistration
{
    /// <summary>Once per host: its modules share the local copies of repositories.</summary>
    internal static void AddWorkspaces(this CanaryHostBuilder host)
    {
        if (host.Services.Any(service => service.ServiceType == typeof(Workspaces)))
        {
            return;
        }
        host.AddWorkspaceOptions();
        host.Services.AddSingleton(services => new Workspaces(
            services.GetRequiredService<DataDirectory>().For("workspaces"),
            services.GetRequiredService<IOptions<WorkspaceOptions>>().Value,
            services.GetRequiredService<ILogger<Workspaces>>(),
            services.GetService<IGitCredentials>()
        ));
        host.Services.AddSingleton(services =>
            SecretSource.OfGitCredentials(() =>
                services.GetRequiredService<IOptions<WorkspaceOptions>>().Value.CredentialsFile
            )
        );
        host.Services.AddHostedService<LeftoverSweep>();
        host.AddGitCheck();
    }

    /// <summary>For who asks git and lays out nothing; once per host, too.</summary>
    internal static void AddGitClient(this CanaryHostBuilder host)
    {
        if (host.Services.Any(service => service.ServiceType == typeof(GitClient)))
        {
            return;
        }

        host.AddWorkspaceOptions();
        host.Services.AddSingleton(services => new GitClient(
            services.GetRequiredService<DataDirectory>().For("git"),
            services.GetRequiredService<IOptions<WorkspaceOptions>>().Value,
            services.GetService<IGitCredentials>()
        ));
    }

    /// <summary>Once per host, too.</summary>
    internal static void AddGitCheck(this CanaryHostBuilder host)
    {
        if (host.Services.Any(service => service.ServiceType == typeof(GitCheck)))
        {
            return;
        }

        host.AddWorkspaceOptions();
        host.Services.AddSingleton(services => new GitCheck(
            services.GetRequiredService<DataDirectory>().Root,
            Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            services.GetRequiredService<IOptions<WorkspaceOptions>>().Value
        ));
        host.Services.AddHealthChecks().AddCheck<GitCheck>("git", tags: [CanaryHostBuilder.DoctorTag]);
    }

    private static void AddWorkspaceOptions(this CanaryHostBuilder host)
    {
        if (!host.Services.Any(service => service.ServiceType == typeof(IValidateOptions<WorkspaceOptions>)))
        {
            host.AddOptions<WorkspaceOptions>(Options.DefaultName, "workspaces");
        }
    }

    /// <summary>Makes the workspaces at start, before any job runs, so that what a killed host left goes away even if no
    /// release ever follows.</summary>
    private sealed class LeftoverSweep(Workspaces workspaces) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            GC.KeepAlive(workspaces);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
