using Canary.Hosting;
using Canary.RepositoryPublisher;

var host = CanaryHost.CreateBuilder(args);
host.AddRepositoryPublisher();
await host.Build().RunAsync();
