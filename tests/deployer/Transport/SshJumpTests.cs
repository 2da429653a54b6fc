using System.Globalization;
using System.Net.Sockets;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Ssh;
using Canary.Failures;
using Canary.Files;
using Canary.Machines.Ssh;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Transport;

/// <summary>Hosts that are reached through others, each a real sshd.</summary>
public sealed class SshJumpTests
{
    /// <summary>All the same host, and a connection for each.</summary>
    private static readonly string[] Names = ["127.0.0.1", "127.0.1", "127.1", "localhost", "2130706433"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_host_is_asked_through_its_jump_hosts(int count)
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, count);

        (await host.InspectAsync()).Version.ShouldBeNull();

        jumps.All.ShouldAllBe(jump => jump.Logins == 1);
    }

    [Fact]
    public async Task Hosts_behind_one_jump_host_share_the_connection_to_it()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);

        await Task.WhenAll(Names.Select(name => InspectAsync(host, name)));

        jumps.All[0].Logins.ShouldBe(1);
    }

    [Fact]
    public async Task A_jump_host_that_is_down_is_named_and_tried_once_for_all_who_wait()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        await jumps.All[0].StopAsync();

        var errors = await Task.WhenAll(
            Names.Select(name => Should.ThrowAsync<CanaryException>(InspectAsync(host, name)))
        );

        errors.ShouldAllBe(error => error.Code == "host-unreachable");
        errors[0].Message.ShouldContain("canary-1 is not reached, because of its jump host");
        errors[0].Message.ShouldContain($"cannot be reached at 127.0.0.1, port {jumps.All[0].Port}");
    }

    [Fact]
    public async Task A_jump_host_must_prove_who_it_is()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        File.Delete(host.KnownHostsFile);

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-key-unknown");
        error.Message.ShouldContain("because of its jump host");
    }

    [Fact]
    public async Task A_host_behind_a_jump_host_must_prove_who_it_is()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        host.Host = host.Host with { Ssh = host.Host.Ssh with { HostKeys = ["SHA256:" + new string('a', 43)] } };

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-key-changed");
        error.Message.ShouldStartWith("canary-1 shows the key");
    }

    [Fact]
    public async Task A_jump_host_that_does_not_let_the_deployer_in_is_named_with_the_key_that_it_needs()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        jumps.All[0].LetNobodyIn();

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-login-refused");
        error.Message.ShouldContain("because of its jump host");
        error.Remedy.ShouldContain(host.DeployKeyFile + ".pub");
        error.Remedy.ShouldContain("port-forwarding");
    }

    [Fact]
    public async Task A_host_that_is_down_is_no_failure_of_its_jump_host()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        await host.StopSshdAsync();

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-unreachable");
        error.Message.ShouldContain("from the jump host");
        jumps.All[0].Logins.ShouldBe(1);
    }

    [Fact]
    public async Task Connections_through_a_jump_host_that_died_are_replaced()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        await host.InspectAsync();

        await jumps.All[0].CutConnectionsAsync();

        (await host.InspectAsync()).Version.ShouldBeNull();
        jumps.All[0].Logins.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_to_a_jump_host_that_says_nothing_any_more_is_replaced()
    {
        var options = new DeployerOptions();
        options.Ssh.ConnectTimeout = TimeSpan.FromSeconds(3);
        await using var host = await SshHost.StartAsync(options);
        await using var jumps = await Jumps.StartAsync(host, 1);
        await InspectAsync(host, "localhost");

        await jumps.All[0].FreezeConnectionsAsync(frozen: true);

        await host.InspectAsync();
        await jumps.All[0].FreezeConnectionsAsync(frozen: false);
    }

    [Fact]
    public async Task The_port_that_leads_through_a_jump_host_takes_nobody_else()
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        await host.InspectAsync();
        var ports = await ListeningPortsAsync();

        foreach (var port in ports)
        {
            (await GreetingAsync(port)).ShouldNotStartWith("SSH-");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Canary_doctor_says_whether_jump_hosts_are_reached(bool isUp)
    {
        await using var host = await SshHost.StartAsync();
        await using var jumps = await Jumps.StartAsync(host, 1);
        var jump = host.Host.Ssh.Jump!.Single();
        if (!isUp)
        {
            await jumps.All[0].StopAsync();
        }

        var result = await CheckAsync(host, jump);

        result.Status.ShouldBe(isUp ? HealthStatus.Healthy : HealthStatus.Unhealthy);
        result.Description.ShouldNotBeNull().ShouldContain(jump);
    }

    [Theory]
    [InlineData("bastion", true)]
    [InlineData("ops@bastion.example.org:2222", true)]
    [InlineData("10.0.0.1:2222", true)]
    [InlineData("[fe80::1]:2222", true)]
    [InlineData("ops@[fe80::1]", true)]
    [InlineData("fe80::1", true)]
    [InlineData("bastion:0", false)]
    [InlineData("bastion:ssh", false)]
    [InlineData("-oProxyCommand=x@bastion", false)]
    [InlineData("bastion;reboot", false)]
    [InlineData("", false)]
    public void Jump_hosts_are_written_as_ssh_writes_them(string text, bool isOne) =>
        (SshJump.ProblemWith(text) is null).ShouldBe(isOne);

    private static async Task<HealthCheckResult> CheckAsync(SshHost host, string jump)
    {
        using var directory = new TempDirectory();
        var options = new DeployerOptions();
        options.Inventory.Path = directory.WriteFile(
            "hosts.yml",
            $$"""
            hosts:
              - { name: web-1, address: 10.0.0.1, channel: production, transport: ssh, ssh: { jump: ["{{jump}}"] } }
              - { name: web-2, address: 10.0.0.2, channel: production, transport: ssh, ssh: { jump: ["{{jump}}"] } }
            """
        );
        var data = new DataDirectory(directory.Combine("data"));
        using var inventory = new FileInventory(
            Options.Create(options),
            data,
            new InventoryCopy(data, NullLogger<InventoryCopy>.Instance),
            TimeProvider.System
        );
        return await new JumpHostsCheck(inventory, host.Connections).CheckHealthAsync(
            new HealthCheckContext(),
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>What this process listens on, apart from what servers of tests do: only ways through jump hosts.</summary>
    private static async Task<List<int>> ListeningPortsAsync()
    {
        var own = $"pid={Environment.ProcessId.ToString(CultureInfo.InvariantCulture)},";
        var sockets = await ProcessRunner.OutputOfAsync("ss", ["-Hltnp"]);
        return
        [
            .. sockets
                .Split('\n')
                .Where(line => line.Contains(own, StringComparison.Ordinal))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])
                .Select(place => int.Parse(place[(place.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture)),
        ];
    }

    private static async Task<string> GreetingAsync(int port)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), TimeProvider.System);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, limit.Token);
            using var reader = new StreamReader(client.GetStream());
            return await reader.ReadLineAsync(limit.Token) ?? "";
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            return "";
        }
    }

    private static Task<InstalledPackage> InspectAsync(SshHost host, string address) =>
        host.Transport.InspectAsync(host.Host with { Address = address }, "shop", CancellationToken.None);

    private sealed class Jumps : IAsyncDisposable
    {
        public required List<SshServer> All { get; init; }

        public static async Task<Jumps> StartAsync(SshHost host, int count)
        {
            var jumps = new List<SshServer>();
            var key = File.ReadAllText(host.DeployKeyFile + ".pub");
            for (var i = 0; i < count; i++)
            {
                var jump = await SshServer.StartAsync();
                jump.AuthorizePassage(key);
                jumps.Add(jump);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(host.KnownHostsFile)!);
            File.WriteAllText(host.KnownHostsFile, string.Concat(jumps.Select(jump => jump.KnownHostsLine())));
            host.Host = host.Host with
            {
                Ssh = host.Host.Ssh with
                {
                    Jump = [.. jumps.Select(jump => $"{Environment.UserName}@127.0.0.1:{jump.Port}")],
                },
            };
            return new Jumps { All = jumps };
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var jump in All)
            {
                await jump.DisposeAsync();
            }
        }
    }
}
