using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Contracts;
using Canary.Durability;
using Canary.Durability.Locks;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Configuration;
using Canary.Hosting.Discovery;
using Canary.Hosting.Health;
using Canary.Hosting.Http;
using Canary.Hosting.Providers;
using Canary.Hosting.Security;
using Canary.Processes.Workspaces;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Hosting;

/// <summary>Starts a host.</summary>
public static class CanaryHost
{
    /// <summary>Begins a host that takes its configuration from the command line (<c>hosting:listen=…</c>), the
    /// environment (<c>CANARY__HOSTING__LISTEN</c>) and a YAML file.</summary>
    /// <param name="args">Command line, as <c>key=value</c>.</param>
    /// <param name="configurationFile">YAML file; <c>null</c>: the file named by <c>CANARY_CONFIG</c>, or none.</param>
    /// <param name="defaults">Settings that everything else wins over.</param>
    public static CanaryHostBuilder CreateBuilder(
        string[] args,
        string? configurationFile = null,
        IReadOnlyDictionary<string, string?>? defaults = null
    ) => new(args, configurationFile ?? ConfigurationFile, defaults);

    /// <summary>Runs a host of its own for a service, to its end.</summary>
    /// <param name="args">As for <see cref="CreateBuilder"/>.</param>
    /// <param name="configure">Adds the service.</param>
    /// <returns>Exit code; see <see cref="StartFaults"/>.</returns>
    public static Task<int> RunAsync(string[] args, Action<CanaryHostBuilder> configure) =>
        StartFaults.ExplainAsync(
            Assembly.GetEntryAssembly()?.GetName().Name ?? "canary",
            configuration: null,
            async () =>
            {
                var host = CreateBuilder(args);
                configure(host);
                await using var app = host.Build();
                await app.RunAsync();
            }
        );

    /// <summary>The configuration file that <c>CANARY_CONFIG</c> names; <c>null</c>: it names none.</summary>
    public static string? ConfigurationFile =>
        Environment.GetEnvironmentVariable("CANARY_CONFIG") is { Length: > 0 } file ? file : null;
}

/// <summary>Collects modules, and chooses transport and storage for all of them.</summary>
public sealed class CanaryHostBuilder
{
    /// <summary>Tag of health checks that <c>canary doctor</c> shows, and that readiness does not wait for: the host does its
    /// work without.</summary>
    public const string DoctorTag = "doctor";

    /// <summary>Tag of health checks that only readiness asks for: <c>canary doctor</c> has thorough ones for the same.</summary>
    internal const string ReadinessTag = "readiness";

    private const string DataKey = "hosting:data";
    private const string CertificateKey = "hosting:certificatefile";

    private readonly WebApplicationBuilder _web;
    private readonly List<Action<IBusRegistrationConfigurator>> _bus = [];
    private readonly Dictionary<string, Action<IRegistrationContext, IReceiveEndpointConfigurator>> _endpoints = [];
    private readonly List<Action<IEndpointRouteBuilder>> _routes = [];
    private readonly KnownSettings _settings = new();
    private readonly List<ProviderSeam> _seams = [];
    private ITransport _transport = null!;
    private bool _isStoreShared;

