using Canary.Consul;
using Canary.GitHub;
using Canary.Hosting;
using Canary.RepositoryPublisher;

return await CanaryHost.RunAsync(args, host => host.AddConsul().AddGitHubSettings().AddRepositoryPublisher());
