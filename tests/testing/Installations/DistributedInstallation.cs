using System.Globalization;

namespace Canary.Testing.Installations;

/// <summary>How many processes each service has, and what else an installation differs in.</summary>
public sealed record DistributedSettings
{
    /// <summary>Names of the five services.</summary>
    public static IReadOnlyList<string> Services { get; } =
    ["ingress", "ci-coordinator", "packager", "repository-publisher", "deployer"];

    /// <summary>Replicas by service; 1 where none is named.</summary>
    public IReadOnlyDictionary<string, int> Replicas { get; init; } = new Dictionary<string, int>();

    /// <summary>Hosts that every application has; ignored with Consul.</summary>
    public IReadOnlyList<string> Canaries { get; init; } = ["canary-1"];

    /// <inheritdoc cref="Canaries"/>
    public IReadOnlyList<string> Production { get; init; } = ["production-1", "production-2"];

    /// <summary>Whether hosts come from a Consul of its own.</summary>
    public bool WithConsul { get; init; }

    /// <summary>Whether each process has a clock of its own, which can be set.</summary>
    public bool WithClocks { get; init; }

    /// <summary>Whether the database waits for the disk, as it does in production.</summary>
    public bool Syncs { get; init; }

    /// <summary>Further settings, as <c>section:Option=value</c>; they win over those of the fixture.</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];

    /// <summary>Directory that keeps the logs of all processes; <c>null</c>: they go with the installation.</summary>
    public string? LogDirectory { get; init; }

    /// <summary>Directory of the programs; <c>null</c>: those that were built with the test.</summary>
    public string? Programs { get; init; }
}

/// <summary>
/// The five services as processes of their own, with any number of replicas, on a real broker and a real database, with one
/// configuration file for all of them. Their hosts are private apt/dpkg roots. Several publishers are reached through HAProxy.
/// </summary>
public sealed class DistributedInstallation : Installation, IAsyncDisposable
{
    /// <summary>Many programs start at once, on a machine that may be busy with other tests.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(4);

    private readonly TempDirectory _directory = new("canary-five-");
    private readonly DistributedSettings _settings;
    private readonly List<ServiceProcess> _processes = [];
    private Func<string, string, MovableClock>? _clocks;
    private HaProxyServer? _balancer;

    private DistributedInstallation(DistributedSettings settings) => _settings = settings;

    public override string Log => string.Join('\n', _processes.Select(process => $"=== {process.Name}\n{process.Log}"));

    /// <summary>All processes of the services.</summary>
    public IReadOnlyList<ServiceProcess> Processes => _processes;

    public PostgresServer Postgres { get; private set; } = null!;

    public RabbitMqServer Rabbit { get; private set; } = null!;

    /// <summary>The Consul, where there is one.</summary>
    public ConsulServer? Consul { get; private set; }

    /// <summary>Name of the database that all services share.</summary>
    public string Database { get; private set; } = "";

    /// <summary>Virtual host of the broker that all services share.</summary>
    public string VirtualHost { get; private set; } = "";

    /// <summary>Address of the repository, for apt.</summary>
    public Uri Repository { get; private set; } = null!;

    /// <summary>File that every process has its configuration from.</summary>
    public string ConfigurationFile => _directory.Combine("canary.yml");

