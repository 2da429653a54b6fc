using Canary.CiCoordinator;
using Canary.Hosting;

var host = CanaryHost.CreateBuilder(args);
host.AddCiCoordinator();
await host.Build().RunAsync();
