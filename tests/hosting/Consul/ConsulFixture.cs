using Canary.Testing;

namespace Canary.Hosting.Tests.Consul;

/// <summary>One Consul without ACLs for the tests that do not end it. Each uses names of its own.</summary>
public sealed class ConsulFixture : IAsyncLifetime
{
    public ConsulServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ConsulServer.StartAsync(tls: true);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>One Consul with ACLs.</summary>
public sealed class SecuredConsulFixture : IAsyncLifetime
{
    public ConsulServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ConsulServer.StartAsync(acl: true);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
