using Canary.Consul;
using Canary.Hosting;
using Canary.Ingress;

return await CanaryHost.RunAsync(args, host => host.AddConsul().AddIngress());
