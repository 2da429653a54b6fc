using Canary.Testing;
using MassTransit;
using MassTransit.RabbitMqTransport;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Canary.Hosting.Tests.Health;

/// <summary>What <c>canary doctor</c> is told about RabbitMQ.</summary>
public sealed class RabbitMqDoctorTests(Servers servers)
{
    private static string Host => RabbitMqServer.Host;

    [Fact]
    public async Task A_broker_that_is_well_is_named_with_its_version_and_place()
    {
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(rabbit, virtualHost);
        var version = (string)(await rabbit.AskAsync("overview"))["rabbitmq_version"]!;

        await patient.ShouldBeAsync(
            "rabbitmq",
            Healthy,
            $"RabbitMQ {version} at {Host}:{rabbit.Port}, virtual host {virtualHost}"
        );
        (await patient.CheckAsync()).ShouldAllBe(check => check.Status == Healthy);
    }

    [Fact]
    public async Task A_broker_that_is_away_is_told_with_its_nodes()
    {
        var (first, second) = (FreePort.Next(), FreePort.Next());
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(
            rabbit,
            virtualHost,
            $"--hosting:transport:hosts:0={Host}:{first}",
            $"--hosting:transport:hosts:1={Host}:{second}"
        );

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            $"RabbitMQ at {Host}:{first} does not answer: Connection refused",
            "hosting.transport.hosts"
        );
        await patient.ShouldBeAsync("rabbitmq", Unhealthy, $"{Host}:{second}", "hosting.transport.hosts");
    }

    [Fact]
    public async Task One_node_of_several_that_is_away_is_a_warning_and_messages_go_on()
    {
        var away = FreePort.Next();
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(
            rabbit,
            virtualHost,
            $"--hosting:transport:hosts:0={Host}:{away}",
            $"--hosting:transport:hosts:1={Host}:{rabbit.Port}"
        );

        await patient.ShouldBeAsync(
            "rabbitmq",
            Degraded,
            $"RabbitMQ at {Host}:{away} does not answer",
            "hosting.transport.hosts"
        );
        await patient.ShouldBeAsync("rabbitmq", Degraded, $"at {Host}:{rabbit.Port}", "hosting.transport.hosts");
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_told()
    {
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(rabbit, virtualHost, "--hosting:transport:hosts:0=nowhere.invalid");

        await patient.ShouldBeAsync("rabbitmq", Unhealthy, "nowhere.invalid", "hosting.transport.hosts");
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_the_right_one_is_taken_without_a_restart()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("password", "a password of this test run, but wrong");
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(rabbit, virtualHost, $"--hosting:transport:passwordfile={file}");

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            $"does not know the user {RabbitMqServer.User}, or refuses the password",
            $"rabbitmqctl change_password {RabbitMqServer.User}"
        );

        File.Copy(rabbit.PasswordFile, file, overwrite: true);
        await patient.ShouldBeAsync("rabbitmq", Healthy, $"virtual host {virtualHost}");
    }

    [Fact]
    public async Task A_virtual_host_that_is_missing_is_told_with_how_to_make_it()
    {
        await using var patient = await StartAsync(await servers.RabbitAsync(), "nowhere");

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            "has no virtual host nowhere",
            "rabbitmqctl add_vhost nowhere"
        );
    }

    [Theory]
    [InlineData(null, null, null, "access to vhost")]
    [InlineData("^$", ".*", ".*", "weigh-parcel")]
    [InlineData(".*", "^$", ".*", "amq.default")]
    [InlineData(".*", ".*", "^$", "weigh-parcel")]
    public async Task A_right_that_is_missing_is_told_and_works_as_soon_as_it_is_given(
        string? configure,
        string? write,
        string? read,
        string what
    )
    {
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        var user = await rabbit.NewUserAsync();
        if (configure is not null)
        {
            await rabbit.AllowAsync(user, virtualHost, configure, write!, read!);
        }

        await using var patient = await StartAsync(rabbit, virtualHost, $"--hosting:transport:user={user}");

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            what,
            $"rabbitmqctl set_permissions -p {virtualHost} {user} '.*' '.*' '.*'"
        );

        await rabbit.AllowAsync(user, virtualHost, ".*", ".*", ".*");
        await patient.ShouldBeAsync("rabbitmq", Healthy, $"virtual host {virtualHost}");
    }

    [Fact]
    public async Task A_queue_of_another_kind_in_the_way_is_told_and_made_anew_once_it_is_deleted()
    {
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await rabbit.MakeQueueAsync(virtualHost, "weigh-parcel");
        await using var patient = await StartAsync(rabbit, virtualHost);

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            "inequivalent arg 'x-queue-type' for queue 'weigh-parcel'",
            $"rabbitmqctl delete_queue -p {virtualHost}"
        );

        await rabbit.DeleteQueueAsync(virtualHost, "weigh-parcel");
        await patient.ShouldBeAsync("rabbitmq", Healthy, $"virtual host {virtualHost}");
    }

    [Fact]
    public async Task The_brokers_reason_is_told_though_its_channel_was_gone_when_it_came()
    {
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await rabbit.MakeQueueAsync(virtualHost, "weigh-parcel");
        await using var patient = await Patient.WithMessagesAsync(
            endpoint =>
                ((IRabbitMqReceiveEndpointConfigurator)endpoint).ConfigureChannel(channel =>
                    channel.UseFilter(new DisposedTooSoon())
                ),
            [.. Servers.SettingsFor(rabbit, virtualHost)]
        );

        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            "inequivalent arg 'x-queue-type' for queue 'weigh-parcel'",
            $"rabbitmqctl delete_queue -p {virtualHost}"
        );
    }

    [Fact]
    public async Task Encryption_where_the_broker_has_none_is_told()
    {
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(rabbit, virtualHost, "--hosting:transport:tls=verify");

        await patient.ShouldBeAsync("rabbitmq", Unhealthy, "does not speak TLS", "5671");
    }

    [Theory]
    [InlineData("RabbitMQ", "3.9.13", "is 3.9.13, which is older than 3.10", "Update it to 3.10")]
    [InlineData("LavinMQ", "2.0.0", "is LavinMQ, not RabbitMQ", "Name a RabbitMQ broker")]
    public async Task A_broker_that_is_too_old_or_no_RabbitMQ_is_told(
        string product,
        string version,
        string detail,
        string remedy
    )
    {
        await using var antique = AntiqueServer.Broker(product, version);
        var (rabbit, virtualHost) = await NewVirtualHostAsync();
        await using var patient = await StartAsync(rabbit, virtualHost, $"--hosting:transport:port={antique.Port}");

        await patient.ShouldBeAsync("rabbitmq", Unhealthy, detail, remedy);
    }

    [Theory]
    [InlineData("set_vm_memory_high_watermark", "0.000001", "0.4", "low on memory")]
    [InlineData("set_disk_free_limit", "900000GB", "1MB", "low on disk")]
    public async Task A_broker_that_takes_no_messages_for_want_of_space_is_told_until_it_has_some(
        string limit,
        string tight,
        string wide,
        string reason
    )
    {
        await using var rabbit = await RabbitMqServer.StartAsync();
        var virtualHost = await rabbit.NewVirtualHostAsync();
        await using var patient = await StartAsync(rabbit, virtualHost);
        await patient.ShouldBeAsync("rabbitmq", Healthy, "RabbitMQ");

        await rabbit.ControlAsync(limit, tight);
        await patient.ShouldBeAsync(
            "rabbitmq",
            Unhealthy,
            $"takes no messages: {reason}",
            "rabbitmq-diagnostics alarms"
        );

        await rabbit.ControlAsync(limit, wide);
        await patient.ShouldBeAsync("rabbitmq", Healthy, "RabbitMQ");
    }

    private async Task<(RabbitMqServer Rabbit, string VirtualHost)> NewVirtualHostAsync()
    {
        var rabbit = await servers.RabbitAsync();
        return (rabbit, await rabbit.NewVirtualHostAsync());
    }

    private static Task<Patient> StartAsync(RabbitMqServer rabbit, string virtualHost, params string[] settings) =>
        Patient.WithMessagesAsync([.. Servers.SettingsFor(rabbit, virtualHost), .. settings]);

    /// <summary>What happens on a busy machine now and then: a closed channel is disposed before who uses it hears why.</summary>
    private sealed class DisposedTooSoon : IFilter<ChannelContext>
    {
        public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
        {
            var asked = await Record.ExceptionAsync(() => next.Send(context));
            ObjectDisposedException.ThrowIf(asked is not null, context.Channel);
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope(nameof(DisposedTooSoon));
    }
}
