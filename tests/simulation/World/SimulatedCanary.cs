using System.IO.Compression;
using System.Net.Http.Headers;
using Canary.CiCoordinator;
using Canary.CiCoordinator.Builds;
using Canary.Contracts.Releases;
using Canary.Deployer;
using Canary.Deployer.Transport;
using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Ingress;
using Canary.RepositoryPublisher;
using Canary.RepositoryPublisher.Packages;
using Canary.Simulation.Tests.Time;
using Canary.Testing.Installations;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Canary.Simulation.Tests.World;

/// <summary>The services in one process, as <c>canary-server</c> has them, on a simulated clock; builds, packages and hosts cost no
/// time.</summary>
internal sealed class SimulatedCanary : Installation, IAsyncDisposable
{
    /// <summary>Before any day on which this runs: files have the machine's dates, and must not seem old.</summary>
    private static readonly DateTimeOffset FirstDay = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TempDirectory _data = new();
    private readonly WebApplication _app;

    private SimulatedCanary()
    {
        Time = new SimulatedTime(FirstDay, Stillness);
        Machines = new Machines(Commits, IndexAsync, Stillness.Note);
        _app = Build();
    }

    public Stillness Stillness { get; } = new();

    public SimulatedTime Time { get; }

    public Commits Commits { get; } = new();

    public Machines Machines { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>What happened that nobody expects.</summary>
    public ErrorLog Errors { get; } = new();

    public TimeSpan Elapsed => Time.GetUtcNow() - FirstDay;

    public override string Log => "";

    public static async Task<SimulatedCanary> StartAsync(IEnumerable<string> hosts)
    {
        var canary = new SimulatedCanary();
        canary.WriteInventory(hosts);
        await using (var scope = canary.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<PackagerStore>().Database.EnsureCreatedAsync();
        }

        await canary._app.StartAsync();
        canary.Http = new HttpClient
        {
            BaseAddress = new Uri(
                canary.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            ),
        };
        canary.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            (await File.ReadAllTextAsync(canary._data.Combine("secrets", "api-token"))).Trim()
        );
        await canary.Stillness.AwaitAsync();
        return canary;
    }

    /// <summary>Writes the list of hosts; names that begin with <c>canary</c> are canaries.</summary>
    public void WriteInventory(IEnumerable<string> hosts)
    {
        var lines = hosts.Select(name =>
            $"  - {{ name: {name}, channel: {(name.StartsWith("canary", StringComparison.Ordinal) ? "canary" : "production")} }}"
        );
        var file = _data.WriteFile("deployer/hosts.yml", $"hosts:\n{string.Join('\n', lines)}\n");
        File.SetLastWriteTimeUtc(file, Time.GetUtcNow().UtcDateTime);
    }

    /// <summary>Lets time go by, in steps of at least some length.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan stride)
    {
        await Stillness.AwaitAsync();
        var end = Time.GetUtcNow() + time;
        for (var now = Time.GetUtcNow(); now < end; now = Time.GetUtcNow())
        {
            var next = now + stride;
            Time.GoTo(
                Time.NextDue > next && Time.NextDue < end ? Time.NextDue.Value
                : next < end ? next
                : end
            );
            await Stillness.AwaitAsync();
        }
    }

    /// <summary>Waits until all that was pushed has its place: until then git is asked, and must not change.</summary>
    public async Task PlacedAsync()
    {
        do
        {
            await Stillness.AwaitAsync(moments: 10);
        } while (await IsAdmittingAsync());
    }

    /// <summary>The index that hosts of a channel read.</summary>
    public async Task<SuiteIndex> IndexAsync(string suite)
    {
        var file = _data.Combine("repository-publisher/public/dists", suite, "main/binary-all/Packages.gz");
        await using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var text = new StreamReader(gzip);
        return SuiteIndex.Parse(await text.ReadToEndAsync());
    }

    public override string HostRoot(string host) =>
        throw new NotSupportedException("Simulated machines have no files.");

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _data.Dispose();
    }

    private async Task<bool> IsAdmittingAsync()
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<ReleaseStore>()
            .Releases.AnyAsync(release => release.CurrentState == ReleaseStates.Admitting);
    }

    private WebApplication Build()
    {
        _data.WriteFile("webhook-secret", WebhookSecret);
        var host = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            "--hosting:limits:requestspersecond=1000000",
            $"--hosting:data={_data.Path}",
            $"--ingress:webhooksecretfiles:0={_data.Combine("webhook-secret")}",
            "--ingress:cloneschemes:0=file",
            "--ingress:repositories:0:name=acme/*",
            "--ci-coordinator:builds:provider=none",
        ]);
        host.Services.RemoveAll<TimeProvider>();
        host.Services.AddSingleton<TimeProvider>(Time);
        host.Services.AddSingleton<IConfigureReceiveEndpoint>(Stillness);
        host.AddIngress().AddCiCoordinator().AddRepositoryPublisher().AddDeployer();
        host.AddModule<PackagerStore>("packager", module => module.AddConsumer<PackagerStandIn>());
        host.Services.RemoveAll<IBuildProvider>();
        host.Services.RemoveAll<IHostTransport>();
        // Programs take real time, in which the simulated clock would go on.
        host.Services.RemoveAll<HostReading>();
        host.Services.AddSingleton(services => new HostReading(services.GetRequiredService<RepositoryLayout>())
        {
            IsPossible = false,
        });
        host.Services.AddSingleton(Commits);
        host.Services.AddSingleton<IBuildProvider, BuildStandIn>();
        host.Services.AddSingleton<IHostTransport>(Machines);
        foreach (var watch in Watches)
        {
            watch(host.Services, Stillness);
        }

        host.Services.RemoveAll<ILoggerFactory>();
        host.Services.AddSingleton<ILoggerFactory>(_ =>
            LoggerFactory.Create(logging => logging.AddProvider(Errors).SetMinimumLevel(LogLevel.Error))
        );
        return host.Build();
    }

    /// <summary>Whoever asks a database is at work.</summary>
    private static Action<IServiceCollection, Stillness>[] Watches =>
        [Watch<IngressStore>, Watch<ReleaseStore>, Watch<RepositoryStore>, Watch<DeployerStore>, Watch<PackagerStore>];

    private static void Watch<TStore>(IServiceCollection services, Stillness stillness)
        where TStore : ServiceDbContext =>
        services.ConfigureDbContext<TStore>(options => options.AddInterceptors(stillness));
}

/// <summary>The data of the packager's stand-in: only its inbox.</summary>
internal sealed class PackagerStore(DbContextOptions<PackagerStore> options) : ServiceDbContext(options)
{
    protected override void OnModel(ModelBuilder model) { }
}
