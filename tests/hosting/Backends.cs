using Canary.Hosting.Tests;
using Canary.Testing;

[assembly: AssemblyFixture(typeof(Servers))]

namespace Canary.Hosting.Tests;

/// <summary>What a host under test keeps its data in and sends its messages over.</summary>
public interface IBackend
{
    /// <summary>Settings for a host that shares nothing with those of other tests.</summary>
    Task<IReadOnlyList<string>> NewSettingsAsync();
}

/// <summary>SQLite and the in-memory transport.</summary>
public sealed class Embedded : IBackend
{
    public Task<IReadOnlyList<string>> NewSettingsAsync() => Task.FromResult<IReadOnlyList<string>>([]);
}

/// <summary>PostgreSQL and RabbitMQ, started when the first test asks for them.</summary>
public sealed class Servers : IBackend, IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _postgres = new(PostgresServer.StartAsync);
    private readonly Lazy<Task<RabbitMqServer>> _rabbit = new(RabbitMqServer.StartAsync);

    public Task<PostgresServer> PostgresAsync() => _postgres.Value;

    public Task<RabbitMqServer> RabbitAsync() => _rabbit.Value;

    public async Task<IReadOnlyList<string>> NewSettingsAsync()
    {
        await Task.WhenAll(_postgres.Value, _rabbit.Value);
        var postgres = await _postgres.Value;
        var rabbit = await _rabbit.Value;
        return SettingsFor(postgres, await postgres.NewDatabaseAsync(), rabbit, await rabbit.NewVirtualHostAsync());
    }

    public static IReadOnlyList<string> SettingsFor(
        PostgresServer postgres,
        string database,
        RabbitMqServer rabbit,
        string virtualHost
    ) => [.. SettingsFor(postgres, database), .. SettingsFor(rabbit, virtualHost)];

    public static IReadOnlyList<string> SettingsFor(PostgresServer postgres, string database) =>
        [
            "--hosting:storage:provider=postgresql",
            $"--hosting:storage:host={PostgresServer.Host}",
            $"--hosting:storage:port={postgres.Port}",
            $"--hosting:storage:database={database}",
            $"--hosting:storage:user={PostgresServer.User}",
            $"--hosting:storage:passwordfile={postgres.PasswordFile}",
        ];

    public static IReadOnlyList<string> SettingsFor(RabbitMqServer rabbit, string virtualHost) =>
        [
            "--hosting:transport:provider=rabbitmq",
            $"--hosting:transport:hosts:0={RabbitMqServer.Host}",
            $"--hosting:transport:port={rabbit.Port}",
            $"--hosting:transport:virtualhost={virtualHost}",
            $"--hosting:transport:user={RabbitMqServer.User}",
            $"--hosting:transport:passwordfile={rabbit.PasswordFile}",
        ];

    public async ValueTask DisposeAsync()
    {
        await DisposeAsync(_postgres);
        await DisposeAsync(_rabbit);
    }

    /// <summary>A server that did not start has failed its tests already, and left nothing.</summary>
    private static async Task DisposeAsync<TServer>(Lazy<Task<TServer>> server)
        where TServer : IAsyncDisposable
    {
        if (server.IsValueCreated && await Task.WhenAny(server.Value) is { IsCompletedSuccessfully: true })
        {
            await (await server.Value).DisposeAsync();
        }
    }
}
