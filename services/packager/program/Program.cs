using Canary.Consul;
using Canary.Hosting;
using Canary.Packager;

return await CanaryHost.RunAsync(args, host => host.AddConsul().AddPackager());
