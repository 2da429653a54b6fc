using Canary.Hosting.Health;
using Canary.Hosting.Tests.Migrations.PostgreSql;
using Canary.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Tests.Health;

/// <summary>A host that need not be well, and what <c>canary doctor</c> is told of it.</summary>
internal sealed class Patient : IAsyncDisposable
{
    private readonly TempDirectory _data = new();
    private readonly WebApplication _app;

    private Patient(Action<CanaryHostBuilder> configure, IEnumerable<string> settings)
    {
        var builder = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:data={_data.Path}",
            .. settings,
        ]);
        configure(builder);
        _app = builder.Build();
    }

    public IServiceProvider Services => _app.Services;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Starts a host with messages to wait for, on SQLite.</summary>
    public static Task<Patient> WithMessagesAsync(params string[] settings) => WithMessagesAsync(null, settings);

    /// <summary>Starts a host with messages to wait for, on SQLite.</summary>
    /// <param name="endpoint">What its endpoint has in addition.</param>
    /// <param name="settings">Its settings.</param>
    public static async Task<Patient> WithMessagesAsync(
        Action<IReceiveEndpointConfigurator>? endpoint,
        params string[] settings
    )
    {
        var patient = new Patient(
            host =>
                host.AddModule<ParcelStore>(
                    "parcels",
                    module =>
                    {
                        module.Services.AddSingleton(new Heard());
                        module.AddConsumer<WeighParcelConsumer>(endpoint);
                    }
                ),
            settings
        );
        await using (var scope = patient.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<ParcelStore>().Database.EnsureCreatedAsync();
        }

        await patient._app.StartAsync();
        return patient;
    }

    /// <summary>Starts a host with tables to make.</summary>
    public static async Task<Patient> WithTablesAsync(params string[] settings)
    {
        var patient = new Patient(host => host.AddModule<CrateStore>("crates", _ => { }), settings);
        await patient._app.StartAsync();
        return patient;
    }

    /// <summary>Awaits a finding.</summary>
    /// <param name="name">What is looked at.</param>
    /// <param name="status">How it is.</param>
    /// <param name="detail">A part of what was found.</param>
    /// <param name="remedy">A part of what a person can do.</param>
    public Task ShouldBeAsync(string name, HealthStatus status, string detail, string? remedy = null) =>
        Eventually.PassesAsync(async () =>
        {
            var check = (await CheckAsync()).Single(check => check.Name == name);
            check.Detail.ShouldContain(detail);
            check.Status.ShouldBe(status);
            if (remedy is null)
            {
                check.Remedy.ShouldBeNull();
            }
            else
            {
                check.Remedy.ShouldNotBeNull().ShouldContain(remedy);
            }
        });

    public async Task<IReadOnlyList<HostCheck>> CheckAsync()
    {
        var checks = await Services.GetRequiredService<HostChecks>().RunAsync(CancellationToken.None);
        foreach (var check in checks)
        {
            // All passwords of the tests begin so.
            $"{check.Detail} {check.Remedy}".ShouldNotContain("a password of this test run");
        }

        return checks;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }
}
