using Canary.Deployer.Traffic.HaProxy;
using Canary.Failures;
using Canary.Files;
using Canary.Machines.Ssh;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>A real HAProxy whose socket is reached through a real sshd.</summary>
public sealed class RuntimeOverSshTests : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly DeployerOptions _options = new();
    private SshConnections? _connections;

    [Fact]
    public async Task A_socket_of_another_machine_is_asked_over_SSH()
    {
        await InstalledPackages.RequireAsync("socat");
        var port = FreePort.Next();
        var socket = _directory.Combine("admin.sock");
        await using var haproxy = await HaProxyProcess.StartAsync(
            $"""
            global
              stats socket ipv4@127.0.0.1:{port} level user
              stats socket {socket} mode 600 level admin
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
        await using var machine = await SshServer.StartAsync();
        var instance = await InstanceAsync(machine, socket, $"socat -t 60 - UNIX-CONNECT:{socket}");

        (await instance.VersionAsync(CancellationToken.None)).ShouldStartWith("2.");
        await instance.DrainAsync("shop", "web-1", CancellationToken.None);
        await machine.CutConnectionsAsync();
        var servers = await instance.ServersAsync(CancellationToken.None);

        servers.ShouldHaveSingleItem().IsDrained.ShouldBeTrue();
    }

    [Fact]
    public async Task A_socket_that_is_not_there_is_told_with_the_words_of_socat()
    {
        await InstalledPackages.RequireAsync("socat");
        await using var machine = await SshServer.StartAsync();
        var socket = _directory.Combine("none.sock");
        var instance = await InstanceAsync(machine, socket, $"socat -t 60 - UNIX-CONNECT:{socket}");

        var error = await Should.ThrowAsync<CanaryException>(instance.ServersAsync(CancellationToken.None));

        error.Code.ShouldBe("haproxy-unavailable");
        error.Message.ShouldContain("No such file or directory");
    }

    [Theory]
    [InlineData("cat /dev/zero")]
    [InlineData("cat /dev/zero >&2")]
    public async Task A_machine_that_talks_without_end_is_given_up(string flood)
    {
        await using var machine = await SshServer.StartAsync();
        var instance = await InstanceAsync(machine, "/run/haproxy/admin.sock", flood);

        var error = await Should.ThrowAsync<CanaryException>(instance.ServersAsync(CancellationToken.None));

        error.Code.ShouldBe("haproxy-unavailable");
        error.Message.ShouldContain("the answer is longer than 16777216 bytes");
    }

    [Fact]
    public async Task A_machine_that_does_not_let_the_deployer_in_is_told()
    {
        await using var machine = await SshServer.StartAsync();
        var instance = await InstanceAsync(machine, "/run/haproxy/admin.sock", "true");
        machine.LetNobodyIn();

        var error = await Should.ThrowAsync<CanaryException>(instance.ServersAsync(CancellationToken.None));

        error.Code.ShouldBe("haproxy-unavailable");
        error.Message.ShouldContain("does not let");
    }

    public async ValueTask DisposeAsync()
    {
        if (_connections is not null)
        {
            await _connections.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task<HaProxyInstance> InstanceAsync(SshServer machine, string socket, string command)
    {
        var data = new DataDirectory(_directory.Combine("data"));
        _options.Traffic.Haproxy.RequestTimeout = TimeSpan.FromSeconds(30);
        _options.Traffic.Haproxy.Instances = [$"ssh://{Environment.UserName}@127.0.0.1:{machine.Port}{socket}"];
        _connections = new SshConnections(
            _options.ToSshLogin(),
            data,
            TimeProvider.System,
            NullLogger<SshConnections>.Instance
        );
        _connections.Key.Ensure();
        machine.Authorize(await File.ReadAllTextAsync(_connections.Key.Path + ".pub"), command);
        await File.WriteAllTextAsync(_connections.KnownHostsFile, machine.KnownHostsLine());
        return new HaProxyInstances(
            Options.Create(_options),
            _connections,
            TimeProvider.System
        ).All.ShouldHaveSingleItem();
    }
}
