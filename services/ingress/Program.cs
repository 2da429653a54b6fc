using Canary.Hosting;
using Canary.Ingress;

var host = CanaryHost.CreateBuilder(args);
host.AddIngress();
await host.Build().RunAsync();