    /// <summary>Starts everything, and awaits that all of it is ready.</summary>
    public static async Task<DistributedInstallation> StartAsync(DistributedSettings? settings = null)
    {
        var installation = new DistributedInstallation(settings ?? new DistributedSettings());
        try
        {
            await installation.StartAllAsync();
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    public override string HostRoot(string host) => _directory.Combine("data", "deployer", "deployer", "hosts", host);

    /// <summary>The process of that name, for example <c>packager-2</c>.</summary>
    public ServiceProcess ProcessOf(string name) => _processes.Single(process => process.Name == name);

    /// <summary>Runs SQL in the database of the services; returns its rows, columns separated by <c>|</c>.</summary>
    public Task<string> QueryAsync(string sql) => Postgres.QueryAsync(Database, sql);

    /// <summary>Data directory of a process. Replicas of publisher and deployer share theirs, as replicas of them must.</summary>
    public string DataOf(ServiceProcess process) => DataOf(process.Name, process.Service);

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        await Task.WhenAll(_processes.Select(process => process.KillAsync()));
        if (_balancer is not null)
        {
            await _balancer.DisposeAsync();
        }

        if (Consul is not null)
        {
            await Consul.DisposeAsync();
        }

        if (Postgres is not null)
        {
            await Postgres.DisposeAsync();
        }

        if (Rabbit is not null)
        {
            await Rabbit.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartAllAsync()
    {
        var postgres = PostgresServer.StartAsync(_settings.Syncs);
        var rabbit = RabbitMqServer.StartAsync();
        var consul = _settings.WithConsul ? ConsulServer.StartAsync() : null;
        Consul = consul is null ? null : await consul;
        Rabbit = await rabbit;
        Postgres = await postgres;
        Database = await Postgres.NewDatabaseAsync();
        VirtualHost = await Rabbit.NewVirtualHostAsync();

        if (_settings.WithClocks)
        {
            _clocks = await MovableClock.PrepareAsync(_directory.CreateDirectory("clocks"));
        }

        var replicas = DistributedSettings.Services.SelectMany(ReplicasOf).ToList();
        var addresses = replicas
            .GroupBy(replica => replica.Service)
            .ToDictionary(service => service.Key, service => service.First().Address);
        var publishers = replicas.Where(replica => replica.Service == "repository-publisher").ToList();
        if (publishers.Count > 1)
        {
            _balancer = await HaProxyServer.StartAsync([.. publishers.Select(replica => replica.Address)]);
            addresses["repository-publisher"] = _balancer.Address;
        }

        Repository = new Uri(addresses["repository-publisher"], "repository/");
        WriteFiles(addresses);
        foreach (var (name, service, address) in replicas)
        {
            var process = Process(name, service, address);
            _processes.Add(process);
            process.Start();
        }

        await Task.WhenAll(_processes.Select(process => process.ReadyAsync(LongestStart)));
        Http = await ClientAsync(addresses["ingress"], _directory.Combine("api-token"));
    }

    private IEnumerable<(string Name, string Service, Uri Address)> ReplicasOf(string service)
    {
        var count = _settings.Replicas.GetValueOrDefault(service, 1);
        for (var number = 1; number <= count; number++)
        {
            var name = count == 1 ? service : string.Create(CultureInfo.InvariantCulture, $"{service}-{number}");
            yield return (name, service, new Uri($"http://127.0.0.1:{FreePort.Next()}/"));
        }
    }

    private ServiceProcess Process(string name, string service, Uri address)
    {
        var log = _settings.LogDirectory ?? _directory.CreateDirectory("logs");
        return new ServiceProcess(
            name,
            service,
            address,
            Path.Combine(log, name + ".log"),
            [
                "dotnet",
                Path.Combine(_settings.Programs ?? AppContext.BaseDirectory, $"canary-{service}.dll"),
                $"--hosting:listen={address.GetLeftPart(UriPartial.Authority)}",
                $"--hosting:data={DataOf(name, service)}",
                .. _settings.Configuration.Select(setting => $"--{setting}"),
            ],
            new Dictionary<string, string> { ["CANARY_CONFIG"] = ConfigurationFile },
            _clocks?.Invoke(name, "dotnet")
        );
    }

    private void WriteFiles(Dictionary<string, Uri> addresses)
    {
        _directory.WriteFile("webhook-secret", WebhookSecret);
        _directory.WriteFile("api-token", Guid.NewGuid().ToString());
        _directory.WriteFile("service-token", Guid.NewGuid().ToString());
        var hosts = _settings
            .Canaries.Select(name => (Name: name, Channel: "canary"))
            .Concat(_settings.Production.Select(name => (Name: name, Channel: "production")));
        _directory.WriteFile(
            "hosts.yml",
            "hosts:\n"
                + string.Concat(
                    hosts.Select(host =>
                        $"  - {{ name: {host.Name}, address: 127.0.0.1, channel: {host.Channel}, applications: ['*'], transport: local }}\n"
                    )
                )
        );
        _directory.WriteFile("canary.yml", Configuration(addresses));
    }

    private string Configuration(Dictionary<string, Uri> addresses) =>
        $"""
            hosting:
              api-token-file: {_directory.Combine("api-token")}
              service-token-file: {_directory.Combine("service-token")}
              services:
                {string.Join("\n    ", addresses.Select(address => $"{address.Key}: {address.Value}"))}
              storage:
                provider: postgresql
                host: {PostgresServer.Host}
                port: {Postgres.Port}
                database: {Database}
                user: {PostgresServer.User}
                password-file: {Postgres.PasswordFile}
              transport:
                provider: rabbitmq
                hosts: [{RabbitMqServer.Host}]
                port: {Rabbit.Port}
                virtual-host: {VirtualHost}
                user: {RabbitMqServer.User}
                password-file: {Rabbit.PasswordFile}
              consul:
                addresses: [{Consul?.Address}]
            ingress:
              allow-local-repositories: true
              webhook-secret-files: [{_directory.Combine("webhook-secret")}]
              clone-schemes: [file]
              repositories:
                - name: acme/*
            deployer:
              soak: 00:00:00.2
              soak-check-interval: 00:00:00.1
              inventory:
                kind: {(Consul is null ? "file" : "consul")}
                path: {_directory.Combine("hosts.yml")}
              promotion: automatic
            """;

    private string DataOf(string name, string service) =>
        _directory.Combine("data", service is "repository-publisher" or "deployer" or "ingress" ? service : name);
}
