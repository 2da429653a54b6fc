using System.Net;
using Canary.Testing.Machines;

namespace Canary.Packages.Tests;

/// <summary>A distributed installation of packages.</summary>
public sealed class ServicePackagesTests(PackageRepository repository)
{
    /// <summary>In the order of their ports.</summary>
    private static readonly string[] Services =
    [
        "ingress",
        "ci-coordinator",
        "packager",
        "repository-publisher",
        "deployer",
    ];

    private const int FirstPort = 8481;

    private const string Token = "the operator's token in this test";

    [Fact]
    public async Task Five_units_release_over_RabbitMQ_and_PostgreSQL()
    {
        Assert.SkipUnless(PackageRepository.IsWhole, "This is a row of `./build.sh packages-test`.");
        await PackagedMachine.SkipWithoutMachinesAsync();
        await using var machines = await MachineSet.StartAsync();
        await using var postgres = await PostgresServer.StartAsync();
        await using var rabbit = await RabbitMqServer.StartAsync();
        using var shop = await PlainShop.CreateAsync();
        await using var git = await GitHttpServer.StartAsync(shop);
        var clone = new Uri(git.Address);
        await using var toPostgres = new Door(machines.Address, postgres.Port);
        await using var toRabbit = new Door(machines.Address, rabbit.Port);
        await using var toGit = new Door(machines.Address, clone.Port);
        var machine = await PackagedMachine.BootAsync(machines, repository);
        await machine.MountDataAsync("/var/lib/canary-deployer");
        await machine.InstallAsync(
            repository.SecondVersion,
            ["canary", "canary-runtime", .. Services.Select(service => $"canary-{service}")]
        );

        await ConfigureAsync(machine, machines.Address, postgres, rabbit);
        foreach (var service in Services)
        {
            await machine.OutputOfAsync("systemctl", "start", $"canary-{service}");
        }

        foreach (var (service, number) in Services.Select((service, number) => (service, number)))
        {
            await Eventually.TrueAsync(async () =>
                (await machine.RunAsync("curl", "-fsS", $"http://127.0.0.1:{FirstPort + number}/health/ready")).ExitCode
                == 0
            );
            (await machine.ExposureAsync($"canary-{service}")).ShouldBeLessThan(5.0);
        }

        var released = await machine.RunAsync(
            "env",
            "--chdir=/",
            $"CANARY_SERVER=http://127.0.0.1:{FirstPort}",
            $"CANARY_TOKEN={Token}",
            "canary",
            "run",
            "--repo",
            $"http://{machines.Address}:{clone.Port}{clone.AbsolutePath}",
            "--promote"
        );

        released.ExitCode.ShouldBe(0, released.Text + await LogAsync(machine));
    }

    private static async Task ConfigureAsync(
        Machine machine,
        IPAddress address,
        PostgresServer postgres,
        RabbitMqServer rabbit
    )
    {
        await WriteSecretAsync("service-token", "what the five of them share");
        await WriteSecretAsync("api-token", Token);
        await WriteSecretAsync("postgres-password", await File.ReadAllTextAsync(postgres.PasswordFile));
        await WriteSecretAsync("rabbitmq-password", await File.ReadAllTextAsync(rabbit.PasswordFile));
        machine.WriteFile(
            "/etc/canary/canary.yml",
            $"""
            hosting:
              api-token-file: /etc/canary/api-token
              service-token-file: /etc/canary/service-token
              services:
                {string.Join("\n    ", Services.Select((it, number) => $"{it}: http://127.0.0.1:{FirstPort + number}"))}
              storage:
                provider: postgresql
                host: {address}
                port: {postgres.Port}
                database: {await postgres.NewDatabaseAsync()}
                user: {PostgresServer.User}
                password-file: /etc/canary/postgres-password
              transport:
                provider: rabbitmq
                hosts: [{address}]
                port: {rabbit.Port}
                virtual-host: {await rabbit.NewVirtualHostAsync()}
                user: {RabbitMqServer.User}
                password-file: /etc/canary/rabbitmq-password
            workspaces:
              protocols: [http]
            ingress:
              clone-schemes: [http]
              repositories:
                - name: acme/*
            deployer:
              soak: 00:00:00.2
              soak-check-interval: 00:00:00.1
              inventory:
                path: /etc/canary/hosts.yml

            """
        );
        machine.WriteFile(
            "/etc/canary/hosts.yml",
            """
            hosts:
              - { name: canary-1, address: 127.0.0.1, channel: canary, applications: ['*'], transport: local }
              - { name: production-1, address: 127.0.0.1, channel: production, applications: ['*'], transport: local }

            """
        );
        await machine.OutputOfAsync("chmod", "0644", "/etc/canary/hosts.yml", "/etc/canary/canary.yml");
        foreach (var (service, number) in Services.Select((service, number) => (service, number)))
        {
            machine.WriteFile(
                $"/etc/default/canary-{service}",
                $"CANARY__hosting__listen=http://127.0.0.1:{FirstPort + number}\n"
            );
        }

        async Task WriteSecretAsync(string name, string secret)
        {
            machine.WriteFile($"/etc/canary/{name}", secret);
            await machine.OutputOfAsync("chown", "root:canary-services", $"/etc/canary/{name}");
            await machine.OutputOfAsync("chmod", "0640", $"/etc/canary/{name}");
        }
    }

    private static async Task<string> LogAsync(Machine machine)
    {
        var logs = new List<string>();
        foreach (var service in Services)
        {
            logs.Add(await machine.JournalAsync($"canary-{service}"));
        }

        return string.Join('\n', logs);
    }
}
