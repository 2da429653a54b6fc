using Canary.CiCoordinator;
using Canary.Consul;
using Canary.Hosting;

return await CanaryHost.RunAsync(args, host => host.AddConsul().AddCiCoordinator());
