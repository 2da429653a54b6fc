using Canary.Consul;
using Canary.Deployer;
using Canary.Hosting;

return await CanaryHost.RunAsync(args, host => host.AddConsul().AddDeployer());
