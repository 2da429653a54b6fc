using Canary.Durability.Messaging;
using Canary.Hosting.Tests.Health;
using Canary.Hosting.Tests.Messaging;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Canary.Hosting.Tests.Security;

/// <summary>Encrypted connections to a real broker and a real database, whose certificates are for 127.0.0.1 alone.</summary>
public sealed class TlsTests(TlsTests.TlsServers servers) : IClassFixture<TlsTests.TlsServers>
{
    private readonly Heard _heard = new();
    private readonly ErrorQueueTests.Scales _scales = new();

    [Fact]
    public async Task Messages_errors_and_data_travel_encrypted_between_those_who_trust_the_authority()
    {
        await ShouldWorkAsync(
            "--hosting:transport:tls=verify",
            $"--hosting:transport:rootcertificate={servers.Authority.File}",
            "--hosting:storage:tls=verify",
            $"--hosting:storage:rootcertificate={servers.Authority.File}"
        );
    }

    [Fact]
    public async Task Encryption_alone_asks_for_no_authority() =>
        await ShouldWorkAsync("--hosting:transport:tls=require", "--hosting:storage:tls=require");

    [Fact]
    public async Task Each_node_of_a_broker_has_a_certificate_for_its_own_name() =>
        await ShouldWorkAsync(
            "--hosting:transport:tls=verify",
            $"--hosting:transport:hosts:0=localhost:{FreePort.Next()}",
            $"--hosting:transport:hosts:1={RabbitMqServer.Host}:{servers.Rabbit.TlsPort}",
            $"--hosting:transport:rootcertificate={servers.Authority.File}",
            "--hosting:storage:tls=require"
        );

    [Fact]
    public async Task A_certificate_of_an_authority_that_is_not_trusted_is_refused_and_told()
    {
        await using var patient = await StartAsync("--hosting:transport:tls=verify", "--hosting:storage:tls=verify");

        await patient.ShouldBeAsync("rabbitmq", Unhealthy, "is not trusted", "hosting.transport.root-certificate");
        await patient.ShouldBeAsync("postgresql", Unhealthy, "is not trusted", "hosting.storage.root-certificate");
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_and_told()
    {
        await using var patient = await StartAsync(
            "--hosting:transport:tls=verify",
            "--hosting:transport:hosts:0=localhost",
            $"--hosting:transport:rootcertificate={servers.Authority.File}",
            "--hosting:storage:tls=verify",
            "--hosting:storage:host=localhost",
            $"--hosting:storage:rootcertificate={servers.Authority.File}"
        );

        const string fault = "it is not for localhost but for 127.0.0.1";
        await patient.ShouldBeAsync("rabbitmq", Unhealthy, fault, "hosting.transport.hosts");
        await patient.ShouldBeAsync("postgresql", Unhealthy, fault, "hosting.storage.host");
    }

    [Fact]
    public async Task Plain_words_to_a_port_that_wants_encryption_are_told()
    {
        await using var patient = await StartAsync();

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            "does not speak AMQP 0-9-1 without TLS",
            "hosting.transport.tls"
        );
    }

    private async Task ShouldWorkAsync(params string[] tls)
    {
        await using var host = await TestHost.StartAsync(
            module =>
            {
                module.Services.AddSingleton(_heard);
                module.Services.AddSingleton(_scales);
                module.AddConsumer<ErrorQueueTests.WeighOnScalesConsumer>();
                module.AddConsumer<ListenerConsumer>();
            },
            [.. await servers.NewSettingsAsync(), .. tls]
        );
        var queues = host.Services.GetRequiredService<IErrorQueues>();

        await host.SendAsync(new WeighParcel(Guid.NewGuid()));
        await Eventually.TrueAsync(async () => await queues.CountAsync(CancellationToken.None) == 1);
        _scales.AreBroken = false;
        var failed = (await queues.ListAsync(queue: null, 10, CancellationToken.None)).Messages.Single();
        await queues.RetryAsync(failed.Id, queue: null, CancellationToken.None);
        await Eventually.TrueAsync(() => _heard.Count<ParcelWeighed>() == 1);

        await Eventually.TrueAsync(async () =>
            (await servers.Rabbit.AskAsync($"vhosts/{host.VirtualHost}/connections")).AsArray() is { Count: > 0 } all
            && all.All(connection => (bool?)connection!["ssl"] == true)
        );
        (
            await servers.Postgres.QueryAsync(
                "postgres",
                $"""
                SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                WHERE datname = '{host.Database}'
                """
            )
        ).Trim().ShouldBe("t");
    }

    private async Task<Patient> StartAsync(params string[] settings) =>
        await Patient.WithTablesAsync([.. await servers.NewSettingsAsync(), .. settings]);

    /// <summary>A broker and a database with certificates.</summary>
    public sealed class TlsServers : IAsyncLifetime
    {
        public CertificateAuthority Authority { get; } = new();

        public PostgresServer Postgres { get; private set; } = null!;

        public RabbitMqServer Rabbit { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var postgres = PostgresServer.StartAsync(Authority.Issue(PostgresServer.Host));
            var rabbit = RabbitMqServer.StartAsync(Authority.Issue(RabbitMqServer.Host));
            (Postgres, Rabbit) = (await postgres, await rabbit);
        }

        public async Task<IReadOnlyList<string>> NewSettingsAsync() =>
            [
                .. Servers.SettingsFor(
                    Postgres,
                    await Postgres.NewDatabaseAsync(),
                    Rabbit,
                    await Rabbit.NewVirtualHostAsync()
                ),
                $"--hosting:transport:port={Rabbit.TlsPort}",
            ];

        public async ValueTask DisposeAsync()
        {
            await Postgres.DisposeAsync();
            await Rabbit.DisposeAsync();
            Authority.Dispose();
        }
    }
}