    internal CanaryHostBuilder(string[] args, string? configurationFile, IReadOnlyDictionary<string, string?>? defaults)
    {
        _web = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        Configuration.Sources.Clear();
        Configuration.AddInMemoryCollection(defaults);
        string? fromFile = null;
        if (configurationFile is not null)
        {
            ((IConfigurationBuilder)Configuration).Add(new YamlConfigurationProvider(configurationFile));
            fromFile = Configuration[DataKey];
        }

        if (Environment.GetEnvironmentVariable(DataDirectory.Variable) is { Length: > 0 } data)
        {
            Configuration.AddInMemoryCollection([KeyValuePair.Create(DataKey, (string?)data)]);
        }

        Configuration.AddInMemoryCollection(Telemetry.StandardVariables());
        Configuration.AddEnvironmentVariables("CANARY__");
        Configuration.AddCommandLine(args);
        DataPath = Path.GetFullPath(Configuration[DataKey] ?? DataDirectory.DefaultPath());
        OverriddenDataPath = fromFile is null || Path.GetFullPath(fromFile) == DataPath ? null : fromFile;

        AddOptions<HostingOptions>(Options.DefaultName, "hosting");
        AddOptions<LimitOptions>(Options.DefaultName, "hosting:limits");
        // Shared configuration files may hold it for hosts that have no use for it.
        _settings.Add("workspaces", typeof(WorkspaceOptions));
        AddTransport();
        AddStorage();
        Services.AddSingleton<HostChecks>();
        Services.AddSingleton(services => new OtherHosts(
            services.GetRequiredService<IOptions<HostingOptions>>(),
            services.GetServices<HostedModule>(),
            services.GetRequiredService<ServiceDirectory>(),
            services.GetRequiredService<IHttpClientFactory>(),
            services.GetRequiredService<Tokens>(),
            services.GetRequiredService<TimeProvider>()
        ));
        Services.AddHttpClient(OtherHosts.ClientName).RemoveAllLoggers();
        Services.TryAddSingleton(TimeProvider.System);
        Services.AddSingleton(services => new StoreClock(
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<IStorage>().IsShared
        ));
        Services.AddSingleton(services => new DataDirectory(
            services.GetRequiredService<IOptions<HostingOptions>>().Value.Data
        ));
        Services.AddSingleton<ServiceDirectory>();
        Services.AddSingleton<Tokens>();
        Services.AddSingleton(services => new ServicePassword(services.GetRequiredService<Tokens>().Service));
        Services.AddKnownSecrets();
        Services.AddSingleton<RefusedTokens>();
        Services.AddTransient<TokenAuthentication>();
        Services.AddWebEncoders();
        Services.AddAuthenticationCore(authentication =>
        {
            authentication.DefaultScheme = TokenAuthentication.Name;
            authentication.AddScheme<TokenAuthentication>(TokenAuthentication.Name, displayName: null);
        });
        Services.AddAuthorization();
        Services.AddSingleton<HttpsCertificate>();
        Services.AddSingleton<TrustedProxies>();
        Services.AddCapacity();
        Services.AddRequestRates();
        Services.AddProblemDetails();
        Services.AddExceptionHandler<ProblemExceptionHandler>();
        Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower));
        });
        Services.AddHostedService<IdleCollection>();
        Services.AddHostedService<StopAfterStart>();
        _web.AddTelemetry();
    }

    /// <summary>Absolute path of the data directory, wherever it was set.</summary>
    public string DataPath { get; }

    /// <summary>What the configuration file says of the data directory, where the environment or the command line say something
    /// else; else <c>null</c>.</summary>
    public string? OverriddenDataPath { get; }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services => _web.Services;

    /// <summary>The host's configuration.</summary>
    public ConfigurationManager Configuration => _web.Configuration;

    /// <summary>Adds a service.</summary>
    /// <param name="name">Name of the service: also of its configuration section, its database and its directory.</param>
    /// <param name="configure">Registers what the service is.</param>
    /// <typeparam name="TStore">The service's own data.</typeparam>
    public CanaryHostBuilder AddModule<TStore>(string name, Action<Module<TStore>> configure)
        where TStore : ServiceDbContext
    {
        ArgumentNullException.ThrowIfNull(configure);

        var module = new Module<TStore>(this, name);
        module.AddStore();
        Services.AddSingleton(new HostedModule(name));
        configure(module);
        return this;
    }

    /// <summary>Builds the host.</summary>
    /// <exception cref="CanaryException">A setting is not known.</exception>
    public WebApplication Build()
    {
        // The tool that makes migrations adds settings of its own.
        if (!EF.IsDesignTime)
        {
            _settings.Check(Configuration, _seams);
        }

        AddBus();
        AddServer();
        var app = _web.Build();
        if (Configuration[CertificateKey] is not null)
        {
            app.Services.GetRequiredService<HttpsCertificate>().Current();
        }

        // People and scripts look for the tokens as soon as the host runs.
        app.Services.GetRequiredService<Tokens>();
        var hosting = app.Services.GetRequiredService<IOptions<HostingOptions>>().Value;
        app.Services.GetRequiredService<TrustedProxies>().Use(app);
        app.UseSecurityHeaders(hosting);
        app.UseAuthentication();
        app.UseRequestPlaces();
        // Errors are answers too, so they are within the bounds.
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRateLimiter();
        app.UseHostNames(hosting);
        app.UseAuthorization();
        var isOnlyLocal = Reach.IsOnlyLocal(hosting);
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false })
            .OpenToStrangers()
            .Vital()
            .UnderAnyHostName()
            .DisableRateLimiting();
        app.MapHealthChecks(
                "/health/ready",
                new HealthCheckOptions
                {
                    Predicate = check => !check.Tags.Contains(DoctorTag),
                    ResponseWriter = Readiness.Writer(user =>
                        isOnlyLocal || (user.Identity?.IsAuthenticated == true && !user.IsInRole(Roles.Application))
                    ),
                }
            )
            .OpenToStrangers()
            .Vital()
            .UnderAnyHostName()
            .DisableRateLimiting();
        app.MapGet(
                "/" + OtherHosts.Path,
                (HostChecks checks, CancellationToken cancellation) => checks.RunAsync(cancellation)
            )
            .RequireService();
        app.MapPrometheusScrapingEndpoint()
            .OpenToStrangersIf(hosting.AnonymousMetrics ?? isOnlyLocal)
            .UnderAnyHostName();
        foreach (var map in _routes)
        {
            map(app);
        }

        return app;
    }

    internal void AddOptions<TOptions>(string name, string section)
        where TOptions : class
    {
        _settings.Add(section, typeof(TOptions));
        Services.AddOptions<TOptions>(name).BindConfiguration(section).ValidateOnStart();
        Services.AddSingleton<IValidateOptions<TOptions>>(new OptionsValidation<TOptions>(name, section));
    }

    /// <summary>Options for what is decided before there are services to ask. Values that cannot be read are told with all other
    /// faults, when the host is built.</summary>
    internal TOptions Peek<TOptions>(string section)
        where TOptions : new()
    {
        try
        {
            return Configuration.GetSection(section).Get<TOptions>() ?? new TOptions();
        }
        catch (InvalidOperationException)
        {
            return new TOptions();
        }
    }

    /// <summary>Registers the provider that the configuration names; a name that is not known is refused when the host is
    /// built.</summary>
    public CanaryHostBuilder AddProviders(ProviderSeam seam)
    {
        ArgumentNullException.ThrowIfNull(seam);

        _seams.Add(seam);
        seam.Register(Configuration[seam.Setting]);
        return this;
    }

    /// <summary>The places where a provider is chosen by its name.</summary>
    internal IReadOnlyList<ProviderSeam> Seams => _seams;

    internal void AddToBus(Action<IBusRegistrationConfigurator> register) => _bus.Add(register);

    internal void ConfigureEndpoint(
        string queue,
        Action<IRegistrationContext, IReceiveEndpointConfigurator> durable,
        Action<IReceiveEndpointConfigurator>? configure
    ) =>
        _endpoints[queue] = (context, endpoint) =>
        {
            configure?.Invoke(endpoint);
            durable(context, endpoint);
        };

    internal void MapEndpoints(Action<IEndpointRouteBuilder> map) => _routes.Add(map);

    /// <summary>Lets the replicas of a service signal each other and share locks, where there can be several.</summary>
    internal void AddReplicas<TStore>(string service)
        where TStore : ServiceDbContext
    {
        if (!_isStoreShared)
        {
            Services.AddSingleton<IDistributedLocks<TStore>, LocalLocks<TStore>>();
            return;
        }

        Services.AddSingleton<IDistributedLocks<TStore>>(services =>
            ActivatorUtilities.CreateInstance<PostgreSqlLocks<TStore>>(services, service)
        );
        Services.AddHostedService(services =>
            ActivatorUtilities.CreateInstance<PostgreSqlNotices<TStore>>(services, service)
        );
    }

    private void AddServer()
    {
        _web.WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(
                (_, kestrel) =>
                {
                    kestrel.AddServerHeader = false;
                    KestrelLimits.Apply(kestrel);
                    kestrel.ConfigureHttpsDefaults(
                        kestrel.ApplicationServices.GetRequiredService<HttpsCertificate>().Apply
                    );
                }
            );
        var listen = Configuration["hosting:listen"] ?? new HostingOptions().Listen;
        _web.WebHost.UseUrls(listen);

        if (Configuration[CertificateKey] is not null)
        {
            Services.AddHealthChecks().AddCheck<CertificateCheck>("certificate", tags: [DoctorTag]);
        }
    }

    private void AddTransport()
    {
        const string section = "hosting:transport";
        AddOptions<TransportOptions>(Options.DefaultName, section);
        AddProviders(
            new ProviderSeam(section + ":provider", TransportOptions.InMemory)
                .Add(TransportOptions.InMemory, AddInMemoryTransport)
                .Add(TransportOptions.RabbitMq, () => AddRabbitMq(Peek<TransportOptions>(section)))
        );
        Services.AddSingleton(_transport);
    }

    private void AddInMemoryTransport()
    {
        _transport = new InMemoryTransport();
        Services.AddSingleton<IErrorQueues, NoErrorQueues>();
    }

    private void AddRabbitMq(TransportOptions options)
    {
        _transport = new RabbitMqTransport(options);
        Services
            .AddHealthChecks()
            .AddTypeActivatedCheck<RabbitMqCheck>("rabbitmq", failureStatus: null, [DoctorTag], options);
        Services.AddSingleton<IErrorQueues>(services => new RabbitMqErrorQueues(
            options,
            [.. ServiceQueues.All.Union(_endpoints.Keys)],
            services.GetRequiredService<TimeProvider>()
        ));
    }

    private void AddStorage()
    {
        const string section = "hosting:storage";
        AddOptions<StorageOptions>(Options.DefaultName, section);
        AddProviders(
            new ProviderSeam(section + ":provider", StorageOptions.Sqlite)
                .Add(StorageOptions.Sqlite, () => Services.AddSingleton<IStorage, SqliteStorage>())
                .Add(StorageOptions.PostgreSql, AddPostgreSql)
        );
    }

    private void AddPostgreSql()
    {
        _isStoreShared = true;
        Services.TryAddSingleton(_ => new DatabaseClock(TimeProvider.System));
        Services.TryAddSingleton<TimeProvider>(services => services.GetRequiredService<DatabaseClock>());
        Services.AddSingleton<PostgreSqlStorage>();
        Services.AddSingleton<IStorage>(services => services.GetRequiredService<PostgreSqlStorage>());
        Services.AddHostedService<PostgreSqlClock>();
        Services
            .AddHealthChecks()
            .AddCheck<PostgreSqlStorage>("database", tags: [ReadinessTag])
            .AddCheck<PostgreSqlCheck>("postgresql", tags: [DoctorTag]);
    }

    private void AddBus() =>
        Services.AddMassTransit(bus =>
        {
            // On by default, it tells the library's makers what an installation consists of.
            bus.DisableUsageTelemetry();
            foreach (var register in _bus)
            {
                register(bus);
            }

            bus.ConfigureHealthCheckOptions(check =>
            {
                check.Name = "broker";
                check.MinimalFailureStatus = HealthStatus.Unhealthy;
                if (_transport is RabbitMqTransport)
                {
                    check.Tags.Add(ReadinessTag);
                }
            });
            _transport.Use(
                bus,
                (context, queue, endpoint) =>
                {
                    if (_endpoints.TryGetValue(queue, out var configure))
                    {
                        configure(context, endpoint);
                    }
                }
            );
        });
}
