using System.Diagnostics;
using System.Globalization;
using System.Text;
using Canary.Testing;

namespace Canary.EndToEnd.Tests.Fixtures;

/// <summary>
/// The five services as processes of their own, on a real broker and a real database, with one configuration file for all
/// of them. Any of them can be killed and started again, and can have replicas.
/// </summary>
internal sealed class FiveServices : Installation, IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-five-");
    private readonly List<Service> _services = [];
    private PostgresServer _postgres = null!;
    private RabbitMqServer _rabbit = null!;

    public override string Log => string.Join('\n', _services.Select(service => $"=== {service.Name}\n{service.Log}"));

    public static async Task<FiveServices> StartAsync()
    {
        var five = new FiveServices();
        try
        {
            await five.StartAllAsync();
            return five;
        }
        catch
        {
            await five.DisposeAsync();
            throw;
        }
    }

    public override string HostRoot(string host) => _directory.Combine("deployer", "deployer", "hosts", host);

    /// <summary>Ends a service as a crash does, and starts it again.</summary>
    public async Task CrashAsync(string name)
    {
        var service = _services.Single(it => it.Name == name);
        await service.KillAsync();
        service.Start();
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        foreach (var service in _services)
        {
            await service.KillAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }

        if (_rabbit is not null)
        {
            await _rabbit.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartAllAsync()
    {
        var postgres = PostgresServer.StartAsync();
        var rabbit = RabbitMqServer.StartAsync();
        (_postgres, _rabbit) = (await postgres, await rabbit);
        (string Name, string Program)[] services =
        [
            ("ingress", "Canary.Ingress"),
            ("ci-coordinator", "Canary.CiCoordinator"),
            ("packager", "Canary.Packager"),
            ("repository-publisher", "Canary.RepositoryPublisher"),
            ("deployer", "Canary.Deployer"),
        ];
        var addresses = services.ToDictionary(it => it.Name, _ => $"http://127.0.0.1:{FreePort.Next()}");
        _directory.WriteFile("webhook-secret", WebhookSecret);
        _directory.WriteFile("api-token", Guid.NewGuid().ToString());
        _directory.WriteFile("service-token", Guid.NewGuid().ToString());
        _directory.WriteFile(
            "hosts.yml",
            """
            hosts:
              - { name: canary-1, address: 127.0.0.1, channel: canary, applications: ['*'], transport: local }
              - { name: production-1, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }
              - { name: production-2, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }
            """
        );
        _directory.WriteFile("canary.yml", await ConfigurationAsync(addresses));
        foreach (var (name, program) in services)
        {
            var service = new Service(name, program, addresses[name], _directory);
            _services.Add(service);
            service.Start();
        }

        foreach (var service in _services)
        {
            await service.ReadyAsync();
        }

        Http = await ClientAsync(new Uri(addresses["ingress"]), _directory.Combine("api-token"));
    }

    private async Task<string> ConfigurationAsync(Dictionary<string, string> addresses) =>
        $"""
            hosting:
              api-token-file: {_directory.Combine("api-token")}
              service-token-file: {_directory.Combine("service-token")}
              services:
                {string.Join("\n    ", addresses.Select(address => $"{address.Key}: {address.Value}"))}
              storage:
                provider: postgresql
                host: {PostgresServer.Host}
                port: {_postgres.Port}
                database: {await _postgres.NewDatabaseAsync()}
                user: {PostgresServer.User}
                password-file: {_postgres.PasswordFile}
              transport:
                provider: rabbitmq
                hosts: [{RabbitMqServer.Host}]
                port: {_rabbit.Port}
                virtual-host: {await _rabbit.NewVirtualHostAsync()}
                user: {RabbitMqServer.User}
                password-file: {_rabbit.PasswordFile}
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
                path: {_directory.Combine("hosts.yml")}
              promotion: automatic
            """;

    /// <summary>One process.</summary>
    private sealed class Service(string name, string program, string address, TempDirectory directory)
    {
        private readonly StringBuilder _log = new();
        private Process? _process;

        public string Name => name;

        public string Log
        {
            get
            {
                lock (_log)
                {
                    return _log.ToString();
                }
            }
        }

        public void Start()
        {
            var start = new ProcessStartInfo(
                "dotnet",
                [
                    Path.Combine(AppContext.BaseDirectory, $"{program}.dll"),
                    $"--hosting:listen={address}",
                    $"--hosting:data={directory.Combine(name)}",
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["CANARY_CONFIG"] = directory.Combine("canary.yml") },
            };
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => Append(line.Data);
            _process.ErrorDataReceived += (_, line) => Append(line.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public async Task ReadyAsync()
        {
            using var http = new HttpClient();
            await Eventually.TrueAsync(async () =>
            {
                if (_process!.HasExited)
                {
                    throw new InvalidOperationException($"{name} ended with {_process.ExitCode}:\n{Log}");
                }

                try
                {
                    using var answer = await http.GetAsync(new Uri($"{address}/health/ready"));
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            });
        }

        public async Task KillAsync()
        {
            if (_process is { HasExited: false })
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }

            _process?.Dispose();
            _process = null;
        }

        private void Append(string? line)
        {
            lock (_log)
            {
                _log.AppendLine(CultureInfo.InvariantCulture, $"{line}");
            }
        }
    }
}
