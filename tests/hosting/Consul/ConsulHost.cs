using Canary.Consul;
using Canary.Failures;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Hosting.Tests.Consul;

/// <summary>Shortens what tests of Consul do often.</summary>
internal static class ConsulHost
{
    public static Task<TestHost> StartAsync(string address, params string[] settings) =>
        TestHost.StartAsync(
            _ => { },
            [$"--hosting:consul:addresses:0={address}", .. settings.Select(setting => $"--hosting:consul:{setting}")]
        );

    public static Task<TestHost> StartAsync(ConsulServer consul, params string[] settings) =>
        StartAsync(consul.Address, settings);

    public static T Get<T>(this TestHost host)
        where T : notnull => host.Services.GetRequiredService<T>();

    public static async Task<CanaryException> ShouldFailAsync(this Task task, string code)
    {
        var exception = await Should.ThrowAsync<CanaryException>(() => task);
        exception.Code.ShouldBe(code, exception.Message);
        exception.Remedy.ShouldNotBeEmpty();
        return exception;
    }

    public static ConsulCatalog Catalog(this TestHost host) => host.Get<ConsulCatalog>();

    public static ConsulKeys Keys(this TestHost host) => host.Get<ConsulKeys>();

    public static ConsulAgent Agent(this TestHost host) => host.Get<ConsulAgent>();
}
