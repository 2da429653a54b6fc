using Canary.Deployer;
using Canary.Hosting;

var host = CanaryHost.CreateBuilder(args);
host.AddDeployer();
await host.Build().RunAsync();
