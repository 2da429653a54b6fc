using System.Net.Http.Headers;
using Canary.Contracts.Publishing;
using Canary.Durability.Locks;
using Canary.Hosting;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Uploads;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>The repository publisher in a host of its own, on a free port.</summary>
internal sealed class Repository : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempDirectory? _owned;

    private Repository(WebApplication app, string data, TempDirectory? owned)
    {
        _app = app;
        _owned = owned;
        Data = data;
        Http = new HttpClient { BaseAddress = Address };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            File.ReadAllText(Path.Combine(data, "secrets", "service-token")).Trim()
        );
    }

    public string Data { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Address =>
        new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public Uri RepositoryAddress => new(Address, "repository/");

    public RepositoryLayout Layout => Services.GetRequiredService<RepositoryLayout>();

    public SuiteWriter Suites => Services.GetRequiredService<SuiteWriter>();

    public PackagePool Pool => Services.GetRequiredService<PackagePool>();

    public PackageUploads Uploads => Services.GetRequiredService<PackageUploads>();

    /// <summary>Starts it.</summary>
    /// <param name="data">Data directory; <c>null</c>: a fresh one, removed at the end.</param>
    /// <param name="time">Clock; <c>null</c>: the real one.</param>
    /// <param name="locks">Who writes when; <c>null</c>: the real one.</param>
    /// <param name="tokens">Tokens that are good for one application each; <c>null</c>: there are none.</param>
    /// <param name="settings">Settings of the section <c>repository-publisher</c>, or of <c>hosting</c>, as <c>key=value</c>.</param>
    public static async Task<Repository> StartAsync(
        string? data = null,
        TimeProvider? time = null,
        IDistributedLocks<RepositoryStore>? locks = null,
        IApplicationTokens? tokens = null,
        params IEnumerable<string> settings
    )
    {
        var owned = data is null ? new TempDirectory() : null;
        data ??= owned!.Path;
        var builder = CanaryHost.CreateBuilder([
            $"--hosting:data={data}",
            "--hosting:listen=http://127.0.0.1:0",
            .. settings.Select(setting =>
                setting.StartsWith("hosting:", StringComparison.Ordinal)
                    ? $"--{setting}"
                    : $"--repository-publisher:{setting}"
            ),
        ]);
        if (time is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(time));
        }

        builder.AddRepositoryPublisher();
        if (locks is not null)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(locks));
        }

        if (tokens is not null)
        {
            builder.Services.AddSingleton(tokens);
        }

        var app = builder.Build();
        try
        {
            await app.StartAsync();
            return new Repository(app, data, owned);
        }
        catch
        {
            await app.DisposeAsync();
            owned?.Dispose();
            throw;
        }
    }

    /// <summary>Uploads a package and takes it into the pool.</summary>
    /// <param name="package">The package.</param>
    /// <param name="publication">Who publishes; <c>null</c>: an application of its name.</param>
    public async Task<DebPackage> PublishAsync(DebPackage package, Publication? publication = null)
    {
        using var bytes = new MemoryStream(package.Bytes);
        await Uploads.StoreAsync(package.Sha256, bytes, CancellationToken.None);
        await TakeInAsync(package, publication);
        return package;
    }

    /// <summary>Takes a package into the pool that was uploaded before.</summary>
    public Task TakeInAsync(DebPackage package, Publication? publication = null) =>
        Pool.TakeInAsync(
            publication ?? new Publication(package.Reference.Name, Repository: null, IsConfigured: false),
            package.Reference,
            CancellationToken.None
        );

    public Task<DebPackage> PublishAsync(string name, string version, string architecture = "all") =>
        PublishAsync(DebPackage.Create(name, version, architecture));

    /// <summary>Advertises a version that is in the pool.</summary>
    public async Task<object> AdvertiseAsync(
        string name,
        string version,
        string suite = "production",
        int percentage = 100,
        Guid? rollout = null,
        Guid? request = null
    ) =>
        await Suites.ApplyAsync(
            SuiteRequest.From(
                new AdvertiseVersion
                {
                    RequestId = request ?? Guid.NewGuid(),
                    RolloutId = rollout ?? Guid.NewGuid(),
                    Application = name,
                    Suite = suite,
                    Package = name,
                    Version = version,
                    PhasedPercentage = percentage,
                }
            ),
            CancellationToken.None
        );

    public async Task<object> WithdrawAsync(
        string name,
        string version,
        string suite = "production",
        Guid? rollout = null,
        Guid? request = null,
        params ListedVersion[] restores
    ) =>
        await Suites.ApplyAsync(
            SuiteRequest.From(
                new WithdrawVersion
                {
                    RequestId = request ?? Guid.NewGuid(),
                    RolloutId = rollout ?? Guid.NewGuid(),
                    Application = name,
                    Suite = suite,
                    Package = name,
                    Version = version,
                    Restores = restores,
                }
            ),
            CancellationToken.None
        );

    public Task<TResult> InStoreAsync<TResult>(Func<RepositoryStore, Task<TResult>> query) =>
        InScopeAsync(services => query(services.GetRequiredService<RepositoryStore>()));

    public async Task<TResult> InScopeAsync<TResult>(Func<IServiceProvider, Task<TResult>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _owned?.Dispose();
    }
}
