using Canary.Consul;
using Canary.Deployer;
using Canary.GitHub;
using Canary.Hosting;

return await CanaryHost.RunAsync(args, host => host.AddConsul().AddGitHubSettings().AddDeployer());
