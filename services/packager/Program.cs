using Canary.Hosting;
using Canary.Packager;

var host = CanaryHost.CreateBuilder(args);
host.AddPackager();
await host.Build().RunAsync();
