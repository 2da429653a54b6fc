using System.Net;
using System.Net.Sockets;
using Canary.Deployer.Traffic.HaProxy;
using Canary.Failures;
using Canary.Testing;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>Nothing of the inventory or the configuration is anything but a name to HAProxy, and nothing that answers in its place does
/// harm.</summary>
public sealed class RuntimeApiTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("web-1;shutdown sessions server shop/web-2")]
    [InlineData("web-1\nset server shop/web-2 state maint")]
    [InlineData("web-1 state maint")]
    [InlineData("web-1/x")]
    [InlineData("web\\;1")]
    [InlineData("wéb")]
    [InlineData("")]
    public void A_name_that_is_more_than_a_name_goes_into_no_command(string name)
    {
        Func<string>[] commands =
        [
            () => RuntimeCommands.Drain("shop", name),
            () => RuntimeCommands.Drain(name, "web-1"),
            () => RuntimeCommands.Ready("shop", name),
            () => RuntimeCommands.Weigh("shop", name, 10),
            () => RuntimeCommands.ShowServersOf(name),
        ];

        foreach (var command in commands)
        {
            Should.Throw<CanaryException>(command).Code.ShouldBe("haproxy-name-invalid");
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:9999", true)]
    [InlineData("tcp://[::1]:9999", true)]
    [InlineData("tcp://lb-1.example.org:9999", true)]
    [InlineData("unix:///run/haproxy/admin.sock", true)]
    [InlineData("ssh://lb-1.example.org/run/haproxy/admin.sock", true)]
    [InlineData("ssh://canary@lb-1.example.org:2222/run/haproxy/admin.sock", true)]
    [InlineData("ssh://canary:secret@lb-1/run/haproxy/admin.sock", false)]
    [InlineData("ssh://lb-1", false)]
    [InlineData("ssh://lb-1/run/$(reboot).sock", false)]
    [InlineData("ssh://lb-1/run/haproxy/admin.sock,reboot", false)]
    [InlineData("tcp://127.0.0.1", false)]
    [InlineData("tcp://user@127.0.0.1:9999", false)]
    [InlineData("tcp://127.0.0.1:9999/path", false)]
    [InlineData(
        "unix:///run/a-path-that-goes-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on/admin.sock",
        false
    )]
    [InlineData("unix://relative", false)]
    [InlineData("http://127.0.0.1:9999", false)]
    [InlineData("/run/haproxy/admin.sock", false)]
    public void An_address_is_a_port_or_a_socket(string text, bool isOne) =>
        RuntimeAddress.TryParse(text, out _).ShouldBe(isOne);

    [Fact]
    public async Task A_socket_of_the_file_system_is_asked_as_well()
    {
        using var directory = new TempDirectory();
        var port = FreePort.Next();
        await using var process = await HaProxyProcess.StartAsync(
            $"""
            global
              stats socket ipv4@127.0.0.1:{port} level user
              stats socket {directory.Combine("admin.sock")} mode 600 level admin
            defaults
              mode http
              timeout connect 1s
              timeout client 1s
              timeout server 1s
            backend shop
              server web-1 127.0.0.1:1 weight 100

            """,
            port
        );

        var instance = InstanceAt($"unix://{directory.Combine("admin.sock")}");
        (await instance.VersionAsync(CancellationToken.None)).ShouldStartWith("2.");
        await instance.DrainAsync("shop", "web-1", CancellationToken.None);
        (await instance.ServersAsync(CancellationToken.None)).Single().IsDrained.ShouldBeTrue();

        // One that does not let itself be changed says so.
        var weak = InstanceAt($"tcp://127.0.0.1:{port}");
        foreach (
            var work in new Func<Task>[]
            {
                () => weak.VersionAsync(CancellationToken.None),
                () => weak.ReadyAsync("shop", "web-1", CancellationToken.None),
            }
        )
        {
            var refusal = await Should.ThrowAsync<CanaryException>(work);
            refusal.Code.ShouldBe("haproxy-refused");
            refusal.Remedy.ShouldContain("level admin");
        }

        (
            await Should.ThrowAsync<CanaryException>(instance.ReadyAsync("shop", "web-9", CancellationToken.None))
        ).Message.ShouldContain("No such server.");
    }

    [Fact]
    public async Task A_static_algorithm_takes_no_weight_and_says_so()
    {
        await using var shop = new ShopServer();
        await using var balancer = await LoadBalancer.StartAsync(
            new Dictionary<string, ShopServer> { ["web-1"] = shop },
            balance: "static-rr"
        );

        var refusal = await Should.ThrowAsync<CanaryException>(
            InstanceAt(balancer.Runtime).WeighAsync("shop", "web-1", 50, CancellationToken.None)
        );

        refusal.Code.ShouldBe("haproxy-refused");
        refusal.Message.ShouldContain("static");
    }

    [Fact]
    public async Task One_that_never_answers_is_waited_for_once()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var instance = InstanceAt($"tcp://{listener.LocalEndpoint}");

        for (var i = 0; i < 20; i++)
        {
            (await Should.ThrowAsync<CanaryException>(instance.ServersAsync(CancellationToken.None))).Code.ShouldBe(
                "haproxy-unavailable"
            );
        }

        var connections = 0;
        for (; listener.Pending(); connections++)
        {
            (await listener.AcceptSocketAsync()).Dispose();
        }

        connections.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task An_answer_without_end_is_given_up()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var flood = FloodAsync(listener);

        var error = await Should.ThrowAsync<CanaryException>(
            InstanceAt($"tcp://{listener.LocalEndpoint}", TimeSpan.FromMinutes(1)).ServersAsync(CancellationToken.None)
        );

        error.Code.ShouldBe("haproxy-unavailable");
        error.Message.ShouldContain("longer than");
        await flood;
        listener.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Unknown command.\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("1\n# be_id be_name\n1 shop\n")]
    [InlineData(
        "1\n# be_name srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_fqdn srv_port\nshop a b c d e f g\n"
    )]
    public void An_answer_that_is_none_is_told_apart(string answer) =>
        Should
            .Throw<CanaryException>(() => ServerState.Parse("tcp://lb:1", answer))
            .Code.ShouldBe("haproxy-unreadable");

    [Fact]
    public void Columns_are_found_by_name()
    {
        var servers = ServerState.Parse(
            "tcp://lb:1",
            "1\n# be_name new srv_name srv_op_state srv_admin_state srv_addr srv_uweight srv_port srv_fqdn\n"
                + "shop x web-1 2 8 10.0.0.1 50 80 -\n\n"
        );

        var server = servers.Single();
        (server.Name, server.Address, server.Port, server.Weight).ShouldBe(("web-1", "10.0.0.1", 80, 50));
        server.IsDrained.ShouldBeTrue();
        server.IsReady.ShouldBeFalse();
        ServerLoad
            .Parse("tcp://lb:1", "# pxname,svname,qcur,qmax,scur,\nshop,web-1,1,9,2,\n")
            .ShouldBe([new ServerLoad("web-1", 3)]);
    }

    private static async Task FloodAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var much = new byte[1024 * 1024];
        try
        {
            while (true)
            {
                await client.GetStream().WriteAsync(much);
            }
        }
        catch (IOException)
        {
            // It was given up.
        }
    }

    private static HaProxyInstance InstanceAt(string address, TimeSpan? timeout = null)
    {
        RuntimeAddress.TryParse(address, out var parsed).ShouldBeTrue();
        var link = new SocketLink(parsed.ShouldBeOfType<RuntimeAddress.Local>().EndPoint);
        return new HaProxyInstance(new RuntimeApi(parsed!.Text, link, timeout ?? Timeout, TimeProvider.System));
    }
}
