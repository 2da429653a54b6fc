using Canary.Consul;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Tests;

/// <summary>A real host with one small module, on a private data directory that outlives its restarts.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly TempDirectory _data = new();
    private readonly List<TestHost> _replicas = [];
    private readonly Action<Module<ParcelStore>> _configure;
    private readonly string[] _settings;
    private WebApplication _app;

    private TestHost(Action<Module<ParcelStore>> configure, string[] settings)
    {
        _configure = configure;
        _settings = settings;
        _app = Build();
    }

    public IServiceProvider Services => _app.Services;

    public Uri Address => new(_app.Urls.First());

    public string DataPath => _data.Path;

    /// <summary>Name of the database that it uses.</summary>
    public string Database => Services.GetRequiredService<IOptions<StorageOptions>>().Value.Database;

    /// <summary>Virtual host of the broker that it uses.</summary>
    public string VirtualHost => Services.GetRequiredService<IOptions<TransportOptions>>().Value.VirtualHost;

    public static async Task<TestHost> StartAsync(Action<Module<ParcelStore>> configure, params string[] settings)
    {
        var host = new TestHost(configure, settings);
        await host.StartAsync();
        return host;
    }

    /// <summary>Starts a host on a backend.</summary>
    public static async Task<TestHost> StartAsync(
        IBackend backend,
        Action<Module<ParcelStore>> configure,
        params string[] settings
    ) => await StartAsync(configure, [.. await backend.NewSettingsAsync(), .. settings]);

    /// <summary>Starts one more of the same on the same servers; it ends with this one.</summary>
    public async Task<TestHost> StartReplicaAsync(Action<Module<ParcelStore>>? configure = null)
    {
        var replica = await StartAsync(configure ?? _configure, _settings);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>Stops the host and starts it again on the same data: the in-memory transport forgets everything.</summary>
    public async Task RestartAsync(Func<ParcelStore, Task>? meanwhile = null)
    {
        await _app.StopAsync();
        if (meanwhile is not null)
        {
            await WithStoreAsync((store, _) => meanwhile(store));
        }

        await _app.DisposeAsync();
        _app = Build();
        await StartAsync();
    }

    /// <summary>Awaits that the host says that it can work.</summary>
    public async Task ReadyAsync()
    {
        var health = Services.GetRequiredService<HealthCheckService>();
        await Eventually.TrueAsync(async () =>
            (await health.CheckHealthAsync(check => !check.Tags.Contains(CanaryHostBuilder.DoctorTag))).Status
            == HealthStatus.Healthy
        );
    }

    /// <summary>Does something in a unit of work of its own.</summary>
    public async Task<T> WithStoreAsync<T>(Func<ParcelStore, IOutbox<ParcelStore>, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(
            scope.ServiceProvider.GetRequiredService<ParcelStore>(),
            scope.ServiceProvider.GetRequiredService<IOutbox<ParcelStore>>()
        );
    }

    public Task WithStoreAsync(Func<ParcelStore, IOutbox<ParcelStore>, Task> work) =>
        WithStoreAsync(
            async (store, outbox) =>
            {
                await work(store, outbox);
                return true;
            }
        );

    public Task SendAsync<T>(params T[] commands)
        where T : class =>
        WithStoreAsync(
            async (store, outbox) =>
            {
                foreach (var command in commands)
                {
                    outbox.Send(command);
                }

                await store.SaveChangesAsync();
            }
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }

    private WebApplication Build()
    {
        var builder = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:data={_data.Path}",
            .. _settings,
        ]);
        builder.AddConsul().AddModule("parcels", _configure);
        return builder.Build();
    }

    private async Task StartAsync()
    {
        await WithStoreAsync((store, _) => store.Database.EnsureCreatedAsync());
        await _app.StartAsync();
        await ReadyAsync();
    }
}
