using Canary.CiCoordinator;
using Canary.Hosting;

return await CanaryHost.RunAsync(args, host => host.AddCiCoordinator());
